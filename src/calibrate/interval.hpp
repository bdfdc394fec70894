#pragma once
// Intervals of shares.

#include <cstddef>
#include <cstdint>

#include "semblance/calibrate.hpp"

namespace semblance::calibrate_stage {

/// What a share's interval rests on.
struct Support {
  double variance = 0;  ///< of the share
  double trials = 0;    ///< comparisons
  double fallback = 0;  ///< independent trials where the variance can't tell: no errors, or nothing but errors
  double degrees = 0;   ///< of freedom of the variance; 0: the units are independent, the normal quantile serves
};

/// Number of independent trials with the same variance, at most `trials` (Korn and Graubard 1998).
double independent_trials(double share, const Support& support);

/// 95% interval: Wilson's on the independent trials, with Student's quantile where people are resampled. At 0 and 1
/// the rule of 3.
Estimate share_interval(double share, const Support& support);

ErrorRate error_rate(std::uint64_t errors, std::uint64_t trials, const Support& support);

/// 97.5% quantile of Student's law; of the normal law for 0 degrees.
double quantile_975(double degrees);

}  // namespace semblance::calibrate_stage
