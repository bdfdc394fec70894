#pragma once
// How much leaks: excess over chance, corrected for leaks that don't reach the threshold.

#include <optional>
#include <span>
#include <vector>

#include "assess/equal_images.hpp"
#include "assess/global_test.hpp"
#include "assess/mated.hpp"
#include "semblance/assess.hpp"

namespace semblance {

/// Estimate, interval and bound; `minimum_detectable` and `power` are left to the functions below.
LeakRate leak_rate(std::span<const EqualStratum> strata, const MatedScores& mated);

/// The smallest share of R's people which, if leaked as mated scores say, the global test finds at `alpha` in 95 of
/// 100 repetitions; nullopt where it misses them even if all leak. Null scores are
/// redrawn from H's, smoothed.
std::optional<double> minimum_detectable(std::span<const EqualStratum> strata, const MatedScores& mated,
                                         const NullTable& null, const AssessOptions& options);

/// Power by the same planted leaks, at a few rates up to `detectable` (none: up to all people).
std::vector<LeakRate::Power> power_curve(std::span<const EqualStratum> strata, const MatedScores& mated,
                                         const NullTable& null, std::optional<double> detectable,
                                         const AssessOptions& options);

}  // namespace semblance
