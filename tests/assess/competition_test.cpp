#include "assess/competition.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

namespace semblance {
namespace {

/// Every score tried as threshold, by definition.
std::vector<std::uint32_t> listed_by_definition(const std::vector<double>& r, const std::vector<double>& h, double odds,
                                                double q) {
  double lowest = std::numeric_limits<double>::infinity();
  for (std::size_t g = 0; g < r.size(); ++g) {
    const double t = std::max(r[g], h[g]);
    double targets = 0;
    double decoys = 0;
    for (std::size_t k = 0; k < r.size(); ++k) {
      if (std::max(r[k], h[k]) < t) continue;
      ++(r[k] > h[k] ? targets : decoys);
    }
    if (targets > 0 && odds * (1 + decoys) / targets <= q) lowest = std::min(lowest, t);
  }
  std::vector<std::uint32_t> ids;
  for (std::uint32_t g = 0; g < r.size(); ++g) {
    if (r[g] > h[g] && r[g] >= lowest) ids.push_back(g);
  }
  return ids;
}

TEST(Competition, AgreesWithTheDefinition) {
  std::mt19937_64 rng(3);
  std::normal_distribution<double> normal(0, 1);
  for (int repetition = 0; repetition < 30; ++repetition) {
    std::vector<double> r(300);
    std::vector<double> h(300);
    for (std::size_t g = 0; g < 300; ++g) {
      r[g] = normal(rng) + (g < 90 ? 2.5 : 0);
      h[g] = normal(rng);
      if (repetition % 2 == 1) {  // ties
        r[g] = std::round(r[g] * 4) / 4;
        h[g] = std::round(h[g] * 4) / 4;
      }
    }
    const std::vector<double> levels = {0.01, 0.05, 0.2};
    const Competition c = compete({r, h}, 100, 80, levels);
    EXPECT_EQ(c.targets + c.decoys, 300U);
    for (std::size_t k = 0; k < levels.size(); ++k) {
      auto ids = c.lists[k].ids;
      EXPECT_EQ(c.lists[k].count, ids.size());
      EXPECT_TRUE(std::ranges::is_sorted(ids, std::greater<>{}, [&](std::uint32_t g) { return r[g]; }));
      std::ranges::sort(ids);
      EXPECT_EQ(ids, listed_by_definition(r, h, 100.0 / 80.0, levels[k]));
    }
  }
}

TEST(Competition, TiesGoToTheDecoy) {
  const std::vector<double> s(50, 0.5);
  const Competition c = compete({s, s}, 10, 10, std::vector<double>{0.5});
  EXPECT_EQ(c.targets, 0U);
  EXPECT_EQ(c.decoys, 50U);
  EXPECT_EQ(c.lists[0].count, 0U);
}

TEST(Competition, OneImageListsNothing) {
  EXPECT_EQ(
      compete({std::vector<double>{0.9}, std::vector<double>{0.1}}, 10, 10, std::vector<double>{0.5}).lists[0].count,
      0U);
}

/// Mean false discovery proportion over seeded repetitions, leaks strong or absent.
double mean_fdp(double leaked, double train_share, double q, int repetitions) {
  std::mt19937_64 rng(17);
  std::normal_distribution<double> normal(0, 1);
  std::uniform_real_distribution<double> unit(0, 1);
  double sum = 0;
  for (int repetition = 0; repetition < repetitions; ++repetition) {
    std::vector<double> r(400);
    std::vector<double> h(400);
    std::vector<bool> truth(400);
    for (std::size_t g = 0; g < 400; ++g) {
      const double best = normal(rng);
      const double other = best - unit(rng);
      truth[g] = unit(rng) < leaked;
      const bool in_train = unit(rng) < train_share;
      r[g] = in_train ? best : other;
      h[g] = in_train ? other : best;
      if (truth[g]) r[g] = best + 3 + unit(rng);
    }
    const auto train_rows = static_cast<std::size_t>(1000 * train_share);
    const auto list = compete({r, h}, train_rows, 1000 - train_rows, std::vector<double>{q}).lists[0];
    if (list.count == 0) continue;
    const auto wrong = std::ranges::count_if(list.ids, [&](std::uint32_t g) { return !truth[g]; });
    sum += static_cast<double>(wrong) / static_cast<double>(list.count);
  }
  return sum / repetitions;
}

TEST(Competition, KeepsTheFalseDiscoveryRate) {
  // Standard error below 0.011 where nothing leaks (FDP is 0 or 1), far less otherwise.
  EXPECT_LE(mean_fdp(0, 0.5, 0.05, 400), 0.05 + 0.03);
  EXPECT_LE(mean_fdp(0, 0.7, 0.1, 400), 0.1 + 0.03);
  EXPECT_LE(mean_fdp(0.2, 0.5, 0.05, 400), 0.05 + 0.005);
  EXPECT_LE(mean_fdp(0.2, 0.3, 0.1, 400), 0.1 + 0.005);
  EXPECT_GT(mean_fdp(0.2, 0.3, 0.1, 400), 0.05);  // not by listing nothing
}

}  // namespace
}  // namespace semblance
