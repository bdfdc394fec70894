#include "report/numbers.hpp"

#include <fmt/format.h>

#include <cmath>

namespace semblance::report_stage {

std::string count_text(std::uint64_t count) { return fmt::format("{}", fmt::group_digits(count)); }

std::string expected_text(double count) {
  if (!std::isfinite(count)) return kNone;
  if (count >= 100 && count < 1e18) return count_text(static_cast<std::uint64_t>(std::llround(count)));
  if (count >= 0.05 || count == 0) return fmt::format("{:.1f}", count);
  return small_text(count);
}

std::string score_text(double score) { return std::isfinite(score) ? fmt::format("{:.4f}", score) : kNone; }

std::string signed_text(double value) {
  if (!std::isfinite(value)) return kNone;
  return (value < 0 ? "&minus;" : "") + fmt::format("{:.3f}", std::abs(value));
}

std::string percent_text(double share) {
  if (!std::isfinite(share)) return kNone;
  if (share == 0) return "0%";
  if (share > 0 && share < 0.0995) return fmt::format("{:.2g}%", 100 * share);
  return fmt::format("{:.1f}%", 100 * share);
}

std::string rate_text(double value) {
  if (!std::isfinite(value)) return kNone;
  if (value <= 0 || value >= 1) return fmt::format("{:.3g}", value);
  const std::string scientific = fmt::format("{:.1e}", value);  // d.de-dd
  const std::size_t e = scientific.find('e');
  const std::string digits = scientific.substr(0, e);
  const int exponent = std::stoi(scientific.substr(e + 1));
  const std::string power = fmt::format("10<sup>&minus;{}</sup>", -exponent);
  return digits == "1.0" ? power : fmt::format("{}&nbsp;&times;&nbsp;{}", digits, power);
}

std::string small_text(double value) {
  return value > 0 && value < 0.001 ? rate_text(value) : std::isfinite(value) ? fmt::format("{:.3g}", value) : kNone;
}

std::string small_text(const std::optional<double>& value) { return value ? small_text(*value) : kNone; }

}  // namespace semblance::report_stage
