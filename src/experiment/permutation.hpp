#pragma once
// Could the difference between R-G and H-G be the luck of who is in R and who in H? Whole people change sides.

#include <limits>
#include <vector>

#include "semblance/experiment.hpp"

namespace semblance::experiment_stage {

inline constexpr std::size_t kFixed = std::numeric_limits<std::size_t>::max();

/// People who change sides together: one person, or a random group where there are many.
struct UnitPlan {
  bool train = false;
  std::size_t stratum = kFixed;  ///< units change sides within their stratum only; kFixed: never
  std::vector<RowIndex> rows;    ///< of R or of H
};

struct Units {
  std::vector<UnitPlan> plans;
  std::size_t people_per_unit = 1;
  std::size_t fixed_people = 0;
};

/// Strata hold people with about as many images: 1, 2, 3, 4, then classes that grow by the root of two.
std::size_t image_stratum(std::size_t images);

/// Plans units. With more than `max_units` people, groups of equal size are drawn by seed within strata; what does not
/// fill a group, and strata that one side lacks, stay where they are.
Units plan_units(const std::vector<std::vector<RowIndex>>& train, const std::vector<std::vector<RowIndex>>& holdout,
                 std::size_t max_units, std::uint64_t seed);

/// A unit's scores against G.
struct UnitScores {
  bool train = false;
  std::size_t stratum = kFixed;
  std::vector<std::uint64_t> counts;  ///< histogram
  double max = 0;
};

/// One- (AUC, d', shifts: R higher) or two-sided (KS, Wasserstein) permutation p-values, each at least
/// 1 / (permutations + 1) and valid at every level when R's and H's people are exchangeable; p_min corrects for looking
/// at all nine. Deterministic in the seed, whatever the threads: counts are whole, so sums have no order.
DistributionStudy::Test permutation_test(const std::vector<UnitScores>& units, double low, double width,
                                         unsigned permutations, std::uint64_t seed, unsigned threads);

}  // namespace semblance::experiment_stage
