#pragma once
// Draws of people: every error rate at every cut, and AUC, d' and the means, as they would be with other people.

#include <optional>
#include <span>
#include <vector>

#include "calibrate/functionals.hpp"
#include "calibrate/influence.hpp"
#include "semblance/types.hpp"

namespace semblance::calibrate_stage {

/// What the draws start from.
struct BootstrapPlan {
  const ScoreTable* table = nullptr;
  std::span<const Cut> cuts;          ///< best first
  std::size_t listed_cuts = 0;        ///< the first so many are in `list`, the others in `direct`
  const Influence* list = nullptr;    ///< listed cuts (and the linear columns, if the list is complete)
  const Influence* direct = nullptr;  ///< the other cuts and the linear columns; null if `list` has them all
  const Influence* mated = nullptr;   ///< all cuts and the linear columns; null without mated scores
  unsigned draws = 0;
  std::uint64_t seed = 1;
  unsigned threads = 0;
};

struct BootstrapDraws {
  std::size_t draws = 0;
  std::size_t cuts = 0;
  std::vector<double> fmr;   ///< (draws, cuts), rising along the cuts
  std::vector<double> fnmr;  ///< (draws, cuts), not clipped to [0, 1]; empty without mated scores
  std::vector<double> auc, d_prime, mated_mean, non_mated_mean;  ///< deviations from the estimates
};

BootstrapDraws draw_people(const BootstrapPlan& plan);

/// How often each of n people is drawn in draw `index`: n draws with replacement.
std::vector<std::uint32_t> multiplicities(std::size_t people, std::uint64_t seed, std::size_t index);

/// Score at which a falling curve of FMRs (over the cuts, best first) meets the target, between two cuts by the
/// logarithm of the FMR.
double score_at_fmr(std::span<const Cut> cuts, std::span<const double> fmr, double target);

/// FNMR at a score, linear between two cuts.
double fnmr_at_score(std::span<const Cut> cuts, std::span<const double> fnmr, double score);

/// Where FMR and FNMR of a draw cross, linear between two cuts.
double equal_error_of(std::span<const double> fmr, std::span<const double> fnmr);

/// Sample quantile (linear between order statistics) of unsorted values.
double quantile(std::vector<double> values, double p);
double variance_of(std::span<const double> values);

}  // namespace semblance::calibrate_stage
