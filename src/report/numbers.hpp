#pragma once
// Numbers as people read them. All return HTML.

#include <cstdint>
#include <optional>
#include <string>

namespace semblance::report_stage {

std::string count_text(std::uint64_t count);  ///< 1,234,567
std::string expected_text(double count);      ///< a count that need not be whole: 12.3
std::string score_text(double score);         ///< 0.4321
std::string signed_text(double value);        ///< a correlation: &minus;0.123
std::string percent_text(double share);       ///< 2.1%
std::string small_text(double value);         ///< probabilities and rates: 0.0123, 1.2 x 10^-5, 10^-6
std::string small_text(const std::optional<double>& value);
std::string rate_text(double value);  ///< error rates, always as powers: 1.2 x 10^-2, 10^-6

inline constexpr const char* kNone = "&ndash;";  ///< where there is no number

}  // namespace semblance::report_stage
