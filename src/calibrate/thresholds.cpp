#include <algorithm>
#include <cmath>

#include "calibrate/analysis.hpp"
#include "calibrate/cuts.hpp"
#include "calibrate/measured.hpp"

namespace semblance::calibrate_stage {
namespace {

// The scores at which the interval of the FMR holds the target: an interval of the threshold has no errors to count of
// its own, so that of the FMR is inverted (Woodruff 1952).
Estimate threshold_interval(const Measured& a, double value, double target, const std::optional<FittedTail>& tail) {
  std::vector<double> low, high;  // rising along the cuts, as the FMR does
  for (std::size_t k = 0; k < a.cuts.size(); ++k) {
    const ErrorRate fmr = fmr_at(a, k);
    low.push_back(k == 0 ? fmr.low : std::max(low.back(), fmr.low));
    high.push_back(k == 0 ? fmr.high : std::max(high.back(), fmr.high));
  }
  Estimate score{value, std::min(value, score_at_fmr(a.cuts, low, target)), value};
  const double best = a.cuts.front().score;
  if (high.front() <= target) {
    score.high = std::max(value, score_at_fmr(a.cuts, high, target));
  } else if (tail && tail->tail.fits && best >= tail->tail.threshold && tail->tail.fmr(best) > 0) {
    // No error at all would not exclude the target: the interval ends where the tail has fallen by as much again.
    score.high = std::max(best, tail->tail.score(tail->tail.fmr(best) * target / high.front()));
  } else {
    // The highest score that there can be; of distances it is 0, where listed scores have no histogram to say so.
    const bool distances = a.options.comparison == Comparison::negative_squared_l2;
    score.high = std::max(best, distances ? 0 : a.table.histogram.high);
  }
  return score;
}

// TAR at the threshold, whose own uncertainty counts: the distances of both parts' ends are added as lengths of
// independent parts (MOVER; Zou and Donner 2008).
Estimate tar_interval(const Measured& a, const ErrorRate& fnmr, const Estimate& score) {
  std::vector<double> base;
  base.reserve(a.cuts.size());
  for (const Cut& cut : a.cuts) {
    base.push_back(static_cast<double>(cut.false_non_matches) / static_cast<double>(a.table.mated.size()));
  }
  const double over = std::max(0.0, fnmr_at_score(a.cuts, base, score.high) - fnmr.rate);
  const double under = std::max(0.0, fnmr.rate - fnmr_at_score(a.cuts, base, score.low));
  return {1 - fnmr.rate, std::max(0.0, 1 - fnmr.rate - std::hypot(fnmr.high - fnmr.rate, over)),
          std::min(1.0, 1 - fnmr.rate + std::hypot(fnmr.rate - fnmr.low, under))};
}

void measure_threshold(const Measured& a, std::size_t k, const std::optional<FittedTail>& tail,
                       CalibratedThreshold& threshold) {
  threshold.evidence = Evidence::measured;
  threshold.score = threshold_interval(a, a.cuts[k].score, threshold.fmr_target, tail);
  threshold.fmr = fmr_at(a, k);
  threshold.fnmr = fnmr_at(a, k);
  if (a.mated) threshold.tar = tar_interval(a, *threshold.fnmr, threshold.score);
}

void false_identifications(const Measured& a, const std::vector<Estimate>& measured, std::size_t k, std::size_t gallery,
                           CalibratedThreshold& threshold) {
  const double fmr = threshold.fmr ? threshold.fmr->rate : threshold.fmr_target;
  const auto predicted = [fmr](std::uint64_t size) {
    return -std::expm1(static_cast<double>(size) * std::log1p(-fmr));
  };
  if (gallery > 0) {
    FalseIdentification own{.gallery = gallery, .independent = predicted(gallery), .measured = std::nullopt};
    if (threshold.evidence == Evidence::measured && k < measured.size()) own.measured = measured[k];
    threshold.fpir.push_back(own);
  }
  for (const std::uint64_t size : a.options.galleries) {
    threshold.fpir.push_back({.gallery = size, .independent = predicted(size), .measured = std::nullopt});
  }
}

}  // namespace

void thresholds(const Measured& a, const EmbeddingSet* set, const std::optional<FittedTail>& tail,
                Calibration& result) {
  std::vector<Estimate> measured;
  std::size_t gallery = 0;
  if (set != nullptr) {
    measured = leave_one_out(a.table, *set, std::span<const Cut>(a.cuts).first(a.listed_cuts));
    gallery = static_cast<std::size_t>(
        std::llround(2 * static_cast<double>(a.table.non_mated) / static_cast<double>(set->matrix.rows)));
  }
  for (std::size_t t = 0; t < a.options.fmr.size(); ++t) {
    CalibratedThreshold threshold;
    threshold.fmr_target = a.options.fmr[t];
    const Cut cut = cut_at_fmr(a.table, threshold.fmr_target);
    const std::size_t k = cut_index(a.cuts, cut.score);
    if (tail && tail->tail.fits) threshold.extrapolated = tail->scores[t];
    if (count_within(a.table.non_mated, threshold.fmr_target) > 0) {
      measure_threshold(a, k, tail, threshold);
    } else if (threshold.extrapolated) {
      threshold.evidence = Evidence::extrapolated;
      threshold.score = *threshold.extrapolated;
      if (a.mated) {
        // The tail's threshold lies between cuts; what was measured there is counted anew.
        const Cut beyond = cut_at(a.table, threshold.score.value);
        const std::size_t nearest = std::min(cut_index(a.cuts, beyond.score), a.cuts.size() - 1);
        threshold.fnmr = error_rate(beyond.false_non_matches, a.table.mated.size(),
                                    mated_support(a, nearest, a.mated->variance(nearest)));
      }
    } else {
      continue;
    }
    false_identifications(a, measured, k, gallery, threshold);
    result.thresholds.push_back(threshold);
  }
}

}  // namespace semblance::calibrate_stage
