#include "assess/leak_rate.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "assess/population.hpp"
#include "assess/repetition.hpp"

namespace semblance {
namespace {

struct Prepared {
  std::vector<EqualStratum> strata, rate_strata;
  MatedScores mated;
};

Prepared prepare(const test::Case& c, std::uint64_t seed) {
  const ImageDraws train(c.train.view(), "r", seed, 0);
  const ImageDraws holdout(c.holdout.view(), "h", seed, 0);
  auto strata = equal_strata(train, holdout);
  MatedScores mated(c.train.view(), strata);
  std::vector<EqualStratum> rate_strata;
  for (std::size_t b = 0; b < strata.size(); ++b) {
    rate_strata.push_back(over_fewer_images(strata[b], mated.images(b), train, holdout));
  }
  return {std::move(strata), std::move(rate_strata), std::move(mated)};
}

LeakRate rate_of(const test::Case& c, std::uint64_t seed = 1) {
  const auto p = prepare(c, seed);
  return leak_rate(p.rate_strata, p.mated);
}

TEST(MatedScores, CountOnePersonOnceAndAreMissingWhereNobodyHasTwoImages) {
  test::Side side;
  side.identities = 2;
  side.identity = {0, 0, 0, 0, 1, 1};
  side.best = {0, 0, 0, 0, 0, 0};
  side.mated = {0.5, 0.5, 0.5, 0.5, 0.9, 0.7};
  const ImageDraws draws(side.view(), "r", 1, 0);
  const auto strata = equal_strata(draws, draws);
  const MatedScores mated(side.view(), strata);
  EXPECT_FALSE(mated.missing());
  EXPECT_DOUBLE_EQ(mated.share_at_least(0.5), 1);
  EXPECT_DOUBLE_EQ(mated.share_at_least(0.6), 0.5);
  EXPECT_DOUBLE_EQ(mated.share_at_least(0.8), 0.25);
  EXPECT_DOUBLE_EQ(mated.effective_people(), 2);
  side.mated.assign(6, -std::numeric_limits<double>::infinity());
  EXPECT_TRUE(MatedScores(side.view(), strata).missing());
  side.mated.clear();
  EXPECT_TRUE(MatedScores(side.view(), strata).missing());
}

TEST(MatedScores, StandForAsManyImagesAsPeopleAreComparedOver) {
  // Everybody has 4 images: mated bests are over 3 others, so sensitivity is measured over 3.
  const auto equal = prepare(test::draw_case({.train = 200, .holdout = 200, .images = 4}, 1), 1);
  EXPECT_EQ(equal.mated.images(0), 3U);
  EXPECT_EQ(equal.rate_strata[0].images, 3U);
  const auto single = prepare(test::draw_case({.train = 200, .holdout = 200, .images = 1}, 1), 1);
  EXPECT_EQ(single.rate_strata[0].images, 1U);
}

TEST(LeakRate, TheThresholdIsOneOfTheControlsAndLeavesFiveOfThem) {
  const auto c = test::draw_case({.train = 400, .holdout = 300, .images_spread = 1, .leak_rate = 0.1}, 2);
  const LeakRate rate = rate_of(c);
  const auto p = prepare(c, 1);
  std::size_t above = 0;
  bool is_control = false;
  for (const auto& s : p.rate_strata) {
    for (const double m : s.holdout_best) {
      above += m >= rate.threshold ? 1U : 0U;
      is_control = is_control || m == rate.threshold;
    }
  }
  EXPECT_TRUE(is_control);
  EXPECT_GE(above, 5U);
  EXPECT_LE(rate.share_holdout, 0.1 + 1e-9);
}

TEST(LeakRate, TheThresholdDoesNotLookAtTheTrainingPeoplesMatches) {
  auto c = test::draw_case({.train = 300, .holdout = 300, .leak_rate = 0.3}, 2);
  const double before = rate_of(c).threshold;
  for (double& best : c.train.best) best = 0.9;
  EXPECT_EQ(rate_of(c).threshold, before);
}

TEST(LeakRate, OfALargeSampleIsTheTruth) {
  for (const double truth : {0.05, 0.3, 0.9}) {
    const auto c =
        test::draw_case({.train = 20'000, .holdout = 20'000, .images = 3, .leak_rate = truth, .mated_mean = 0.45}, 3);
    const LeakRate rate = rate_of(c);
    EXPECT_NEAR(rate.estimate, truth, 0.02);
    EXPECT_LT(rate.sensitivity, 0.95);  // weak leaks: the correction is at work
    EXPECT_FALSE(rate.sensitivity_assumed);
    EXPECT_LE(rate.low, rate.estimate);
    EXPECT_GE(rate.upper95, rate.estimate);
    EXPECT_LE(rate.upper95, rate.high);
  }
}

TEST(LeakRate, TrainingPeopleBelowChanceDontMakeTheBoundZero) {
  auto c = test::draw_case({.train = 200, .holdout = 200}, 3);
  for (double& best : c.train.best) best = 0;
  const LeakRate rate = rate_of(c);
  EXPECT_EQ(rate.estimate, 0);
  EXPECT_EQ(rate.low, 0);
  EXPECT_GT(rate.upper95, 0.01);
}

TEST(LeakRate, WithoutMatedScoresEveryLeakIsTakenToShow) {
  const auto c = test::draw_case({.train = 300, .holdout = 300, .images = 1, .leak_rate = 0.2}, 3);
  const LeakRate rate = rate_of(c);
  EXPECT_TRUE(rate.sensitivity_assumed);
  EXPECT_EQ(rate.sensitivity, 1);
  EXPECT_NEAR(rate.estimate, (rate.share_train - rate.share_holdout) / (1 - rate.share_holdout), 1e-12);
}

TEST(LeakRate, WhereNoLeakWouldStandOutNothingIsExcluded) {
  auto c = test::draw_case({.train = 100, .holdout = 100}, 3);
  for (double& mated : c.train.mated) mated = -1;
  LeakRate rate = rate_of(c);
  EXPECT_EQ(rate.low, 0);
  EXPECT_EQ(rate.high, 1);
  EXPECT_EQ(rate.upper95, 1);
  for (auto* side : {&c.train, &c.holdout}) std::ranges::fill(side->best, 0.4);  // all equal
  rate = rate_of(c);
  EXPECT_EQ(rate.low, 0);
  EXPECT_EQ(rate.upper95, 1);
}

struct Coverage {
  double two_sided = 0, upper = 0;
};

Coverage coverage(const test::Population& population, unsigned repetitions) {
  Coverage share;
  for (unsigned r = 0; r < repetitions; ++r) {
    const LeakRate rate = rate_of(test::draw_case(population, 30'000 + r), r);
    share.two_sided += rate.low <= population.leak_rate && population.leak_rate <= rate.high ? 1.0 / repetitions : 0;
    share.upper += population.leak_rate <= rate.upper95 ? 1.0 / repetitions : 0;
  }
  return share;
}

TEST(LeakRate, IntervalsCover) {
  const Coverage rare = coverage({.train = 450, .holdout = 450, .images = 2, .leak_rate = 0.1}, 400);
  EXPECT_GE(rare.two_sided, 0.92);
  EXPECT_GE(rare.upper, 0.92);
  const Coverage many =
      coverage({.train = 200, .holdout = 300, .images_spread = 1, .leak_rate = 0.5, .mated_mean = 0.45}, 300);
  EXPECT_GE(many.two_sided, 0.92);
  EXPECT_LE(many.two_sided, 0.99);
}

TEST(LeakRate, LongIntervalsCover) {
  SEMBLANCE_LONG_TEST();
  for (const double truth : {0.03, 0.1, 0.4, 0.8}) {
    for (auto population : {test::Population{.train = 450, .holdout = 450, .images = 2},
                            {.train = 450, .holdout = 450, .images_spread = 1.0, .mated_mean = 0.45},
                            {.train = 1000, .holdout = 100, .images = 5, .images_spread = 1.0},
                            {.train = 200, .holdout = 1000, .images_spread = 1.0}}) {
      population.leak_rate = truth;
      const Coverage share = coverage(population, 1000);
      RecordProperty("coverage of leak rate " + std::to_string(truth) + ", " + std::to_string(population.train) +
                         " + " + std::to_string(population.holdout) + " people, spread " +
                         std::to_string(population.images_spread),
                     std::to_string(share.two_sided));
      EXPECT_GE(share.two_sided, 0.93) << truth << " " << population.train << " " << population.holdout;
      EXPECT_GE(share.upper, 0.92) << truth << " " << population.train << " " << population.holdout;
    }
  }
}

/// Share of repetitions in which the global test finds a leak planted here, by the population's own law.
double power(test::Population population, double rate, unsigned repetitions, double alpha) {
  population.leak_rate = 0;
  unsigned found = 0;
  for (unsigned r = 0; r < repetitions; ++r) {
    auto c = test::draw_case(population, 40'000 + r);
    std::mt19937_64 rng(r);
    std::normal_distribution<double> leak(population.mated_mean, population.mated_sd);
    std::vector<std::size_t> people(population.train);
    for (std::size_t i = 0; i < people.size(); ++i) people[i] = i;
    std::ranges::shuffle(people, rng);
    people.resize(static_cast<std::size_t>(std::llround(rate * static_cast<double>(population.train))));
    std::ranges::sort(people);
    for (std::size_t row = 0; row < c.train.best.size(); ++row) {
      const double score = leak(rng);
      if (std::ranges::binary_search(people, c.train.identity[row])) {
        c.train.best[row] = std::max(c.train.best[row], score);
      }
    }
    const auto p = prepare(c, r);
    found += global_test(p.strata, {.seed = r, .permutations = 999}).test.p <= alpha ? 1U : 0U;
  }
  return static_cast<double>(found) / repetitions;
}

TEST(MinimumDetectable, IsFoundNineteenTimesInTwentyAndLessIsNot) {
  for (const auto& population :
       {test::Population{.train = 200, .holdout = 200, .images = 3, .mated_mean = 0.5},
        {.train = 150, .holdout = 300, .images = 3, .images_spread = 0.8, .mated_mean = 0.45}}) {
    const auto p = prepare(test::draw_case(population, 77), 1);
    const AssessOptions options{.permutations = 2000};
    const GlobalOutcome global = global_test(p.strata, options);
    const auto rate = minimum_detectable(p.strata, p.mated, global.null, options);
    ASSERT_TRUE(rate.has_value());
    EXPECT_GT(*rate, 0);
    // One sample of held-out people stands for their law, so its answer is right within that sample's luck.
    EXPECT_GE(power(population, *rate, 150, options.alpha), 0.85) << *rate;
    EXPECT_GE(power(population, std::min(1.0, 1.5 * *rate), 100, options.alpha), 0.95) << *rate;
    EXPECT_LE(power(population, 0.5 * *rate, 100, options.alpha), 0.8) << *rate;
  }
}

TEST(PowerCurve, RisesThroughNineteenInTwentyAtTheSmallestDetectableRate) {
  const auto p = prepare(test::draw_case({.train = 200, .holdout = 200, .images = 3, .mated_mean = 0.5}, 77), 1);
  AssessOptions options{.permutations = 2000, .threads = 1};
  const GlobalOutcome global = global_test(p.strata, options);
  const auto rate = minimum_detectable(p.strata, p.mated, global.null, options);
  ASSERT_TRUE(rate.has_value());
  const auto curve = power_curve(p.strata, p.mated, global.null, rate, options);
  ASSERT_GE(curve.size(), 3U);
  for (std::size_t i = 0; i < curve.size(); ++i) {
    EXPECT_LE(curve[i].low, curve[i].power);
    EXPECT_GE(curve[i].high, curve[i].power);
    if (i == 0) continue;
    EXPECT_GT(curve[i].leak_rate, curve[i - 1].leak_rate);
    EXPECT_GE(curve[i].power, curve[i - 1].power);  // the first leaks of a replicate are the same for every rate
    EXPECT_EQ(curve[i].power >= 0.95, curve[i].leak_rate >= *rate) << curve[i].leak_rate;
  }
  EXPECT_LT(curve.front().power, 0.5);
  EXPECT_DOUBLE_EQ(curve.back().leak_rate, *rate);
  options.threads = 3;
  const auto again = power_curve(p.strata, p.mated, global.null, rate, options);
  for (std::size_t i = 0; i < curve.size(); ++i) EXPECT_EQ(again[i].power, curve[i].power);
  // Without a rate that is always found it goes up to everybody.
  EXPECT_DOUBLE_EQ(power_curve(p.strata, p.mated, global.null, std::nullopt, options).back().leak_rate, 1.0);
}

TEST(MinimumDetectable, IsTheSameForAnyNumberOfThreads) {
  const auto p = prepare(test::draw_case({.train = 60, .holdout = 60}, 3), 1);
  AssessOptions options{.permutations = 500, .threads = 1};
  const GlobalOutcome global = global_test(p.strata, options);
  const auto one = minimum_detectable(p.strata, p.mated, global.null, options);
  options.threads = 3;
  EXPECT_EQ(minimum_detectable(p.strata, p.mated, global.null, options), one);
  ASSERT_TRUE(one.has_value());
}

TEST(MinimumDetectable, IsNoneWhereLeaksLookLikeChance) {
  auto c = test::draw_case({.train = 60, .holdout = 60}, 3);
  for (double& mated : c.train.mated) mated = -1;
  const auto p = prepare(c, 1);
  const AssessOptions options{.permutations = 500};
  const GlobalOutcome global = global_test(p.strata, options);
  EXPECT_FALSE(minimum_detectable(p.strata, p.mated, global.null, options).has_value());
}

}  // namespace
}  // namespace semblance
