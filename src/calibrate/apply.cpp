// A calibration applied to other scores of the same matcher.

#include <fmt/format.h>

#include <algorithm>

#include "score/sets.hpp"
#include "semblance/calibrate.hpp"
#include "semblance/error.hpp"

namespace semblance {
std::string check_calibration_matches(const Calibration& calibration, const MatcherFacts& facts,
                                      const std::string& subject) {
  const auto refuse = [&subject](const std::string& message) {
    throw Error(ErrorCode::input, "calibrate", subject, message + "; calibrate the matcher that made these embeddings");
  };
  if (calibration.comparison && *calibration.comparison != facts.comparison) {
    refuse(fmt::format("is of {} scores, these are compared by {}", comparison_text(*calibration.comparison),
                       comparison_text(facts.comparison)));
  }
  if (calibration.dimension != 0 && facts.dimension != 0 && calibration.dimension != facts.dimension) {
    refuse(fmt::format("is of embeddings of {} dimensions, these have {}", calibration.dimension, facts.dimension));
  }
  const bool hashes = !calibration.matcher_sha256.empty() && !facts.sha256.empty();
  if (hashes && calibration.matcher_sha256 != facts.sha256) {
    refuse(fmt::format("is of another matcher: its card's sha256 is {}..., here {}...",
                       calibration.matcher_sha256.substr(0, 12), facts.sha256.substr(0, 12)));
  }
  const bool names = !calibration.matcher.empty() && !facts.name.empty();
  if (names && calibration.matcher != facts.name) {
    refuse(fmt::format("is of the matcher '{}', these embeddings are of '{}'", calibration.matcher, facts.name));
  }
  if (hashes) return {};
  if (names) return "the calibration was matched to the matcher by name only: card hashes are unknown";
  return "whether the calibration is of this matcher could not be checked: its name is unknown on one side";
}

std::optional<CalibratedFmr> calibrated_fmr(const Calibration& calibration, double score) {
  // Best score first: the first point at or under the score.
  const auto point = std::find_if(calibration.curve.begin(), calibration.curve.end(),
                                  [score](const CurvePoint& p) { return p.score <= score; });
  if (point == calibration.curve.end()) return CalibratedFmr{1, Evidence::measured};
  if (point->fmr.errors > 0) return CalibratedFmr{point->fmr.rate, Evidence::measured};
  if (!calibration.tail || !calibration.tail->fits || score < calibration.tail->threshold) return std::nullopt;
  return CalibratedFmr{calibration.tail->fmr(score), Evidence::extrapolated};
}

std::optional<CalibratedScore> calibrated_score(const Calibration& calibration, double fmr_target) {
  for (const CalibratedThreshold& t : calibration.thresholds) {
    if (t.fmr_target == fmr_target) return CalibratedScore{t.score.value, t.evidence};
  }
  const bool resolved = static_cast<double>(calibration.non_mated) * fmr_target >= 1;
  if (resolved) {
    const auto over = std::find_if(calibration.curve.begin(), calibration.curve.end(),
                                   [fmr_target](const CurvePoint& p) { return p.fmr.rate > fmr_target; });
    if (over != calibration.curve.begin()) return CalibratedScore{std::prev(over)->score, Evidence::measured};
  }
  if (!calibration.tail || !calibration.tail->fits || fmr_target > calibration.tail->share) return std::nullopt;
  return CalibratedScore{calibration.tail->score(fmr_target), Evidence::extrapolated};
}

}  // namespace semblance
