#include "calibrate/interval.hpp"

#include <algorithm>
#include <boost/math/distributions/students_t.hpp>
#include <cmath>

#include "base/normal.hpp"

namespace semblance::calibrate_stage {
namespace {

constexpr double kUpper = 0.975;
constexpr double kRuleOfThree = 3;
constexpr double kRuleOfThirty = 30;

}  // namespace

double quantile_975(double degrees) {
  if (degrees <= 0) return normal_quantile(kUpper);
  return boost::math::quantile(boost::math::students_t(std::max(1.0, degrees)), kUpper);
}

double independent_trials(double share, const Support& support) {
  const bool variance_tells = share > 0 && share < 1 && support.variance > 0;
  const double trials = variance_tells ? share * (1 - share) / support.variance : support.fallback;
  return std::clamp(trials, 1.0, std::max(1.0, support.trials));
}

Estimate share_interval(double share, const Support& support) {
  const double n = independent_trials(share, support);
  if (share <= 0) return {share, 0, std::min(1.0, kRuleOfThree / n)};
  if (share >= 1) return {share, std::max(0.0, 1 - kRuleOfThree / n), 1};
  const double z = quantile_975(support.degrees);
  const double z2 = z * z;
  const double centre = share + z2 / (2 * n);
  const double half = z * std::sqrt(share * (1 - share) / n + z2 / (4 * n * n));
  const double scale = 1 + z2 / n;
  return {share, std::max(0.0, (centre - half) / scale), std::min(1.0, (centre + half) / scale)};
}

ErrorRate error_rate(std::uint64_t errors, std::uint64_t trials, const Support& support) {
  ErrorRate result;
  result.errors = errors;
  result.trials = trials;
  if (trials == 0) return result;
  result.rate = static_cast<double>(errors) / static_cast<double>(trials);
  const Estimate interval = share_interval(result.rate, support);
  result.low = interval.low;
  result.high = interval.high;
  result.independent_errors = result.rate * independent_trials(result.rate, support);
  // Rounding of the variance must not turn 30 independent errors into 29.999.
  result.rule_of_30 = result.independent_errors >= kRuleOfThirty * (1 - 1e-9);
  return result;
}

}  // namespace semblance::calibrate_stage
