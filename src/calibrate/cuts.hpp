#pragma once
// The thresholds at which everything is counted.

#include <span>
#include <vector>

#include "calibrate/score_table.hpp"

namespace semblance::calibrate_stage {

/// Cuts at the targets, at FMRs eight a decade, at FNMRs, just over the best non-mated score, and at `others`: best
/// first, every score once.
std::vector<Cut> choose_cuts(const ScoreTable& table, std::span<const double> targets, std::span<const double> others);

/// Index of the cut at a score that is one of them.
std::size_t cut_index(std::span<const Cut> cuts, double score);

/// Equal error rate: of the two neighbouring thresholds between which FMR and FNMR cross, the one where they differ
/// less (the higher if alike); the rate is their mean there. Needs mated and non-mated scores.
struct EqualError {
  Cut cut;
  double rate = 0;
};
EqualError equal_error(const ScoreTable& table);

}  // namespace semblance::calibrate_stage
