#include <algorithm>
#include <cmath>

#include "calibrate/cuts.hpp"
#include "calibrate/measured.hpp"

namespace semblance::calibrate_stage {
namespace {

Estimate around(double value, std::span<const double> deviations, double degrees) {
  const double half = quantile_975(degrees) * std::sqrt(variance_of(deviations));
  return {value, value - half, value + half};
}

}  // namespace

void separation(const Measured& a, Calibration& result) {
  const ScoreTable& table = a.table;
  const Influence& linear = a.direct ? *a.direct : *a.list;
  // A functional's degrees on the non-mated side, the mated side's where they are fewer.
  const auto degrees = [&](NonMatedFunctionals::Column c, bool mated_too) {
    double fewest =
        table.non_mated_independent ? 0 : linear.degrees[linear.functionals - NonMatedFunctionals::kCount + c];
    if (!mated_too || table.mated_independent) return fewest;
    const double of_mated = a.mated->degrees[a.cuts.size() + c];
    return fewest > 0 ? std::min(fewest, of_mated) : of_mated;
  };
  result.non_mated_mean = around(a.moments.mean, a.draws.non_mated_mean, degrees(NonMatedFunctionals::mean, false));
  if (!a.mated) return;
  result.mated_mean = around(a.mated_moments.mean, a.draws.mated_mean,
                             table.mated_independent ? 0 : a.mated->degrees[a.cuts.size() + NonMatedFunctionals::mean]);
  const double distance = d_prime_of(a.mated_moments, a.moments);
  if (std::isfinite(distance)) {
    result.d_prime = around(distance, a.draws.d_prime, degrees(NonMatedFunctionals::d_prime, true));
  }
  Support support;
  support.trials = static_cast<double>(table.non_mated + table.mated.size());
  support.fallback = static_cast<double>(table.people_in_mated);
  support.degrees = degrees(NonMatedFunctionals::auc, true);
  support.variance = variance_of(a.draws.auc);
  result.auc = share_interval(a.auc, support);

  const EqualError equal = equal_error(table);
  std::vector<double> rates;
  for (std::size_t draw = 0; draw < a.draws.draws; ++draw) {
    rates.push_back(equal_error_of(std::span(a.draws.fmr).subspan(draw * a.draws.cuts, a.draws.cuts),
                                   std::span(a.draws.fnmr).subspan(draw * a.draws.cuts, a.draws.cuts)));
  }
  const std::size_t k = std::min(cut_index(a.cuts, equal.cut.score), a.cuts.size() - 1);
  support.variance = variance_of(rates);
  support.degrees = table.mated_independent ? 0 : a.mated->degrees[k];
  if (!table.non_mated_independent) {
    const double non_mated = a.influence(k).degrees[a.column(k)];
    support.degrees = support.degrees > 0 ? std::min(support.degrees, non_mated) : non_mated;
  }
  result.eer = share_interval(equal.rate, support);
  result.eer_threshold = equal.cut.score;
}

}  // namespace semblance::calibrate_stage
