#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <numeric>

#include "assess/population.hpp"
#include "semblance/error.hpp"

namespace semblance {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Not;

AssessOptions quick(std::uint64_t seed = 1) { return {.seed = seed, .permutations = 500}; }

TEST(AssessLeakage, FindsPlantedLeaksAndNamesThem) {
  test::Population population{.train = 300, .holdout = 300, .leak_rate = 0.15, .mated_mean = 0.7};
  const auto c = test::draw_case(population, 1);
  const LeakageAssessment a = c.assess(quick());
  EXPECT_TRUE(a.found);
  EXPECT_LE(a.global.p, 0.01);
  ASSERT_EQ(a.identity_lists.size(), 2U);
  const auto leaks = static_cast<std::size_t>(std::ranges::count(c.leaked, true));
  const auto& list = a.identity_lists[1];
  EXPECT_EQ(list.q, 0.05);
  EXPECT_GE(list.count, leaks * 9 / 10);
  EXPECT_LE(list.count, leaks * 12 / 10);
  const auto right = std::ranges::count_if(list.ids, [&](std::uint32_t i) { return c.leaked[i]; });
  EXPECT_GE(static_cast<double>(right), 0.9 * static_cast<double>(list.count));
  EXPECT_GE(a.leak_rate.high, 0.15);
  EXPECT_LE(a.leak_rate.low, 0.15);
  EXPECT_EQ(a.targets + a.decoys, population.synthetic);
  EXPECT_DOUBLE_EQ(a.smallest_possible_p, 1.0 / 301);
  EXPECT_DOUBLE_EQ(a.smallest_p, 1.0 / 301);
  ASSERT_TRUE(a.leak_rate.minimum_detectable.has_value());
  EXPECT_LT(*a.leak_rate.minimum_detectable, 0.15);
}

TEST(AssessLeakage, EvidenceHoldsEveryPersonByIndex) {
  const auto c = test::draw_case({.train = 50, .holdout = 300, .images_spread = 1.3}, 1);
  const LeakageAssessment a = c.assess(quick());
  ASSERT_EQ(a.identities.size(), 50U);
  std::size_t subsampled = 0;
  for (std::size_t i = 0; i < 50; ++i) {
    const auto& person = a.identities[i];
    EXPECT_EQ(person.identity, i);
    double best = -1;
    std::size_t images = 0;
    for (std::size_t row = 0; row < c.train.best.size(); ++row) {
      if (c.train.identity[row] != i) continue;
      best = std::max(best, c.train.best[row]);
      ++images;
    }
    EXPECT_EQ(person.best, best);
    EXPECT_EQ(person.images, images);
    EXPECT_LE(person.images_used, images);
    EXPECT_LE(person.p, person.q);
    subsampled += person.images_used < images ? 1U : 0U;
  }
  EXPECT_GT(subsampled, 0U);
  EXPECT_EQ(a.subsampled_identities, subsampled);
  EXPECT_THAT(a.notes, Contains(HasSubstr("more images than enough held-out people")));
}

TEST(AssessLeakage, IsTheSameForAnyNumberOfThreads) {
  const auto c = test::draw_case({.train = 120, .holdout = 100, .images_spread = 1, .leak_rate = 0.1}, 1);
  AssessOptions options = quick();
  options.threads = 1;
  const LeakageAssessment one = c.assess(options);
  options.threads = 4;
  const LeakageAssessment four = c.assess(options);
  EXPECT_EQ(one.global.p, four.global.p);
  EXPECT_EQ(one.leak_rate.estimate, four.leak_rate.estimate);
  EXPECT_EQ(one.leak_rate.high, four.leak_rate.high);
  EXPECT_EQ(one.leak_rate.minimum_detectable, four.leak_rate.minimum_detectable);
  EXPECT_EQ(one.notes, four.notes);
  for (std::size_t i = 0; i < one.identities.size(); ++i) {
    EXPECT_EQ(one.identities[i].p, four.identities[i].p);
    EXPECT_EQ(one.identities[i].q, four.identities[i].q);
  }
}

TEST(AssessLeakage, AllScoresEqualFindNothing) {
  auto c = test::draw_case({.train = 80, .holdout = 80}, 1);
  for (auto* side : {&c.train, &c.holdout}) {
    std::ranges::fill(side->best, 0.4);
    std::ranges::fill(side->mated, 0.4);
  }
  std::ranges::fill(c.in_train, 0.4);
  std::ranges::fill(c.in_holdout, 0.4);
  const LeakageAssessment a = c.assess(quick());
  EXPECT_FALSE(a.found);
  EXPECT_EQ(a.global.p, 1);
  EXPECT_EQ(a.smallest_p, 1);
  EXPECT_EQ(a.targets, 0U);
  for (const auto& list : a.identity_lists) EXPECT_EQ(list.count, 0U);
  for (const auto& list : a.image_lists) EXPECT_EQ(list.count, 0U);
  EXPECT_EQ(a.leak_rate.upper95, 1);
  EXPECT_FALSE(a.leak_rate.minimum_detectable.has_value());
}

TEST(AssessLeakage, OnePersonASideRunsAndSaysWhatItCannotShow) {
  const auto c = test::draw_case({.train = 1, .holdout = 1, .images = 1}, 1);
  const LeakageAssessment a = c.assess(quick());
  EXPECT_FALSE(a.found);
  EXPECT_DOUBLE_EQ(a.smallest_possible_p, 0.5);
  EXPECT_EQ(a.fewest_listable, (std::vector<std::size_t>{2, 2}));
  EXPECT_TRUE(a.leak_rate.sensitivity_assumed);
  EXPECT_FALSE(a.leak_rate.minimum_detectable.has_value());
  EXPECT_THAT(a.notes, Contains(HasSubstr("Only 1 held-out people")));
  EXPECT_THAT(a.notes, Contains(HasSubstr("No person can be listed")));
  EXPECT_THAT(a.notes, Contains(HasSubstr("No two images of one training person were compared")));
  EXPECT_THAT(a.notes, Contains(HasSubstr("Even if every training person had leaked")));
}

TEST(AssessLeakage, TwentyHeldOutPeopleRun) {
  for (const double leak_rate : {0.0, 0.5}) {
    const auto c = test::draw_case(
        {.train = 200, .holdout = 20, .images_spread = 0.7, .leak_rate = leak_rate, .mated_mean = 0.7}, 1);
    const LeakageAssessment a = c.assess(quick());
    EXPECT_EQ(a.found, leak_rate > 0);
    EXPECT_EQ(a.global.strata.size(), 1U);
    EXPECT_THAT(a.notes, Contains(HasSubstr("Only 20 held-out people")));
    EXPECT_THAT(a.notes, Contains(HasSubstr("names nobody unless")));
    EXPECT_GE(a.leak_rate.upper95, leak_rate);
  }
}

TEST(AssessLeakage, TheLimitOnImagesHoldsEverywhere) {
  const auto c = test::draw_case({.train = 100, .holdout = 100, .images = 6}, 1);
  AssessOptions options = quick();
  options.max_images_per_identity = 2;
  const LeakageAssessment a = c.assess(options);
  for (const auto& person : a.identities) {
    EXPECT_EQ(person.images, 6U);
    EXPECT_EQ(person.images_used, 2U);
  }
  ASSERT_EQ(a.global.strata.size(), 1U);
  EXPECT_EQ(a.global.strata[0].images, 2U);
  EXPECT_EQ(a.subsampled_identities, 0U);
  EXPECT_THAT(a.notes, Contains(HasSubstr("At most 2 random images")));
}

TEST(AssessLeakage, TooFewPermutationsForTheLevelAreNoted) {
  const auto c = test::draw_case({.train = 60, .holdout = 60}, 1);
  AssessOptions options = quick();
  options.permutations = 50;
  EXPECT_THAT(c.assess(options).notes, Contains(HasSubstr("cannot reach the level")));
  options.permutations = 99;
  EXPECT_THAT(c.assess(options).notes, Not(Contains(HasSubstr("cannot reach the level"))));
}

void expect_error(const test::Case& c, const AssessOptions& options, ErrorCode code) {
  try {
    static_cast<void>(c.assess(options));
    FAIL() << "no error";
  } catch (const Error& e) {
    EXPECT_EQ(e.code(), code) << e.what();
    EXPECT_EQ(e.stage(), "assess");
    EXPECT_FALSE(e.subject().empty());
  }
}

TEST(AssessLeakage, RefusesOptionsOutOfRange) {
  const auto c = test::draw_case({.train = 5, .holdout = 5}, 1);
  const double nan = std::numeric_limits<double>::quiet_NaN();
  for (const double x : {0.0, 1.0, -0.1, nan}) {
    expect_error(c, {.alpha = x}, ErrorCode::usage);
    expect_error(c, {.fdr = {0.05, x}}, ErrorCode::usage);
  }
  expect_error(c, {.permutations = 0}, ErrorCode::usage);
}

TEST(AssessLeakage, RefusesEmptySidesAndDefectiveOnes) {
  const auto whole = test::draw_case({.train = 5, .holdout = 5}, 1);
  auto c = whole;
  c.train = {};
  expect_error(c, quick(), ErrorCode::input);
  c = whole;
  c.holdout = {};
  expect_error(c, quick(), ErrorCode::input);
  c = whole;
  c.in_train.clear();
  c.in_holdout.clear();
  expect_error(c, quick(), ErrorCode::input);
  c = whole;
  c.in_train.pop_back();
  expect_error(c, quick(), ErrorCode::internal);
  c = whole;
  c.train.best[3] = std::numeric_limits<double>::quiet_NaN();
  expect_error(c, quick(), ErrorCode::internal);
  c = whole;
  c.holdout.identity[0] = 5;
  expect_error(c, quick(), ErrorCode::internal);
  c = whole;
  c.holdout.identities = 6;
  expect_error(c, quick(), ErrorCode::internal);
  c = whole;
  c.train.identity.pop_back();
  expect_error(c, quick(), ErrorCode::internal);
}

}  // namespace
}  // namespace semblance
