#include "calibrate/bootstrap.hpp"

#include <algorithm>
#include <boost/random/normal_distribution.hpp>
#include <boost/random/poisson_distribution.hpp>
#include <cmath>

#include "base/parallel.hpp"
#include "base/rng.hpp"
#include "calibrate/cuts.hpp"

namespace semblance::calibrate_stage {
namespace {

constexpr double kCountsLikeNormal = 1000;  // from here on Poisson's law is as good as the normal one

// Noise with mean 0 and the given variance; with the shape of a count of `expected` rare errors.
double count_noise(double variance, double expected, Rng& rng) {
  if (variance <= 0) return 0;
  if (expected > 0 && expected < kCountsLikeNormal) {
    const auto count = static_cast<double>(boost::random::poisson_distribution<int, double>(expected)(rng));
    return (count - expected) * std::sqrt(variance / expected);
  }
  return std::sqrt(variance) * boost::random::normal_distribution<double>()(rng);
}

double normal(Rng& rng) { return boost::random::normal_distribution<double>()(rng); }

}  // namespace

std::vector<std::uint32_t> multiplicities(std::size_t people, std::uint64_t seed, std::size_t index) {
  Rng rng(derive_seed(seed, "calibrate people", index));
  std::vector<std::uint32_t> drawn(people);
  for (std::size_t k = 0; k < people; ++k) ++drawn[uniform_index(rng, people)];
  return drawn;
}

BootstrapDraws draw_people(const BootstrapPlan& plan) {
  const std::size_t cuts = plan.cuts.size();
  const ScoreTable& table = *plan.table;
  const bool mated = plan.mated != nullptr;
  BootstrapDraws result;
  result.draws = plan.draws;
  result.cuts = cuts;
  result.fmr.resize(plan.draws * cuts);
  if (mated) result.fnmr.resize(plan.draws * cuts);
  for (auto* values : {&result.auc, &result.d_prime, &result.mated_mean, &result.non_mated_mean})
    values->resize(plan.draws);

  const auto rate = [](std::uint64_t errors, std::uint64_t trials) {
    return trials > 0 ? static_cast<double>(errors) / static_cast<double>(trials) : 0.0;
  };
  const Influence& rest = plan.direct != nullptr ? *plan.direct : *plan.list;
  const std::size_t linear_from = rest.functionals - NonMatedFunctionals::kCount;

  parallel_for(plan.draws, plan.threads, [&](std::size_t draw, unsigned) {
    const auto w = multiplicities(table.identities, plan.seed, draw);
    Rng rng(derive_seed(plan.seed, "calibrate pairs of people", draw));
    std::vector<double> by_list, by_direct, by_mated;
    plan.list->deviate(w, by_list);
    if (plan.direct != nullptr) plan.direct->deviate(w, by_direct);
    if (mated) plan.mated->deviate(w, by_mated);
    const std::vector<double>& by_rest = plan.direct != nullptr ? by_direct : by_list;

    double* fmr = result.fmr.data() + draw * cuts;
    double noise = 0;
    double variance_before = 0;
    std::uint64_t errors_before = 0;
    double highest = 0;
    for (std::size_t k = 0; k < cuts; ++k) {
      const bool listed = k < plan.listed_cuts;
      const Influence& influence = listed ? *plan.list : rest;
      const std::size_t f = listed ? k : k - plan.listed_cuts;
      const double variance = influence.pair_variance[f];
      noise +=
          count_noise(variance - variance_before, static_cast<double>(plan.cuts[k].false_matches - errors_before), rng);
      variance_before = std::max(variance_before, variance);
      errors_before = plan.cuts[k].false_matches;
      const double value = rate(plan.cuts[k].false_matches, table.non_mated) + (listed ? by_list : by_rest)[f] + noise;
      highest = std::clamp(value, highest, 1.0);
      fmr[k] = highest;
    }

    const auto column = [&](NonMatedFunctionals::Column c) {
      return by_rest[linear_from + c] + std::sqrt(rest.pair_variance[linear_from + c]) * normal(rng);
    };
    result.auc[draw] = column(NonMatedFunctionals::auc);
    result.d_prime[draw] = column(NonMatedFunctionals::d_prime);
    result.non_mated_mean[draw] = column(NonMatedFunctionals::mean);
    if (!mated) return;
    result.auc[draw] += by_mated[cuts + NonMatedFunctionals::auc];
    result.d_prime[draw] += by_mated[cuts + NonMatedFunctionals::d_prime];
    result.mated_mean[draw] = by_mated[cuts + NonMatedFunctionals::mean];
    for (std::size_t k = 0; k < cuts; ++k) {
      result.fnmr[draw * cuts + k] = rate(plan.cuts[k].false_non_matches, table.mated.size()) + by_mated[k];
    }
  });
  return result;
}

double score_at_fmr(std::span<const Cut> cuts, std::span<const double> fmr, double target) {
  const auto over = static_cast<std::size_t>(
      std::partition_point(fmr.begin(), fmr.end(), [target](double rate) { return rate <= target; }) - fmr.begin());
  if (over == 0) return cuts.front().score;
  if (over == fmr.size()) return cuts.back().score;
  const double from = fmr[over - 1];
  const double to = fmr[over];
  const double part = from > 0 ? std::log(target / from) / std::log(to / from) : (target - from) / (to - from);
  return cuts[over - 1].score + part * (cuts[over].score - cuts[over - 1].score);
}

double fnmr_at_score(std::span<const Cut> cuts, std::span<const double> fnmr, double score) {
  const std::size_t at = cut_index(cuts, score);
  if (at == 0) return fnmr.front();
  if (at == cuts.size()) return fnmr.back();
  const double part = (cuts[at - 1].score - score) / (cuts[at - 1].score - cuts[at].score);
  return fnmr[at - 1] + part * (fnmr[at] - fnmr[at - 1]);
}

double equal_error_of(std::span<const double> fmr, std::span<const double> fnmr) {
  for (std::size_t k = 0; k < fmr.size(); ++k) {
    const double gap = fmr[k] - fnmr[k];
    if (gap < 0) continue;
    if (k == 0 || gap == 0) return (fmr[k] + fnmr[k]) / 2;
    const double gap_before = fmr[k - 1] - fnmr[k - 1];
    const double part = -gap_before / (gap - gap_before);
    return fmr[k - 1] + part * (fmr[k] - fmr[k - 1]);
  }
  return (fmr.back() + fnmr.back()) / 2;
}

double quantile(std::vector<double> values, double p) {
  std::sort(values.begin(), values.end());
  const double at = p * static_cast<double>(values.size() - 1);
  const auto below = static_cast<std::size_t>(at);
  if (below + 1 >= values.size()) return values.back();
  return values[below] + (at - static_cast<double>(below)) * (values[below + 1] - values[below]);
}

double variance_of(std::span<const double> values) {
  if (values.size() < 2) return 0;
  const auto n = static_cast<double>(values.size());
  double mean = 0;
  for (const double v : values) mean += v / n;
  double sum = 0;
  for (const double v : values) sum += (v - mean) * (v - mean);
  return sum / (n - 1);
}

}  // namespace semblance::calibrate_stage
