#include "embed/network_card.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/sha256.hpp"
#include "store/card_fields.hpp"

namespace semblance::embed_stage {
namespace {

using Json = nlohmann::json;
using store_stage::refuse_card;

class Fields {
 public:
  Fields(const std::filesystem::path& file, const Json& all, const char* table) : file_(file), table_(table) {
    const auto at = all.find(table);
    if (at == all.end() || !at->is_object()) {
      refuse_card(file, fmt::format("has no table [{}]; a card that pictures are embedded with has [weights] and "
                                    "[input] (docs/formats.md)",
                                    table));
    }
    fields_ = *at;
  }

  [[nodiscard]] std::string text(const char* key, const std::string& otherwise) const {
    const auto at = fields_.find(key);
    if (at == fields_.end()) return otherwise;
    if (!at->is_string()) refuse(key, "is no text");
    return at->get<std::string>();
  }

  [[nodiscard]] std::string text(const char* key) const {
    if (!fields_.contains(key)) refuse(key, "is missing");
    return text(key, "");
  }

  [[nodiscard]] std::size_t size(const char* key) const {
    constexpr std::int64_t kLargest = 4096;
    const auto at = fields_.find(key);
    if (at == fields_.end()) refuse(key, "is missing");
    if (!at->is_number_integer() || at->get<std::int64_t>() < 1 || at->get<std::int64_t>() > kLargest) {
      refuse(key, fmt::format("is no whole number from 1 to {}", kLargest));
    }
    return at->get<std::size_t>();
  }

  // One number, or three in the order of the card's colours.
  [[nodiscard]] std::array<double, 3> colours(const char* key, double otherwise) const {
    const auto at = fields_.find(key);
    if (at == fields_.end()) return {otherwise, otherwise, otherwise};
    if (at->is_number()) return {at->get<double>(), at->get<double>(), at->get<double>()};
    const bool three = at->is_array() && at->size() == 3 && std::ranges::all_of(*at, &Json::is_number);
    if (!three) refuse(key, "is neither a number nor a list of three");
    return {(*at)[0].get<double>(), (*at)[1].get<double>(), (*at)[2].get<double>()};
  }

  [[noreturn]] void refuse(const char* key, const std::string& why) const {
    refuse_card(file_, fmt::format("{}.{} {}", table_, key, why));
  }

 private:
  const std::filesystem::path& file_;
  const char* table_;
  Json fields_;
};

}  // namespace

NetworkCard read_network_card(const std::filesystem::path& file) {
  NetworkCard card;
  card.matcher = read_matcher_card(file);
  if (card.matcher.name.empty()) refuse_card(file, "has no name");
  if (card.matcher.dimension == 0) refuse_card(file, "has no dimension");
  const Json all = store_stage::read_card_fields(file);

  const Fields input(file, all, "input");
  card.width = input.size("width");
  card.height = input.size("height");
  const std::string colour = input.text("colour");
  if (colour != "RGB" && colour != "BGR") input.refuse("colour", fmt::format("is '{}'; RGB and BGR are known", colour));
  card.blue_first = colour == "BGR";
  card.mean = input.colours("mean", 0);
  card.divisor = input.colours("divisor", 1);
  if (std::ranges::any_of(card.divisor, [](double d) { return !(d > 0); })) input.refuse("divisor", "isn't over 0");
  if (card.blue_first) {
    std::swap(card.mean[0], card.mean[2]);
    std::swap(card.divisor[0], card.divisor[2]);
  }
  const std::string view = input.text("template", "T112");
  if (view != "T112" && view != "T96") input.refuse("template", fmt::format("is '{}'; T112 and T96 are known", view));
  card.view = view == "T96" ? Template::t96 : Template::t112;

  const Fields weights(file, all, "weights");
  card.weights = file.parent_path() / weights.text("file");
  if (!std::filesystem::is_regular_file(card.weights)) {
    refuse_card(file, fmt::format("names its weights '{}', which isn't there; paths are taken from the card's folder",
                                  card.weights.string()));
  }
  const std::string expected = weights.text("sha256", "");
  if (!expected.empty() && sha256_file(card.weights) != expected) {
    refuse_card(file,
                fmt::format("promises weights of another SHA-256 than '{}' has ({}); fetch them again, or mend the "
                            "card",
                            card.weights.string(), sha256_file(card.weights)));
  }
  return card;
}

}  // namespace semblance::embed_stage
