#include "store/matcher_card.hpp"

#include "base/sha256.hpp"
#include "store/card_fields.hpp"
#include "store/comparison_text.hpp"

namespace semblance {
namespace {

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

std::string matcher_folder(const std::string& matcher) {
  std::string name = matcher;
  for (char& c : name) {
    if (c == '/' || c == '\0') c = '_';
  }
  return name.empty() || name.front() == '.' ? "matcher" + name : name;
}

MatcherCard read_matcher_card(const std::filesystem::path& file) {
  using Json = nlohmann::json;
  const Json fields = store_stage::read_card_fields(file);
  MatcherCard card;
  card.sha256 = sha256_file(file);
  if (const auto name = fields.find("name"); name != fields.end()) {
    if (!name->is_string()) store_stage::refuse_card(file, "its name is no text");
    card.name = name->get<std::string>();
  }
  if (const auto dimension = fields.find("dimension"); dimension != fields.end()) {
    const bool count = dimension->is_number_integer() && dimension->get<std::int64_t>() > 0;
    if (!count) store_stage::refuse_card(file, "its dimension is no positive whole number");
    card.dimension = dimension->get<std::size_t>();
  }
  if (const auto comparison = fields.find("comparison"); comparison != fields.end()) {
    if (comparison->is_string()) card.comparison = comparison_named(comparison->get<std::string>());
    if (!card.comparison) store_stage::refuse_card(file, "its comparison is none of cosine, inner-product and l2");
  }
  if (const auto sets = fields.find("training_set"); sets != fields.end()) {
    const Json list = sets->is_array() ? *sets : Json::array({*sets});
    for (const Json& one : list) {
      if (!one.is_string()) store_stage::refuse_card(file, "its training_set is neither a text nor a list of texts");
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
