// semblance models: what cards there are, and whether their networks do what they promise.

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <system_error>

#include "cli/common.hpp"
#include "cli/models_convert.hpp"
#include "cli/onnx_runtime.hpp"
#include "semblance/embed.hpp"
#include "semblance/error.hpp"
#include "store/card_fields.hpp"

namespace semblance::cli {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

struct Card {
  std::string name, kind, file, licence, training_set, weights;
  std::size_t dimension = 0;
  bool installed = false;
};

// One text of a field that is a text or a list of them.
std::string text_of(const nlohmann::json& fields, const char* key) {
  const auto at = fields.find(key);
  if (at == fields.end()) return {};
  if (at->is_string()) return at->get<std::string>();
  std::string all;
  for (const auto& one : *at) {
    if (one.is_string()) all += (all.empty() ? "" : ", ") + one.get<std::string>();
  }
  return all;
}

Card read_card(const fs::path& file) {
  const nlohmann::json fields = store_stage::read_card_fields(file);
  Card card{.name = text_of(fields, "name"),
            .kind = fields.contains("detector")    ? "detector"
                    : fields.contains("landmarks") ? "landmarks"
                                                   : "matcher",
            .file = file.string(),
            .licence = text_of(fields, "licence"),
            .training_set = text_of(fields, "training_set"),
            .weights = {}};
  if (const auto at = fields.find("dimension"); at != fields.end() && at->is_number_integer()) {
    card.dimension = static_cast<std::size_t>(std::max<std::int64_t>(0, at->get<std::int64_t>()));
  }
  if (const auto at = fields.find("weights"); at != fields.end() && at->is_object()) {
    card.weights = (file.parent_path() / text_of(*at, "file")).string();
    std::error_code failed;
    card.installed = fs::is_regular_file(card.weights, failed);
  }
  return card;
}

std::vector<Card> cards_in(const std::string& folder) {
  std::error_code failed;
  std::vector<fs::path> files;
  for (fs::directory_iterator at(folder, failed), end; !failed && at != end; at.increment(failed)) {
    const fs::path extension = at->path().extension();
    if (extension == ".toml" || extension == ".json") files.push_back(at->path());
  }
  if (failed) throw Error(ErrorCode::input, "cli", folder, "can't be listed: " + failed.message());
  std::ranges::sort(files);
  std::vector<Card> cards;
  cards.reserve(files.size());
  for (const fs::path& file : files) cards.push_back(read_card(file));
  return cards;
}

void list(const std::string& folder, const Context& context) {
  const std::vector<Card> cards = cards_in(folder);
  if (context.json) {
    Json result = Json::array();
    for (const Card& card : cards) {
      result.push_back({{"name", card.name},
                        {"kind", card.kind},
                        {"card", card.file},
                        {"dimension", card.dimension == 0 ? Json() : Json(card.dimension)},
                        {"training_set", card.training_set},
                        {"licence", card.licence},
                        {"weights", card.weights},
                        {"installed", card.installed}});
    }
    fmt::print("{}\n", result.dump(2, ' ', false, Json::error_handler_t::replace));
    return;
  }
  if (cards.empty()) fmt::print("{} holds no cards (.toml, .json)\n", folder);
  for (const Card& card : cards) {
    fmt::print("{:<28} {:<9} {:>4}  {:<14} {:<28} {}\n", card.name, card.kind,
               card.dimension == 0 ? "" : std::to_string(card.dimension), card.installed ? "installed" : "no weights",
               card.licence.empty() ? "licence not stated" : card.licence, card.training_set);
  }
}

void check(const std::string& card, const std::string& runtime, const Context& context) {
  const CardCheck result = check_card(card, find_onnx_runtime(runtime));
  if (context.json) {
    const Json json = {{"matcher", result.matcher},
                       {"onnx_runtime", result.runtime_version},
                       {"dimension", result.dimension},
                       {"golden", {{"in_card", result.has_golden}, {"cosines", result.cosines}}},
                       {"colour_effect", result.colour_effect},
                       {"milliseconds_per_image", 1000 * result.seconds_per_image}};
    fmt::print("{}\n", json.dump(2, ' ', false, Json::error_handler_t::replace));
    return;
  }
  std::string cosines;
  for (const double cosine : result.cosines) cosines += fmt::format("{}{:.4f}", cosines.empty() ? "" : ", ", cosine);
  fmt::print("{}: dimension {}, {:.1f} ms an image on one thread (ONNX Runtime {})\n", result.matcher, result.dimension,
             1000 * result.seconds_per_image, result.runtime_version);
  if (result.has_golden) {
    fmt::print("  golden self-test passed\n");
  } else {
    fmt::print(
        "  no golden self-test in the card. Once these are known to be right, add to it:\n  [golden]\n"
        "  cosines = [{}]\n",
        cosines);
  }
  fmt::print("  red and blue exchanged: cosines change by {:.4f}{}\n", result.colour_effect,
             result.colour_effect > kGoldenTolerance ? "" : ", too little for the self-test to see a wrong order");
}

}  // namespace

void add_models(CLI::App& app, Context& context) {
  CLI::App* command = app.add_subcommand("models", "Cards of matchers and detectors: list them, check one");
  command->require_subcommand(1);

  auto folder = std::make_shared<std::string>();
  CLI::App* listing = command->add_subcommand("list", "The cards in a folder, and whether their weights are there");
  listing->add_option("folder", *folder, "Folder of cards")->required()->check(CLI::ExistingDirectory);
  listing->callback([folder, &context] { list(*folder, context); });

  auto card = std::make_shared<std::string>();
  auto runtime = std::make_shared<std::string>();
  CLI::App* checking = command->add_subcommand(
      "check", "Runs a matcher's card on pictures made by formula: golden self-test, constant output, colours, speed");
  checking->add_option("card", *card, "The matcher's card, TOML or JSON")->required()->check(CLI::ExistingFile);
  checking->add_option("--onnxruntime", *runtime,
                       "The file libonnxruntime.so, if it isn't in the Python environment or where the system looks");
  checking->footer(R"(Examples:
  semblance models check arcface.toml
  semblance models check arcface.toml --onnxruntime /opt/onnxruntime/lib/libonnxruntime.so)");
  checking->callback([card, runtime, &context] { check(*card, *runtime, context); });

  add_models_convert(*command, context);
}

}  // namespace semblance::cli
