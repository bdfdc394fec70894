#include "infer/card_tables.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/sha256.hpp"
#include "store/card_fields.hpp"

namespace semblance::infer_stage {

using Json = nlohmann::json;
using store_stage::refuse_card;

CardTable::CardTable(std::filesystem::path file, const Json& all, const char* table)
    : file_(std::move(file)), table_(table) {
  const auto at = all.find(table);
  if (at == all.end() || !at->is_object()) {
    refuse_card(file_, fmt::format("has no table [{}]; a card of a network has [weights] and [input] "
                                   "(docs/formats.md)",
                                   table));
  }
  fields_ = *at;
}

std::string CardTable::text(const char* key, const std::string& otherwise) const {
  const auto at = fields_.find(key);
  if (at == fields_.end()) return otherwise;
  if (!at->is_string()) refuse(key, "is no text");
  return at->get<std::string>();
}

std::string CardTable::text(const char* key) const {
  if (!fields_.contains(key)) refuse(key, "is missing");
  return text(key, "");
}

std::size_t CardTable::size_of(const Json& value, const char* key) const {
  constexpr std::int64_t kLargest = 4096;
  if (!value.is_number_integer() || value.get<std::int64_t>() < 1 || value.get<std::int64_t>() > kLargest) {
    refuse(key, fmt::format("holds no whole number from 1 to {}", kLargest));
  }
  return value.get<std::size_t>();
}

std::size_t CardTable::size(const char* key) const {
  const auto at = fields_.find(key);
  if (at == fields_.end()) refuse(key, "is missing");
  return size_of(*at, key);
}

std::vector<std::size_t> CardTable::sizes(const char* key, const std::vector<std::size_t>& otherwise) const {
  const auto at = fields_.find(key);
  if (at == fields_.end()) return otherwise;
  if (!at->is_array() || at->empty()) refuse(key, "is no list of whole numbers");
  std::vector<std::size_t> sizes;
  for (const Json& value : *at) sizes.push_back(size_of(value, key));
  return sizes;
}

double CardTable::number(const char* key, double otherwise, double least, double most) const {
  const auto at = fields_.find(key);
  if (at == fields_.end()) return otherwise;
  if (!at->is_number() || !(at->get<double>() >= least && at->get<double>() <= most)) {
    refuse(key, fmt::format("is no number from {:g} to {:g}", least, most));
  }
  return at->get<double>();
}

std::vector<double> CardTable::numbers(const char* key, std::size_t count, double least, double most) const {
  const auto at = fields_.find(key);
  const auto fits = [&](const Json& value) {
    return value.is_number() && value.get<double>() >= least && value.get<double>() <= most;
  };
  if (at == fields_.end() || !at->is_array() || at->size() != count || !std::ranges::all_of(*at, fits)) {
    refuse(key, fmt::format("is no list of {} numbers from {:g} to {:g}", count, least, most));
  }
  return at->get<std::vector<double>>();
}

std::array<double, 3> CardTable::colours(const char* key, double otherwise) const {
  const auto at = fields_.find(key);
  if (at == fields_.end()) return {otherwise, otherwise, otherwise};
  const auto fits = [](const Json& value) { return value.is_number() && std::isfinite(value.get<double>()); };
  if (fits(*at)) return {at->get<double>(), at->get<double>(), at->get<double>()};
  const bool three = at->is_array() && at->size() == 3 && std::ranges::all_of(*at, fits);
  if (!three) refuse(key, "is neither a finite number nor a list of three");
  return {(*at)[0].get<double>(), (*at)[1].get<double>(), (*at)[2].get<double>()};
}

void CardTable::refuse(const char* key, const std::string& why) const {
  refuse_card(file_, fmt::format("{}.{} {}", table_, key, why));
}

InputFormat read_input(const CardTable& input) {
  InputFormat format{.width = input.size("width"), .height = input.size("height")};
  const std::string colour = input.text("colour");
  if (colour != "RGB" && colour != "BGR") input.refuse("colour", fmt::format("is '{}'; RGB and BGR are known", colour));
  format.blue_first = colour == "BGR";
  format.mean = input.colours("mean", 0);
  format.divisor = input.colours("divisor", 1);
  if (std::ranges::any_of(format.divisor, [](double d) { return !(d > 0); })) input.refuse("divisor", "isn't over 0");
  if (format.blue_first) {
    std::swap(format.mean[0], format.mean[2]);
    std::swap(format.divisor[0], format.divisor[2]);
  }
  return format;
}

std::filesystem::path read_weights(const std::filesystem::path& card, const Json& all, const char* table) {
  const CardTable weights(card, all, table);
  std::filesystem::path file = card.parent_path() / weights.text("file");
  if (!std::filesystem::is_regular_file(file)) {
    refuse_card(card, fmt::format("names its weights '{}', which isn't there; paths are taken from the card's folder. "
                                  "`semblance models install {}` puts them into the cache",
                                  file.string(), card.string()));
  }
  const std::string expected = weights.text("sha256", "");
  if (!expected.empty() && sha256_file(file) != expected) {
    refuse_card(card,
                fmt::format("promises weights of another SHA-256 than '{}' has ({}); fetch them again, or mend the "
                            "card",
                            file.string(), sha256_file(file)));
  }
  return file;
}

}  // namespace semblance::infer_stage
