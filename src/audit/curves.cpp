#include "audit/curves.hpp"

#include <algorithm>
#include <cmath>

#include "audit/row_tables.hpp"

namespace semblance::audit_stage {
namespace {

using Point = ReportModel::ErrorPoint;

constexpr double kPointsPerDecade = 24;

/// Whether enough has changed since the last point drawn.
bool differs(const Point& last, const Point& now) {
  const double step = std::pow(10.0, 1 / kPointsPerDecade);
  const auto far = [&](double x, double y) {
    if ((x > 0) != (y > 0)) return true;
    return x > 0 && std::max(x, y) >= step * std::min(x, y);
  };
  return far(last.fmr, now.fmr) || far(last.fnmr.value_or(0), now.fnmr.value_or(0));
}

std::vector<Point> thinned(const std::vector<Point>& points) {
  std::vector<Point> kept;
  for (const Point& point : points) {
    if (kept.empty() || &point == &points.back() || differs(kept.back(), point)) kept.push_back(point);
  }
  return kept;
}

std::vector<Point> of_calibration(const Calibration& calibration) {
  std::vector<Point> points;
  for (const CurvePoint& at : calibration.curve) {
    Point& point = points.emplace_back(Point{.score = at.score,
                                             .fmr = at.fmr.rate,
                                             .fmr_low = at.fmr.low,
                                             .fmr_high = at.fmr.high,
                                             .fnmr = {},
                                             .fnmr_low = {},
                                             .fnmr_high = {}});
    if (!at.fnmr) continue;
    point.fnmr = at.fnmr->rate;
    point.fnmr_low = at.fnmr->low;
    point.fnmr_high = at.fnmr->high;
  }
  return points;
}

std::vector<Point> of_training_pairs(const SelfScoreResult& real) {
  std::vector<Point> points;
  const auto share = [](std::uint64_t part, std::uint64_t all) {
    return static_cast<double>(part) / static_cast<double>(all);
  };
  const std::uint64_t non_mated = real.non_mated.total();
  const std::uint64_t mated = real.mated.total();
  if (non_mated == 0) return points;
  std::uint64_t false_matches = 0;
  std::uint64_t matches = 0;
  for (std::size_t bin = real.non_mated.counts.size(); bin-- > 0;) {
    false_matches += real.non_mated.counts[bin];
    if (mated > 0) matches += real.mated.counts[bin];
    if (false_matches == 0 && matches == 0) continue;
    Point& point = points.emplace_back(Point{.score = real.non_mated.edge(bin),
                                             .fmr = share(false_matches, non_mated),
                                             .fmr_low = {},
                                             .fmr_high = {},
                                             .fnmr = {},
                                             .fnmr_low = {},
                                             .fnmr_high = {}});
    if (mated > 0) point.fnmr = share(mated - matches, mated);
    if (false_matches == non_mated && matches == mated) break;
  }
  return points;
}

}  // namespace

ReportModel::Curve curve(const char* name, const Histogram& histogram) {
  return {name, histogram.low, histogram.high, histogram.counts};
}

ReportModel::Curve people_curve(const char* name, const EmbeddingSet& set, const ScoreResult& pass) {
  const Histogram& bins = pass.histogram;
  ReportModel::Curve people{name, bins.low, bins.high, std::vector<std::uint64_t>(bins.counts.size(), 0)};
  for (const RowIndex row : best_rows(set, pass.row_bests)) {
    // The bin whose edges hold the score, as the pass itself counts: the division may be off by one bin.
    const double score = pass.row_bests[row].score;
    const double share = (score - bins.low) / (bins.high - bins.low);
    const auto last = static_cast<double>(bins.counts.size() - 1);
    auto bin = static_cast<std::size_t>(std::clamp(share * (last + 1), 0.0, last));
    while (bin > 0 && bins.edge(bin) > score) --bin;
    while (bin + 1 < bins.counts.size() && bins.edge(bin + 1) <= score) ++bin;
    ++people.counts[bin];
  }
  return people;
}

std::vector<ReportModel::ErrorPoint> error_points(const Sets& sets, const Passes& passes) {
  return thinned(sets.calibration ? of_calibration(*sets.calibration) : of_training_pairs(passes.real));
}

}  // namespace semblance::audit_stage
