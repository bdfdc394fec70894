#include "models/catalogue.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <system_error>

#include "models/integrity.hpp"
#include "semblance/error.hpp"
#include "store/card_fields.hpp"
#include "store/matcher_card.hpp"

namespace semblance {

namespace fs = std::filesystem;

namespace models_stage {
namespace {

bool is_file(const fs::path& file) {
  std::error_code failed;
  return fs::is_regular_file(file, failed);
}

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

std::string kind_of(const nlohmann::json& fields) {
  for (const char* kind : {"detector", "landmarks", "generator", "process", "library"}) {
    if (fields.contains(kind)) return kind;
  }
  return "matcher";
}

// Of weights whose card states none, as out of a package: what they were when they were installed.
std::string recorded_sha256(const fs::path& folder) {
  std::ifstream in(folder / "model.json", std::ios::binary);
  const nlohmann::json facts = nlohmann::json::parse(in, nullptr, false);
  return facts.is_object() ? text_of(facts, "sha256") : std::string();
}

}  // namespace

std::string CardText::name() const { return text_of(fields, "name"); }

std::string CardText::cached_name() const { return file.extension() == ".json" ? "card.json" : "card.toml"; }

CardText read_card_text(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  if (!in) store_stage::refuse_card(file, "can't be read");
  CardText card{.file = file, .text = {std::istreambuf_iterator<char>(in), {}}, .fields = {}};
  card.fields = store_stage::parse_card_fields(file, card.text);
  return card;
}

std::optional<CardText> shipped_card(const std::string& name) {
  for (const ShippedCard& shipped : shipped_cards()) {
    CardText card{.file = shipped.file, .text = std::string(shipped.text), .fields = {}, .shipped = true};
    card.fields = store_stage::parse_card_fields(card.file, card.text);
    if (card.name() == name) return card;
  }
  return std::nullopt;
}

std::optional<CardText> cached_card(const std::string& name, const fs::path& cache) {
  for (const char* file : {"card.toml", "card.json"}) {
    if (const fs::path at = model_folder(cache, name) / file; is_file(at)) return read_card_text(at);
  }
  return std::nullopt;
}

fs::path model_folder(const fs::path& cache, const std::string& name) {
  return cache / "models" / matcher_folder(name);
}

Model describe(const CardText& card, const fs::path& cache) {
  Model model{.name = card.name(),
              .kind = kind_of(card.fields),
              .licence = text_of(card.fields, "licence"),
              .training_set = text_of(card.fields, "training_set"),
              .source = text_of(card.fields, "source"),
              .card = {},
              .weights = {},
              .sha256 = {},
              .installs = {}};
  if (const auto at = card.fields.find("dimension"); at != card.fields.end() && at->is_number_integer()) {
    model.dimension = static_cast<std::size_t>(std::max<std::int64_t>(0, at->get<std::int64_t>()));
  }
  if (const auto at = card.fields.find("installs"); at != card.fields.end() && at->is_array()) {
    for (const auto& one : *at) {
      if (one.is_string()) model.installs.push_back(one.get<std::string>());
    }
  }
  const Origin origin = read_origin(card.file, card.fields);
  model.sha256 = origin.sha256;
  model.promised = !origin.sha256.empty() || !origin.integrity.empty();
  model.fetchable = origin.fetchable();
  if (!card.shipped) model.card = card.file;
  if (origin.file.empty()) {  // runs without weights, as a process does
    model.state = ModelState::installed;
    return model;
  }
  const fs::path folder = model_folder(cache, model.name);
  if (!card.shipped && card.file.parent_path() != folder) {
    model.weights = card.file.parent_path() / origin.file;
    const auto mapping = card.fields.find("mapping");  // of a generator: its other network
    const bool whole = mapping == card.fields.end() || is_file(card.file.parent_path() / text_of(*mapping, "file"));
    if (whole && is_file(model.weights)) {
      model.state = ModelState::installed;
      return model;
    }
  }
  if (model.sha256.empty()) model.sha256 = recorded_sha256(folder);
  if (card.shipped || is_file(folder / origin.file)) model.weights = folder / origin.file;
  if (!is_file(folder / origin.file)) return model;
  std::ifstream in(folder / card.cached_name(), std::ios::binary);
  const std::string there{std::istreambuf_iterator<char>(in), {}};
  model.state = there == card.text ? ModelState::installed : ModelState::outdated;
  if (model.state == ModelState::installed) model.card = folder / card.cached_name();
  return model;
}

}  // namespace models_stage

using namespace models_stage;

std::vector<Model> list_models(const fs::path& cache) {
  std::vector<Model> models;
  for (const ShippedCard& shipped : shipped_cards()) {
    CardText card{.file = shipped.file, .text = std::string(shipped.text), .fields = {}, .shipped = true};
    card.fields = store_stage::parse_card_fields(card.file, card.text);
    models.push_back(describe(card, cache));
  }
  const auto by_name = [](const Model& a, const Model& b) { return a.name < b.name; };
  std::ranges::sort(models, by_name);
  const std::size_t shipped = models.size();
  std::error_code failed;
  for (fs::directory_iterator at(cache / "models", failed), end; !failed && at != end; at.increment(failed)) {
    const std::string folder = at->path().filename().string();
    if (folder.starts_with(".")) continue;
    const auto is_it = [&](const Model& model) { return matcher_folder(model.name) == folder; };
    if (std::any_of(models.begin(), models.begin() + static_cast<std::ptrdiff_t>(shipped), is_it)) continue;
    if (const auto card = cached_card(folder, cache)) models.push_back(describe(*card, cache));
  }
  std::sort(models.begin() + static_cast<std::ptrdiff_t>(shipped), models.end(), by_name);
  return models;
}

std::vector<Model> list_cards(const fs::path& folder, const fs::path& cache) {
  std::error_code failed;
  std::vector<fs::path> files;
  for (fs::directory_iterator at(folder, failed), end; !failed && at != end; at.increment(failed)) {
    const fs::path extension = at->path().extension();
    if (extension == ".toml" || extension == ".json") files.push_back(at->path());
  }
  if (failed) throw Error(ErrorCode::input, "models", folder.string(), "can't be listed: " + failed.message());
  std::ranges::sort(files);
  std::vector<Model> models;
  models.reserve(files.size());
  for (const fs::path& file : files) models.push_back(describe(read_card_text(file), cache));
  return models;
}

bool is_model(const std::string& name, const fs::path& cache) {
  return !name.empty() && (shipped_card(name).has_value() || cached_card(name, cache).has_value());
}

fs::path find_card(const std::string& given, const fs::path& cache) {
  if (is_file(given)) {
    const Model model = describe(read_card_text(given), cache);
    const bool cached = model.state == ModelState::installed && !model.card.empty();
    return cached ? model.card : fs::path(given);
  }
  std::optional<CardText> card = shipped_card(given);
  if (!card) card = cached_card(given, cache);
  if (!card) {
    throw Error(ErrorCode::usage, "models", given,
                "is no card: neither a file (.toml, .json) nor a name that `semblance models list` shows");
  }
  const Model model = describe(*card, cache);
  const auto refuse = [&](const std::string& why) { throw Error(ErrorCode::input, "models", given, why); };
  if (model.state == ModelState::outdated) {
    refuse(fmt::format("was installed with another card than this program's; `semblance models install {}` renews it",
                       given));
  }
  if (model.state == ModelState::missing && model.fetchable) {
    refuse(fmt::format("isn't installed; `semblance models install {}` fetches its weights", given));
  }
  if (model.state == ModelState::missing) {
    refuse(
        fmt::format("isn't installed, and its weights have no address to be fetched from ({}); once you have them: "
                    "`semblance models install {} --from FILE`",
                    model.source, given));
  }
  return model.card;
}

std::string verify_model(const Model& model) {
  if (model.weights.empty()) return {};
  if (!is_file(model.weights)) return "its weights aren't there";
  return broken_promise(model.weights, {.sha256 = model.sha256, .integrity = {}});
}

}  // namespace semblance
