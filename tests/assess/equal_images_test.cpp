#include "assess/equal_images.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <numeric>

#include "assess/population.hpp"

namespace semblance {
namespace {

/// People with so many images each; the score of a row is unique.
test::Side people_with(const std::vector<std::size_t>& images) {
  test::Side side;
  side.identities = images.size();
  for (std::size_t i = 0; i < images.size(); ++i) {
    for (std::size_t k = 0; k < images[i]; ++k) {
      side.identity.push_back(static_cast<IdentityIndex>(i));
      side.best.push_back(static_cast<double>(i) + 0.01 * static_cast<double>(k));
    }
  }
  return side;
}

TEST(ImageDraws, BestOfAllImagesIsTheBestAndOfFewerGrowsTowardsIt) {
  const auto side = people_with({4, 1, 7});
  const ImageDraws draws(side.view(), "here", 3, 0);
  ASSERT_EQ(draws.identities(), 3U);
  EXPECT_EQ(draws.images(0), 4U);
  EXPECT_DOUBLE_EQ(draws.best_of(0, 4), 0.03);
  EXPECT_DOUBLE_EQ(draws.best_of(1, 1), 1.0);
  EXPECT_DOUBLE_EQ(draws.best_of(2, 7), 2.06);
  for (std::size_t n = 2; n <= 7; ++n) EXPECT_GE(draws.best_of(2, n), draws.best_of(2, n - 1));
}

TEST(ImageDraws, RowsOfAPersonNeedNotBeTogether) {
  test::Side side;
  side.identities = 2;
  side.identity = {1, 0, 1, 0};
  side.best = {0.1, 0.2, 0.3, 0.4};
  const ImageDraws draws(side.view(), "here", 3, 0);
  EXPECT_DOUBLE_EQ(draws.best_of(0, 2), 0.4);
  EXPECT_DOUBLE_EQ(draws.best_of(1, 2), 0.3);
}

TEST(ImageDraws, EveryImageIsEquallyOftenAmongTheFirst) {
  const auto side = people_with({5});
  std::map<double, int> first;
  std::map<double, int> best_of_two;
  for (std::uint64_t seed = 0; seed < 5000; ++seed) {
    const ImageDraws draws(side.view(), "here", seed, 0);
    ++first[draws.best_of(0, 1)];
    ++best_of_two[draws.best_of(0, 2)];
  }
  ASSERT_EQ(first.size(), 5U);
  for (const auto& [score, times] : first) EXPECT_NEAR(times, 1000, 120) << score;
  // The larger of two distinct among five is k (from 0) with probability k / 10.
  for (const auto& [score, times] : best_of_two) EXPECT_NEAR(times, 500 * score * 100, 120) << score;
}

TEST(ImageDraws, TheLimitDropsImagesAndSidesDrawApart) {
  const auto side = people_with({9, 2});
  EXPECT_EQ(ImageDraws(side.view(), "here", 1, 3).images(0), 3U);
  EXPECT_EQ(ImageDraws(side.view(), "here", 1, 3).images(1), 2U);
  int differ = 0;
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    const ImageDraws here(side.view(), "here", seed, 0);
    const ImageDraws there(side.view(), "there", seed, 0);
    differ += here.best_of(0, 1) != there.best_of(0, 1) ? 1 : 0;
  }
  EXPECT_GT(differ, 5);
}

std::vector<EqualStratum> strata_of(const std::vector<std::size_t>& train, const std::vector<std::size_t>& holdout) {
  const auto r = people_with(train);
  const auto h = people_with(holdout);
  return equal_strata(ImageDraws(r.view(), "r", 1, 0), ImageDraws(h.view(), "h", 1, 0));
}

std::vector<std::size_t> counts(std::initializer_list<std::pair<std::size_t, std::size_t>> people_and_images) {
  std::vector<std::size_t> images;
  for (const auto& [people, n] : people_and_images) images.insert(images.end(), people, n);
  return images;
}

TEST(EqualStrata, EqualCountsMakeOneStratum) {
  const auto strata = strata_of(counts({{500, 5}}), counts({{400, 5}}));
  ASSERT_EQ(strata.size(), 1U);
  EXPECT_EQ(strata[0].images, 5U);
  EXPECT_EQ(strata[0].train.size(), 500U);
  EXPECT_EQ(strata[0].holdout_best.size(), 400U);
}

TEST(EqualStrata, WalkFromTheMostImagesDownAndCompareOverTheFewestOfEach) {
  const auto strata =
      strata_of(counts({{60, 9}, {20, 8}, {40, 3}, {50, 1}}), counts({{20, 9}, {50, 8}, {60, 3}, {40, 1}}));
  ASSERT_EQ(strata.size(), 3U);
  EXPECT_EQ(strata[0].images, 8U);
  EXPECT_EQ(strata[0].train.size(), 80U);
  EXPECT_EQ(strata[0].holdout.size(), 70U);
  EXPECT_EQ(strata[1].images, 3U);
  EXPECT_EQ(strata[2].images, 1U);
}

TEST(EqualStrata, ATooSmallRestJoinsItsNeighbour) {
  const auto strata = strata_of(counts({{60, 4}, {10, 2}}), counts({{60, 4}, {5, 1}}));
  ASSERT_EQ(strata.size(), 1U);
  EXPECT_EQ(strata[0].images, 1U);
  EXPECT_EQ(strata[0].train.size(), 70U);
  EXPECT_EQ(strata[0].holdout.size(), 65U);
}

TEST(EqualStrata, DifferentCountsOfTheTwoSidesStayTogetherUntilBothAreThere) {
  const auto strata = strata_of(counts({{200, 50}}), counts({{100, 2}}));
  ASSERT_EQ(strata.size(), 1U);
  EXPECT_EQ(strata[0].images, 2U);
  EXPECT_EQ(strata[0].train.size(), 200U);
}

TEST(EqualStrata, FewPeopleMakeOneStratum) {
  const auto strata = strata_of(counts({{100, 7}, {100, 2}}), counts({{10, 9}, {10, 3}}));
  ASSERT_EQ(strata.size(), 1U);
  EXPECT_EQ(strata[0].images, 2U);
}

TEST(EqualStrata, HoldEveryPersonOnceWithAsManyImagesAsCompared) {
  test::Population p;
  p.train = 700;
  p.holdout = 300;
  p.images_spread = 1.2;
  const auto c = test::draw_case(p, 4);
  const ImageDraws r(c.train.view(), "r", 1, 0);
  const ImageDraws h(c.holdout.view(), "h", 1, 0);
  std::vector<int> seen(700, 0);
  std::size_t above = 501;
  for (const EqualStratum& s : equal_strata(r, h)) {
    EXPECT_GE(s.train.size(), kStratumPeople);
    EXPECT_GE(s.holdout.size(), kStratumPeople);
    EXPECT_LT(s.images, above);
    above = s.images;
    for (std::size_t k = 0; k < s.train.size(); ++k) {
      ++seen[s.train[k]];
      ASSERT_GE(r.images(s.train[k]), s.images);
      EXPECT_EQ(s.train_best[k], r.best_of(s.train[k], s.images));
    }
  }
  EXPECT_EQ(std::ranges::count(seen, 1), 700);
}

}  // namespace
}  // namespace semblance
