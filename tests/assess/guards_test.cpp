// Guards: each with a case in which it fires and one in which it must not.

#include "semblance/guards.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

#include "base/rng.hpp"

namespace semblance {
namespace {

TEST(Hubs, FireWhenOneItemHoldsATwentiethOfAllBestMatches) {
  std::vector<RowIndex> best(1000);
  for (std::size_t j = 0; j < best.size(); ++j) best[j] = static_cast<RowIndex>(j % 3 == 0 ? 7 : j % 400);
  std::vector<IdentityIndex> identity(400);
  for (std::size_t i = 0; i < identity.size(); ++i) identity[i] = static_cast<IdentityIndex>(i / 4);
  const HubShares shares = hub_shares(best, identity, 100);
  EXPECT_TRUE(shares.fires);
  EXPECT_EQ(shares.item, 7U);
  EXPECT_DOUBLE_EQ(shares.top_item, 336.0 / 1000);  // 334 of j % 3 == 0, and j = 7 and 407 (807 is one of the 334)
  EXPECT_GE(shares.top_identity, shares.top_item);
  EXPECT_LE(shares.top_item, shares.top_percent);
  EXPECT_LE(shares.top_percent, shares.top_ten + 1e-12);
}

TEST(Hubs, AreSilentWhenMatchesSpreadEvenly) {
  Rng rng(3);
  std::vector<RowIndex> best(5000);
  for (RowIndex& item : best) item = static_cast<RowIndex>(uniform_index(rng, 1000));
  std::vector<IdentityIndex> identity(1000);
  std::iota(identity.begin(), identity.end(), IdentityIndex{0});
  EXPECT_FALSE(hub_shares(best, identity, 1000).fires);
}

TEST(Hubs, AreSilentInATinySetWhereAnEvenShareIsLarge) {
  const std::vector<RowIndex> best = {0, 1, 2, 3, 4, 5, 0, 1, 2, 3};
  const std::vector<IdentityIndex> identity = {0, 1, 2, 3, 4, 5};
  EXPECT_FALSE(hub_shares(best, identity, 6).fires);
}

Histogram histogram(std::initializer_list<std::pair<double, std::uint64_t>> scores) {
  Histogram h;
  h.counts.assign(kHistogramBins, 0);
  for (const auto& [score, count] : scores) h.counts[static_cast<std::size_t>((score + 1) * 2048)] += count;
  return h;
}

TEST(Overlap, NamesHeldOutPeopleWhoScoreLikeMatedPairs) {
  const Histogram mated = histogram({{0.5, 40}, {0.6, 50}, {0.7, 40}});
  const Histogram non_mated = histogram({{0.0, 900'000}, {0.3, 100'000}});
  const std::vector<PairScore> bests = {{0.35, 0, 5}, {0.72, 3, 9}, {0.61, 4, 2}, {0.4, 6, 1}};
  const OverlapGuard guard = find_overlaps(bests, 1'000'000, mated, non_mated);
  ASSERT_TRUE(guard.threshold);
  EXPECT_NEAR(*guard.threshold, 0.6, 0.0005);
  ASSERT_EQ(guard.overlaps.size(), 2U);
  EXPECT_EQ(guard.overlaps[0].holdout, 1U);
  EXPECT_EQ(guard.overlaps[1].holdout, 2U);
}

TEST(Overlap, IsSilentWhenNobodyScoresLikeAMatedPair) {
  const OverlapGuard guard = find_overlaps(std::vector<PairScore>{{0.35, 0, 5}, {0.4, 6, 1}}, 1'000'000,
                                           histogram({{0.6, 50}}), histogram({{0.0, 1'000'000}}));
  EXPECT_TRUE(guard.threshold);
  EXPECT_TRUE(guard.overlaps.empty());
}

TEST(Overlap, IsSilentWithAMatcherThatCannotTell) {
  // Non-mated pairs reach the median mated score: a high score proves nothing.
  const OverlapGuard guard = find_overlaps(std::vector<PairScore>{{0.9, 0, 5}}, 1'000'000, histogram({{0.3, 50}}),
                                           histogram({{0.0, 900'000}, {0.4, 100'000}}));
  EXPECT_FALSE(guard.threshold);
  EXPECT_TRUE(guard.overlaps.empty());
}

TEST(Overlap, NeedsMatedScores) {
  EXPECT_FALSE(find_overlaps(std::vector<PairScore>{{0.9, 0, 5}}, 10, histogram({}), histogram({{0.0, 10}})).threshold);
}

TEST(Spearman, AgreesWithSciPy) {
  // scipy.stats.spearmanr([1,2,3,4,5,5,7], [2,1,4,3,7,5,5]) -> 0.8454545454545456
  const std::vector<double> x = {1, 2, 3, 4, 5, 5, 7};
  const std::vector<double> y = {2, 1, 4, 3, 7, 5, 5};
  const auto rank = spearman(x, y);
  ASSERT_TRUE(rank);
  EXPECT_NEAR(rank->rho, 0.8454545454545456, 1e-12);
  EXPECT_LT(rank->low, rank->rho);
  EXPECT_GT(rank->high, rank->rho);
}

TEST(Spearman, HasNothingToSayOfConstants) {
  EXPECT_FALSE(spearman(std::vector<double>(9, 1.0), std::vector<double>{1, 2, 3, 4, 5, 6, 7, 8, 9}));
}

TEST(Spearman, IntervalCoversTheNull) {
  constexpr int kRepetitions = 2000;
  int covered = 0;
  for (int repetition = 0; repetition < kRepetitions; ++repetition) {
    Rng rng(derive_seed(5, "spearman", static_cast<std::uint64_t>(repetition)));
    std::vector<double> x(60);
    std::vector<double> y(60);
    for (double& v : x) v = uniform_unit(rng);
    for (double& v : y) v = uniform_unit(rng);
    const auto rank = spearman(x, y);
    covered += rank->low <= 0 && 0 <= rank->high;
  }
  EXPECT_NEAR(static_cast<double>(covered) / kRepetitions, 0.95, 0.02);
}

}  // namespace
}  // namespace semblance
