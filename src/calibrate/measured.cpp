#include "calibrate/measured.hpp"

namespace semblance::calibrate_stage {
namespace {

constexpr double kEnoughErrors = 30;

}  // namespace

Support fmr_support(const Measured& a, std::size_t k) {
  const Influence& influence = a.influence(k);
  Support support;
  support.variance = influence.variance(a.column(k));
  support.trials = static_cast<double>(a.table.non_mated);
  support.degrees = a.table.non_mated_independent ? 0 : influence.degrees[a.column(k)];
  support.fallback = support.trials;
  if (support.variance > 0 || a.table.non_mated_independent) return support;
  // Without errors: as many independent trials as the nearest threshold with enough errors has.
  for (std::size_t other = k; other < a.cuts.size(); ++other) {
    const double rate = static_cast<double>(a.cuts[other].false_matches) / support.trials;
    const double variance = a.influence(other).variance(a.column(other));
    if (static_cast<double>(a.cuts[other].false_matches) < kEnoughErrors || variance <= 0 || rate >= 1) continue;
    support.fallback = rate * (1 - rate) / variance;
    break;
  }
  return support;
}

Support mated_support(const Measured& a, std::size_t k, double variance) {
  Support support;
  support.variance = variance;
  support.trials = static_cast<double>(a.table.mated.size());
  // One person's comparisons may all go wrong together.
  support.fallback = static_cast<double>(a.table.people_in_mated);
  support.degrees = a.table.mated_independent ? 0 : a.mated->degrees[k];
  return support;
}

ErrorRate fmr_at(const Measured& a, std::size_t k) {
  return error_rate(a.cuts[k].false_matches, a.table.non_mated, fmr_support(a, k));
}

std::optional<ErrorRate> fnmr_at(const Measured& a, std::size_t k) {
  if (!a.mated) return std::nullopt;
  return error_rate(a.cuts[k].false_non_matches, a.table.mated.size(), mated_support(a, k, a.mated->variance(k)));
}

}  // namespace semblance::calibrate_stage
