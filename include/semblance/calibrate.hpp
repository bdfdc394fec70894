#pragma once
// From non-mated scores of real faces to thresholds at a false match rate (ISO/IEC 19795-1).

#include <cstdint>
#include <optional>
#include <vector>

#include "semblance/score.hpp"

namespace semblance {

/// A threshold at a target FMR: the lowest histogram edge t with FMR(t) = #{non-mated >= t} / #non-mated <= target.
struct FmrThreshold {
  double fmr_target = 0;
  double score = 0;                 ///< the threshold; non-mated scores at or over it are false matches
  std::uint64_t false_matches = 0;  ///< non-mated scores at or over it
  double fmr = 0;                   ///< observed, <= fmr_target
  bool resolved =
      false;  ///< false: fewer than 1/target non-mated pairs exist; `score` is then just over the best of them
  bool rule_of_30 = false;  ///< at least 30 false matches stand behind it
};

/// Where the top bin must be excluded as well, the score is one bin past the range (that bin also holds scores beyond
/// it). Throws Error{usage} on a target outside (0, 1], Error{input} on a histogram without scores.
FmrThreshold threshold_at_fmr(const Histogram& non_mated, double fmr_target);

/// Observed FMR at a score: share of non-mated scores in its histogram bin or above (never understated by more than
/// a bin); nullopt where no non-mated score reaches it, i.e. the FMR is below 1/total and unknown.
std::optional<double> fmr_of_score(const Histogram& non_mated, double score);

/// Adds counts bin by bin. Throws Error{internal} where ranges differ.
Histogram operator+(const Histogram& x, const Histogram& y);

}  // namespace semblance
