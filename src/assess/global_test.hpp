#pragma once
// Is there leakage? One exact permutation test of M over R against M over H.

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "assess/equal_images.hpp"
#include "semblance/assess.hpp"

namespace semblance {

inline constexpr std::size_t kComponents = 6;
using ComponentValues = std::array<double, kComponents>;

/// A person in the merged ranking.
struct Ranked {
  double height = 0;      ///< score in units of its stratum
  std::uint32_t tie = 0;  ///< ranks equals: larger is lower
  std::uint32_t stratum = 0;
  bool train = false;
};

/// Puts people of several strata on one scale, in place: (M - median) / (median - 16% quantile) of the stratum's pooled
/// scores, and sorts them best first. Median and spread don't depend on labels, so permutation within strata stays
/// exact, and extremes keep their size, which ranks within small strata would lose.
/// `height` holds M on entry.
void rank_across_strata(std::vector<Ranked>& people, std::size_t strata);

/// The six statistics, larger = more leakage, of people in merged order: the rank sum, and five counts whose whole part
/// is the count and whose fraction, ordered like the rank sum, breaks ties.
ComponentValues component_values(std::span<const Ranked> best_first, std::size_t strata);

/// Their joint null distribution by permutation of labels within strata, with the observed values among the draws.
class NullTable {
 public:
  NullTable(std::span<const Ranked> best_first, std::size_t strata, unsigned permutations, std::uint64_t seed,
            unsigned threads);

  [[nodiscard]] const ComponentValues& observed() const { return observed_; }
  /// Share of draws (the observed one among them) with a value at least as large; at least 1 / (permutations + 1).
  [[nodiscard]] double component_p(std::size_t component, double value) const;
  /// Share of draws whose smallest component p-value is at most that of `values`; equal ones are ordered by the mean.
  [[nodiscard]] double min_p(const ComponentValues& values) const;

 private:
  [[nodiscard]] double smallest_p(const ComponentValues& values) const;

  ComponentValues observed_;
  std::array<std::vector<double>, kComponents> sorted_;  ///< ascending
  std::vector<double> smallest_;                         ///< ascending smallest component p-values, ties told apart
};

/// What the test found, with the null table that the detection limit looks values up in.
struct GlobalOutcome {
  GlobalTest test;
  NullTable null;
};
GlobalOutcome global_test(std::span<const EqualStratum> strata, const AssessOptions& options);

}  // namespace semblance
