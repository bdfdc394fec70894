#include "experiment/two_sample.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "base/rng.hpp"

namespace semblance::experiment_stage {
namespace {

std::vector<double> sample(std::size_t n, double mean, double sd, std::uint64_t seed) {
  Rng rng(seed);
  boost::random::normal_distribution<double> law(mean, sd);
  std::vector<double> x(n);
  for (double& s : x) s = std::clamp(law(rng), -1.0, 1.0);
  std::ranges::sort(x);
  return x;
}

Scores binned(const std::vector<double>& ascending, std::size_t bins) {
  Scores scores;
  scores.histogram.counts.assign(bins, 0);
  for (const double s : ascending) {
    std::size_t k = 0;
    while (k + 1 < bins && s >= scores.histogram.edge(k + 1)) ++k;
    ++scores.histogram.counts[k];
  }
  scores.max = ascending.back();
  return scores;
}

Scores exact(const std::vector<double>& ascending, std::size_t bins) {
  Scores scores = binned(ascending, bins);
  scores.ascending = ascending;
  return scores;
}

void expect_within(const Bounded& bounds, double truth, const char* what) {
  EXPECT_LE(bounds.low, truth + 1e-12) << what;
  EXPECT_GE(bounds.high, truth - 1e-12) << what;
  EXPECT_LE(bounds.low, bounds.value) << what;
  EXPECT_GE(bounds.high, bounds.value) << what;
}

// scipy 1.10: ks_2samp, wasserstein_distance; sklearn 1.2: roc_auc_score; numpy 1.24: quantile, on these samples.
TEST(TwoSample, AgreesWithValuesFrozenFromSciPy) {
  const std::vector<double> x = {0.05, 0.1, 0.1, 0.3, 0.45, 0.8};
  const std::vector<double> y = {-0.2, 0.0, 0.1, 0.15, 0.3};
  EXPECT_NEAR(ks_statistic(x, y), 0.4, 1e-12);
  EXPECT_NEAR(auc(x, y), 0.7166666666666667, 1e-12);
  EXPECT_NEAR(wasserstein(x, y), 0.23, 1e-12);
  EXPECT_NEAR(quantile(x, 0.9), 0.625, 1e-12);
}

TEST(TwoSample, HistogramsBoundTheExactValues) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    const auto x = sample(300 + 17 * seed, 0.02 * static_cast<double>(seed % 5), 0.2, seed);
    const auto y = sample(500, 0, 0.25, 100 + seed);
    for (const std::size_t bins : {16, 64, 1024}) {
      const auto truth = compare("x", exact(x, bins), "y", exact(y, bins));
      const auto bounds = compare("x", binned(x, bins), "y", binned(y, bins));
      EXPECT_TRUE(truth.wasserstein.exact());
      EXPECT_FALSE(bounds.wasserstein.exact());
      expect_within(bounds.ks, truth.ks.value, "ks");
      expect_within(bounds.auc, truth.auc.value, "auc");
      expect_within(bounds.wasserstein, truth.wasserstein.value, "wasserstein");
      expect_within(bounds.d_prime, truth.d_prime.value, "d-prime");
      expect_within(bounds.shift_q50, truth.shift_q50.value, "q50");
      expect_within(bounds.shift_q90, truth.shift_q90.value, "q90");
      expect_within(bounds.shift_q99, truth.shift_q99.value, "q99");
      expect_within(bounds.shift_q999, truth.shift_q999.value, "q99.9");
      EXPECT_EQ(bounds.shift_max.value, x.back() - y.back());
      const auto mean = describe("x", exact(x, bins)).mean.value;
      expect_within(describe("x", binned(x, bins)).mean, mean, "mean");
      const auto sd = describe("x", exact(x, bins)).sd.value;
      expect_within(describe("x", binned(x, bins)).sd, sd, "sd");
    }
  }
}

TEST(TwoSample, EqualScoresEverywhereAreNoDifference) {
  const std::vector<double> same(10, 0.25);
  const auto none = compare("x", exact(same, 64), "y", exact(same, 64));
  EXPECT_EQ(none.ks.value, 0);
  EXPECT_EQ(none.auc.value, 0.5);
  EXPECT_EQ(none.wasserstein.value, 0);
  EXPECT_EQ(none.d_prime.value, 0);
}

TEST(TwoSample, BinnedStatisticsOfAPermutationAreThoseOfTheComparison) {
  const auto x = sample(400, 0.1, 0.2, 1);
  const auto y = sample(300, 0, 0.2, 2);
  const Scores hx = binned(x, 128);
  const Scores hy = binned(y, 128);
  const std::vector<double> cx(hx.histogram.counts.begin(), hx.histogram.counts.end());
  const std::vector<double> cy(hy.histogram.counts.begin(), hy.histogram.counts.end());
  const BinnedStatistics s = binned_statistics(cx, cy, -1, 2.0 / 128);
  const auto bounds = compare("x", hx, "y", hy);
  EXPECT_NEAR(s.ks, bounds.ks.value, 1e-12);
  EXPECT_NEAR(s.auc, bounds.auc.value, 1e-12);
  EXPECT_NEAR(s.wasserstein, bounds.wasserstein.value, 1e-12);
  EXPECT_NEAR(s.d_prime, bounds.d_prime.value, 1e-12);
  EXPECT_NEAR(s.q99, bounds.shift_q99.value, 1e-12);
}

}  // namespace
}  // namespace semblance::experiment_stage
