#include "store/matcher_card.hpp"

#include <fmt/format.h>
#include <toml++/toml.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "base/sha256.hpp"
#include "semblance/error.hpp"

namespace semblance {
namespace {

using Json = nlohmann::json;

[[noreturn]] void refuse(const std::filesystem::path& file, const std::string& why) {
  throw Error(ErrorCode::input, "store", file.string(), why);
}

// The part of TOML that a card's fields use.
Json json_of(const toml::node& node) {
  if (const auto* text = node.as_string()) return text->get();
  if (const auto* number = node.as_integer()) return number->get();
  if (const auto* list = node.as_array()) {
    Json result = Json::array();
    for (const toml::node& element : *list) result.push_back(json_of(element));
    return result;
  }
  return nullptr;
}

Json read_toml(const std::filesystem::path& file, const std::string& text) {
  try {
    Json result = Json::object();
    for (const auto& [key, value] : toml::parse(text)) result[std::string(key.str())] = json_of(value);
    return result;
  } catch (const toml::parse_error& error) {
    refuse(file, fmt::format("is no TOML: {} (line {})", error.description(), error.source().begin.line));
  }
}

Json read_json(const std::filesystem::path& file, const std::string& text) {
  try {
    return Json::parse(text);
  } catch (const Json::parse_error& error) {
    refuse(file, fmt::format("is no JSON: {}; a card in TOML is called .toml", error.what()));
  }
}

std::string normalised(const std::string& name) {
  std::string result;
  for (const char c : name) {
    if (c >= 'A' && c <= 'Z') {
      result += static_cast<char>(c - 'A' + 'a');
    } else if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || static_cast<unsigned char>(c) >= 0x80) {
      result += c;
    }
  }
  return result;
}

}  // namespace

MatcherCard read_matcher_card(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  if (!in) refuse(file, "can't be read");
  const std::string text{std::istreambuf_iterator<char>(in), {}};
  const Json fields = file.extension() == ".toml" ? read_toml(file, text) : read_json(file, text);
  if (!fields.is_object()) refuse(file, "holds no fields; a card is an object with name, dimension and training_set");

  MatcherCard card;
  card.sha256 = sha256_file(file);
  if (const auto name = fields.find("name"); name != fields.end()) {
    if (!name->is_string()) refuse(file, "its name is no text");
    card.name = name->get<std::string>();
  }
  if (const auto dimension = fields.find("dimension"); dimension != fields.end()) {
    const bool count = dimension->is_number_integer() && dimension->get<std::int64_t>() > 0;
    if (!count) refuse(file, "its dimension is no positive whole number");
    card.dimension = dimension->get<std::size_t>();
  }
  if (const auto sets = fields.find("training_set"); sets != fields.end()) {
    const Json list = sets->is_array() ? *sets : Json::array({*sets});
    for (const Json& one : list) {
      if (!one.is_string()) refuse(file, "its training_set is neither a text nor a list of texts");
      card.training_sets.push_back(one.get<std::string>());
    }
  }
  return card;
}

bool same_dataset(const std::string& a, const std::string& b) {
  const std::string name = normalised(a);
  return !name.empty() && name == normalised(b);
}

}  // namespace semblance
