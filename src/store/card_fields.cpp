#include "store/card_fields.hpp"

#include <fmt/format.h>
#include <toml++/toml.h>

#include <fstream>
#include <iterator>

#include "semblance/error.hpp"

namespace semblance::store_stage {
namespace {

using Json = nlohmann::json;

Json json_of(const toml::node& node) {
  if (const auto* text = node.as_string()) return text->get();
  if (const auto* number = node.as_integer()) return number->get();
  if (const auto* number = node.as_floating_point()) return number->get();
  if (const auto* truth = node.as_boolean()) return truth->get();
  if (const auto* table = node.as_table()) {
    Json result = Json::object();
    for (const auto& [key, value] : *table) result[std::string(key.str())] = json_of(value);
    return result;
  }
  if (const auto* list = node.as_array()) {
    Json result = Json::array();
    for (const toml::node& element : *list) result.push_back(json_of(element));
    return result;
  }
  return nullptr;
}

Json read_toml(const std::filesystem::path& file, const std::string& text) {
  try {
    return json_of(toml::parse(text));
  } catch (const toml::parse_error& error) {
    refuse_card(file, fmt::format("is no TOML: {} (line {})", error.description(), error.source().begin.line));
  }
}

Json read_json(const std::filesystem::path& file, const std::string& text) {
  try {
    return Json::parse(text);
  } catch (const Json::parse_error& error) {
    refuse_card(file, fmt::format("is no JSON: {}; a card in TOML is called .toml", error.what()));
  }
}

}  // namespace

void refuse_card(const std::filesystem::path& file, const std::string& why) {
  throw Error(ErrorCode::input, "store", file.string(), why);
}

Json read_card_fields(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  if (!in) refuse_card(file, "can't be read");
  return parse_card_fields(file, {std::istreambuf_iterator<char>(in), {}});
}

Json parse_card_fields(const std::filesystem::path& file, const std::string& text) {
  Json fields = file.extension() == ".toml" ? read_toml(file, text) : read_json(file, text);
  if (!fields.is_object()) {
    refuse_card(file, "holds no fields; a card is an object with name, dimension and training_set");
  }
  return fields;
}

}  // namespace semblance::store_stage
