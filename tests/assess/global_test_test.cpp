#include "assess/global_test.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <numeric>
#include <random>

#include "assess/oracle_values.hpp"
#include "assess/population.hpp"
#include "assess/repetition.hpp"

namespace semblance {
namespace {

EqualStratum stratum_of(std::vector<double> train, std::vector<double> holdout) {
  EqualStratum s;
  s.images = 1;
  s.train.resize(train.size());
  s.holdout.resize(holdout.size());
  s.train_best = std::move(train);
  s.holdout_best = std::move(holdout);
  return s;
}

GlobalTest tested(const std::vector<EqualStratum>& strata, unsigned permutations, std::uint64_t seed = 1,
                  unsigned threads = 1) {
  return global_test(strata, {.seed = seed, .permutations = permutations, .threads = threads}).test;
}

TEST(GlobalTest, AucAgreesWithScikitLearn) {
  for (const auto& c : oracle::kTwoSamples) EXPECT_NEAR(tested({stratum_of(c.train, c.holdout)}, 1).auc, c.auc, 1e-12);
  for (const auto& c : oracle::kTied) EXPECT_NEAR(tested({stratum_of(c.train, c.holdout)}, 1).auc, c.auc, 1e-12);
}

TEST(GlobalTest, AucOfStrataIsWeightedByPairs) {
  const auto& x = oracle::kTwoSamples[0];
  const auto& y = oracle::kTwoSamples[1];
  const double pairs_x = static_cast<double>(x.train.size() * x.holdout.size());
  const double pairs_y = static_cast<double>(y.train.size() * y.holdout.size());
  EXPECT_NEAR(tested({stratum_of(x.train, x.holdout), stratum_of(y.train, y.holdout)}, 1).auc,
              (x.auc * pairs_x + y.auc * pairs_y) / (pairs_x + pairs_y), 1e-12);
}

TEST(GlobalTest, AucComponentAgreesWithScipysExactMannWhitney) {
  constexpr unsigned kDraws = 40'000;
  for (const auto& c : oracle::kTwoSamples) {
    const double p = tested({stratum_of(c.train, c.holdout)}, kDraws).components[0].p;
    EXPECT_NEAR(p, c.p, 4 * std::sqrt(c.p * (1 - c.p) / kDraws) + 2.0 / kDraws);
  }
}

/// Components of one stratum, by definition.
std::vector<double> by_definition(const std::vector<double>& train, const std::vector<double>& holdout) {
  std::vector<std::pair<double, bool>> all;
  for (const double m : train) all.emplace_back(m, true);
  for (const double m : holdout) all.emplace_back(m, false);
  std::ranges::sort(all, std::greater<>{}, [](const auto& x) { return x.first; });
  const auto n = static_cast<double>(all.size());
  std::vector<double> values(6, 0);
  bool leading = true;
  for (std::size_t k = 0; k < all.size(); ++k) {
    leading = leading && all[k].second;
    if (!all[k].second) continue;
    const double u = (n - static_cast<double>(k) - 0.5) / n;
    values[0] += u;
    const double tail[] = {0.1, 0.05, 0.01, 0.001};
    for (std::size_t q = 0; q < 4; ++q) values[q + 1] += static_cast<double>(k + 1) <= tail[q] * n + 1e-9 ? 1 : 0;
    values[5] += leading ? 1 : 0;
  }
  return values;
}

TEST(GlobalTest, ComponentsAgreeWithTheirDefinition) {
  std::mt19937_64 rng(2);
  std::normal_distribution<double> normal(0, 1);
  for (const auto& [n, m] : {std::pair{30, 70}, {700, 500}, {1500, 2500}}) {
    std::vector<double> train(static_cast<std::size_t>(n));
    std::vector<double> holdout(static_cast<std::size_t>(m));
    for (double& x : train) x = normal(rng) + (normal(rng) > 1.5 ? 3 : 0);
    for (double& x : holdout) x = normal(rng);
    const GlobalTest test = tested({stratum_of(train, holdout)}, 1);
    const auto expected = by_definition(train, holdout);
    ASSERT_EQ(test.components.size(), 6U);
    for (std::size_t c = 0; c < 6; ++c)
      EXPECT_NEAR(test.components[c].statistic, expected[c], 1e-9) << test.components[c].name;
  }
}

TEST(GlobalTest, MinPAgreesWithEveryLabellingEnumerated) {
  const std::vector<double> scores = {0.9, 0.8, 0.75, 0.6, 0.5, 0.45, 0.4, 0.3, 0.2, 0.1, 0.05};
  const std::vector<bool> observed = {true, true, false, true, true, false, true, false, false, false, false};
  const auto split = [&](const std::vector<bool>& labels) {
    std::vector<double> train;
    std::vector<double> holdout;
    for (std::size_t i = 0; i < scores.size(); ++i) (labels[i] ? train : holdout).push_back(scores[i]);
    return by_definition(train, holdout);
  };
  std::vector<bool> labels = {false, false, false, false, false, false, true, true, true, true, true};
  std::vector<std::vector<double>> all;
  do all.push_back(split(labels));
  while (std::next_permutation(labels.begin(), labels.end()));
  ASSERT_EQ(all.size(), 462U);
  // Of a count's equals, those with the larger rank sum are more; of equal smallest p-values, that with the smaller
  // mean.
  const auto share_as_large = [&](const std::vector<double>& values, std::size_t c) {
    const auto n = std::ranges::count_if(all, [&](const auto& v) {
      return v[c] > values[c] + 1e-12 || (v[c] > values[c] - 1e-12 && v[0] >= values[0] - 1e-12);
    });
    return static_cast<double>(n) / 462;
  };
  const auto smallest_p = [&](const std::vector<double>& values) {
    std::pair<double, double> result{1, 0};
    for (std::size_t c = 0; c < 6; ++c) {
      const double p = share_as_large(values, c);
      result.first = std::min(result.first, p);
      result.second += p;
    }
    return result;
  };
  const auto [ours, our_mean] = smallest_p(split(observed));
  const auto as_small = std::ranges::count_if(all, [&](const auto& v) {
    const auto [smallest, mean] = smallest_p(v);
    return smallest < ours - 1e-12 || (smallest < ours + 1e-12 && mean <= our_mean + 1e-12);
  });
  const double exact = static_cast<double>(as_small) / 462;

  std::vector<double> train;
  std::vector<double> holdout;
  for (std::size_t i = 0; i < scores.size(); ++i) (observed[i] ? train : holdout).push_back(scores[i]);
  const GlobalTest test = tested({stratum_of(train, holdout)}, 60'000);
  EXPECT_NEAR(test.p, exact, 0.01);
  for (std::size_t c = 0; c < 6; ++c) {
    EXPECT_NEAR(test.components[c].p, share_as_large(split(observed), c), 0.01) << test.components[c].name;
  }
}

TEST(GlobalTest, AllScoresEqualProveNothing) {
  const GlobalTest test = tested({stratum_of(std::vector<double>(60, 0.4), std::vector<double>(50, 0.4)),
                                  stratum_of(std::vector<double>(40, 0.3), std::vector<double>(40, 0.3))},
                                 500);
  EXPECT_EQ(test.p, 1);
  EXPECT_EQ(test.auc, 0.5);
  for (const auto& component : test.components) EXPECT_EQ(component.p, 1) << component.name;
}

TEST(GlobalTest, APlainLeakReachesTheSmallestP) {
  std::vector<double> train(80);
  std::vector<double> holdout(80);
  std::iota(train.begin(), train.end(), 1000.0);
  std::iota(holdout.begin(), holdout.end(), 0.0);
  EXPECT_DOUBLE_EQ(tested({stratum_of(train, holdout)}, 999).p, 0.001);
  EXPECT_DOUBLE_EQ(tested({stratum_of(holdout, train)}, 999).p, 1);
}

TEST(GlobalTest, StrataOfOtherScalesDontHideOneAnothersLeaks) {
  // The second stratum scores low on a small scale; its leaks stand out there only.
  std::mt19937_64 rng(8);
  std::normal_distribution<double> normal(0, 1);
  std::vector<double> a(100), b(100), c(100), d(100);
  for (auto* side : {&a, &b}) std::ranges::generate(*side, [&] { return 10 + normal(rng); });
  for (auto* side : {&c, &d}) std::ranges::generate(*side, [&] { return 0.1 * normal(rng); });
  for (std::size_t k = 0; k < 12; ++k) c[k] = 1.0;
  const GlobalTest test = tested({stratum_of(a, b), stratum_of(c, d)}, 2000);
  EXPECT_LT(test.p, 0.01);
  EXPECT_GE(test.components[5].statistic, 12);
}

TEST(GlobalTest, IsTheSameForAnyNumberOfThreadsAndAnotherForAnotherSeed) {
  const auto& c = oracle::kTwoSamples[1];
  const GlobalTest one = tested({stratum_of(c.train, c.holdout)}, 3000, 5, 1);
  for (const unsigned threads : {2U, 5U}) {
    const GlobalTest many = tested({stratum_of(c.train, c.holdout)}, 3000, 5, threads);
    EXPECT_EQ(many.p, one.p);
    for (std::size_t k = 0; k < 6; ++k) EXPECT_EQ(many.components[k].p, one.components[k].p);
  }
  EXPECT_NE(tested({stratum_of(c.train, c.holdout)}, 3000, 6, 1).components[0].p, one.components[0].p);
}

/// p-values of seeded repetitions without leakage.
std::vector<double> null_p(const test::Population& population, unsigned repetitions, unsigned permutations) {
  std::vector<double> p;
  for (unsigned r = 0; r < repetitions; ++r) {
    const auto c = test::draw_case(population, 10'000 + r);
    const ImageDraws train(c.train.view(), "r", r, 0);
    const ImageDraws holdout(c.holdout.view(), "h", r, 0);
    p.push_back(tested(equal_strata(train, holdout), permutations, r).p);
  }
  return p;
}

void expect_exact(const test::Population& population, unsigned repetitions, unsigned permutations) {
  const auto p = null_p(population, repetitions, permutations);
  EXPECT_LT(test::too_small_ks(p), 1.52);
  for (const double level : {0.01, 0.05, 0.2}) {
    const auto alarms = static_cast<std::size_t>(std::ranges::count_if(p, [&](double x) { return x <= level; }));
    EXPECT_LE(alarms, test::most_at(repetitions, level)) << level;
  }
  EXPECT_LT(test::uniform_ks(p), 1.63);
}

TEST(GlobalTest, IsExactWithEqualCounts) { expect_exact({.train = 120, .holdout = 90}, 1000, 199); }

TEST(GlobalTest, IsExactWithUnequalCounts) {
  expect_exact({.train = 250, .holdout = 200, .images = 3, .images_spread = 1.2}, 1000, 199);
}

TEST(GlobalTest, IsExactWithAFewHeldOutPeople) {
  expect_exact({.train = 150, .holdout = 15, .images = 3, .images_spread = 0.8}, 1000, 199);
}

TEST(GlobalTest, LongIsExactAtTypicalSizes) {
  SEMBLANCE_LONG_TEST();
  expect_exact({.train = 450, .holdout = 450, .images = 3, .images_spread = 1.2}, 5000, 499);
  expect_exact({.train = 1000, .holdout = 60, .images = 4, .images_spread = 1.0}, 5000, 499);
}

}  // namespace
}  // namespace semblance
