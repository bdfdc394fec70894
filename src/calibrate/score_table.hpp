#pragma once
// The scores of a calibration as exactly as they are held, and what is counted on them.

#include <cstdint>
#include <vector>

#include "semblance/score.hpp"

namespace semblance::calibrate_stage {

struct MatedScore {
  double score = 0;
  IdentityIndex person = 0;
};

struct NonMatedScore {
  double score = 0;
  IdentityIndex i = 0, j = 0;       ///< i != j
  RowIndex a = kNoRow, b = kNoRow;  ///< rows, where the scores come from a set
};

/// Mated scores are held all, non-mated ones at the top; the histogram of all non-mated ones stands for the rest.
struct ScoreTable {
  std::size_t identities = 0;
  std::vector<MatedScore> mated;   ///< best first
  std::vector<NonMatedScore> top;  ///< best first
  std::uint64_t non_mated = 0;     ///< listed in `top` or not
  Histogram histogram;             ///< of all non-mated scores; empty when `top` holds them all
  /// Non-mated comparisons that each person takes part in, and the sum over pairs of people of their squared number.
  std::vector<double> comparisons_of;
  double squared_comparisons = 0;
  std::vector<double> images_of;  ///< images of each person, where all pairs of a set are compared; else empty
  std::size_t people_in_non_mated = 0;
  std::size_t people_in_mated = 0;
  /// No person is in two non-mated (two mated) comparisons: then they are independent units.
  bool non_mated_independent = false;
  bool mated_independent = false;

  [[nodiscard]] bool complete() const { return top.size() == non_mated; }
  /// Every non-mated score at or over t is in `top`.
  [[nodiscard]] bool listed(double t) const { return complete() || (!top.empty() && t > top.back().score); }
};

/// Sorts the lists and derives the counts of people; `non_mated`, `comparisons_of` and `squared_comparisons` are
/// derived from `top` when the table is complete, and otherwise have to be set.
void finish(ScoreTable& table);

/// A threshold and its exact counts.
struct Cut {
  double score = 0;
  std::uint64_t false_matches = 0;      ///< non-mated scores at or over it
  std::uint64_t false_non_matches = 0;  ///< mated scores under it
  bool listed = false;                  ///< the false matches are in ScoreTable::top
};

/// The cut at t; where the counts are known at histogram edges only, at the highest edge not over t.
Cut cut_at(const ScoreTable& table, double t);

/// The lowest cut with false_matches / non_mated <= fmr (where only the histogram is known, the lowest such edge).
Cut cut_at_fmr(const ScoreTable& table, double fmr);

/// The lowest cut from a mated score up that has at least `share` of the mated scores under it.
Cut cut_at_fnmr(const ScoreTable& table, double share);

/// Largest count c with c / total <= share.
std::uint64_t count_within(std::uint64_t total, double share);

}  // namespace semblance::calibrate_stage
