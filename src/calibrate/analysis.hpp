#pragma once
// From a table of scores to a calibration.

#include "calibrate/score_table.hpp"
#include "semblance/calibrate.hpp"

namespace semblance::calibrate_stage {

/// Fills everything that follows from the scores: counts, separation, thresholds, tail, curve, notes. `set`: where the
/// rows of an all-pairs table come from, else null.
void analyse(const ScoreTable& table, const EmbeddingSet* set, const CalibrateOptions& options, Calibration& result);

/// False identification of a set searched in itself: rows whose best score with somebody else is at or over each cut.
/// `listed`: cuts whose false matches are all in the list.
std::vector<Estimate> leave_one_out(const ScoreTable& table, const EmbeddingSet& set, std::span<const Cut> listed);

/// The best single threshold of a protocol and, with folds, its cross-validated accuracy.
Accuracy best_accuracy(std::span<const LabelledScore> scores, bool independent);

/// Refuses options that make no sense.
void check(const CalibrateOptions& options);

}  // namespace semblance::calibrate_stage
