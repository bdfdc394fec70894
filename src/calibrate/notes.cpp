#include <fmt/format.h>

#include <algorithm>

#include "calibrate/measured.hpp"

namespace semblance::calibrate_stage {

void explain(const Measured& a, const std::optional<FittedTail>& tail, const std::string& why_no_tail,
             Calibration& result) {
  const ScoreTable& table = a.table;
  if (!a.mated) {
    result.notes.emplace_back(
        "no person has two images, so there are no mated scores: nothing is said of FNMR, EER, d', AUC "
        "or TAR");
  }
  if (!table.top.empty() && !table.mated.empty() && table.complete() &&
      table.top.front().score == table.top.back().score && table.mated.front().score == table.mated.back().score &&
      table.top.front().score == table.mated.front().score) {
    result.notes.emplace_back("all scores are equal: these comparisons tell nobody from anybody");
  }
  if (tail && !tail->tail.fits) {
    result.notes.push_back(
        fmt::format("no generalised Pareto tail fits the best non-mated scores (p = {:.3g}), so nothing is "
                    "extrapolated",
                    tail->tail.anderson_darling_p));
  }
  if (!why_no_tail.empty()) result.notes.push_back("nothing is extrapolated: " + why_no_tail);
  for (const double target : a.options.fmr) {
    const bool there = std::any_of(result.thresholds.begin(), result.thresholds.end(),
                                   [target](const CalibratedThreshold& t) { return t.fmr_target == target; });
    if (there) continue;
    result.notes.push_back(
        fmt::format("no threshold at FMR {:g}: {} non-mated scores can't measure it", target, table.non_mated));
  }
  for (const CalibratedThreshold& threshold : result.thresholds) {
    if (!threshold.fmr || threshold.fmr->rule_of_30) continue;
    result.notes.push_back(
        fmt::format("FMR {:g} rests on {:.1f} independent false matches, under the 30 that it takes "
                    "(rule of 30)",
                    threshold.fmr_target, threshold.fmr->independent_errors));
  }
}

}  // namespace semblance::calibrate_stage
