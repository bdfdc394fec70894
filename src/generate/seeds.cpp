// Seeds, as text and as names of pictures.

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <limits>

#include "semblance/error.hpp"
#include "semblance/generate.hpp"

namespace semblance {
namespace {

constexpr std::string_view kPrefix = "seed";
constexpr std::string_view kSuffix = ".png";
constexpr std::string_view kScheme = "card:";

// A whole number that fills `text`, and nothing else.
std::optional<std::uint32_t> number(std::string_view text) {
  std::uint32_t value = 0;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (failed != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

[[noreturn]] void refuse(const std::string& why) { throw Error(ErrorCode::usage, "generate", "--seeds", why); }

}  // namespace

std::vector<std::uint32_t> parse_seeds(const std::string& text) {
  constexpr std::size_t kMost = 10'000'000;
  std::vector<std::uint32_t> seeds;
  for (std::size_t at = 0; at <= text.size();) {
    const std::size_t end = std::min(text.find(',', at), text.size());
    const std::string_view part = std::string_view(text).substr(at, end - at);
    const std::size_t dash = part.find('-');
    const auto first = number(part.substr(0, dash));
    const auto last = dash == std::string_view::npos ? first : number(part.substr(dash + 1));
    if (!first || !last || *last < *first) {
      refuse(fmt::format("'{}' is neither a seed nor a range of seeds from 0 to {}; write 0-9999 or 3,7,20-30", part,
                         std::numeric_limits<std::uint32_t>::max()));
    }
    if (*last - *first >= kMost - seeds.size()) refuse(fmt::format("are more than {}; run them in parts", kMost));
    for (std::uint32_t k = 0; k <= *last - *first; ++k) seeds.push_back(*first + k);
    at = end + 1;
  }
  std::ranges::sort(seeds);
  const auto twice = std::ranges::adjacent_find(seeds);
  if (twice != seeds.end()) refuse(fmt::format("name {} twice", *twice));
  return seeds;
}

std::string ranges_of(const std::vector<std::uint32_t>& seeds) {
  std::string text;
  for (std::size_t i = 0; i < seeds.size();) {
    std::size_t last = i;
    while (last + 1 < seeds.size() && seeds[last + 1] - seeds[i] == last + 1 - i) ++last;
    text += fmt::format("{}{}", text.empty() ? "" : ",", seeds[i]);
    if (last > i) text += fmt::format("-{}", seeds[last]);
    i = last + 1;
  }
  return text;
}

std::string seed_name(std::uint32_t seed) { return fmt::format("{}{:04}{}", kPrefix, seed, kSuffix); }

std::optional<std::uint32_t> named_seed(const std::string& name) {
  if (name.size() <= kPrefix.size() + kSuffix.size() || !name.starts_with(kPrefix) || !name.ends_with(kSuffix)) {
    return std::nullopt;
  }
  const auto seed =
      number(std::string_view(name).substr(kPrefix.size(), name.size() - kPrefix.size() - kSuffix.size()));
  return seed && seed_name(*seed) == name ? seed : std::nullopt;
}

std::optional<std::filesystem::path> generator_of(const std::filesystem::path& location) {
  const std::string text = location.string();
  if (!text.starts_with(kScheme)) return std::nullopt;
  return text.substr(kScheme.size());
}

}  // namespace semblance
