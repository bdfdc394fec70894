// What a re-audit may be trusted with, by repetition: many audits of worlds in which nothing leaks, or nothing any
// more, after images were removed for their scores against the training set.

#include "purge/symmetry.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <numeric>

#include "base/rng.hpp"
#include "semblance/assess.hpp"

namespace semblance::purge_stage {
namespace {

constexpr std::size_t kPeople = 80;  // on either side, an image each
constexpr std::size_t kImages = 240;
constexpr std::size_t kGone = 24;
constexpr int kWorlds = 400;

/// Scores of every person, R's first, with every synthetic image. People and images that score high with all make the
/// scores depend on each other, as they do in real data.
struct World {
  std::vector<double> table = std::vector<double>(2 * kPeople * kImages);

  World(std::uint64_t seed, std::size_t leaks) {
    Rng rng(seed);
    boost::random::normal_distribution<double> normal;
    std::vector<double> person(2 * kPeople), image(kImages);
    for (double& x : person) x = 0.5 * normal(rng);
    for (double& x : image) x = 0.5 * normal(rng);
    for (std::size_t i = 0; i < 2 * kPeople; ++i) {
      for (std::size_t j = 0; j < kImages; ++j) table[i * kImages + j] = person[i] + image[j] + normal(rng);
    }
    for (std::size_t k = 0; k < leaks; ++k) table[k * kImages + k] += 20;
  }

  // The best score over the images that count.
  [[nodiscard]] double best_of_person(std::size_t i, const std::vector<bool>& out) const {
    double best = -std::numeric_limits<double>::infinity();
    for (std::size_t j = 0; j < kImages; ++j) {
      if (!out[j]) best = std::max(best, table[i * kImages + j]);
    }
    return best;
  }
  [[nodiscard]] double best_of_image(std::size_t j, std::size_t first) const {
    double best = -std::numeric_limits<double>::infinity();
    for (std::size_t i = first; i < first + kPeople; ++i) best = std::max(best, table[i * kImages + j]);
    return best;
  }

  [[nodiscard]] LeakageAssessment audit(const std::vector<bool>& out) const {
    std::vector<double> train, holdout, in_train, in_holdout;
    for (std::size_t i = 0; i < kPeople; ++i) {
      train.push_back(best_of_person(i, out));
      holdout.push_back(best_of_person(kPeople + i, out));
    }
    for (std::size_t j = 0; j < kImages; ++j) {
      if (out[j]) continue;
      in_train.push_back(best_of_image(j, 0));
      in_holdout.push_back(best_of_image(j, kPeople));
    }
    std::vector<IdentityIndex> identity(kPeople);
    std::iota(identity.begin(), identity.end(), IdentityIndex{0});
    const std::vector<double> mated(kPeople, -std::numeric_limits<double>::infinity());
    AssessOptions options;
    options.permutations = 199;
    options.threads = 1;
    options.detection_limit = false;
    return assess_leakage({.best = train, .identity = identity, .identities = kPeople, .best_mated = mated},
                          {.best = holdout, .identity = identity, .identities = kPeople, .best_mated = {}},
                          {.best_in_train = in_train, .best_in_holdout = in_holdout}, options);
  }

  [[nodiscard]] BestScores best_scores(std::vector<bool> removed) const {
    BestScores scores{.matcher = {}, .train = {}, .holdout = {}, .removed_by = std::move(removed)};
    for (std::size_t j = 0; j < kImages; ++j) {
      scores.train.push_back(best_of_image(j, 0));
      scores.holdout.push_back(best_of_image(j, kPeople));
    }
    return scores;
  }
};

using Removal = std::function<std::vector<bool>(const World&)>;
using Cut = std::function<std::vector<bool>(const BestScores&)>;

// The images that match R best; `step` 2 takes every other one of them.
Removal best_matched(std::size_t step) {
  return [step](const World& world) {
    const BestScores scores = world.best_scores(std::vector<bool>(kImages));
    std::vector<std::size_t> order(kImages);
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::ranges::sort(order, std::greater<>{}, [&](std::size_t j) { return scores.train[j]; });
    std::vector<bool> removed(kImages);
    for (std::size_t k = 0; k < kGone; ++k) removed[order[k * step]] = true;
    return removed;
  };
}

std::vector<bool> listed(const World& world) {
  std::vector<bool> removed(kImages);
  const LeakageAssessment assessment = world.audit(std::vector<bool>(kImages));
  for (const std::uint32_t j : assessment.image_lists.back().ids) removed[j] = true;
  return removed;
}

std::vector<bool> removed_alone(const BestScores& scores) { return scores.removed_by; }
std::vector<bool> alike(const BestScores& scores) { return symmetric_cut({scores}).out; }

double lowest_removed(const BestScores& scores) {
  double lowest = std::numeric_limits<double>::infinity();
  for (std::size_t j = 0; j < kImages; ++j) {
    if (scores.removed_by[j]) lowest = std::min(lowest, scores.train[j]);
  }
  return lowest;
}

// The lowest removed score as a bar for the hold-out alone: R's images over it that stay have no counterpart left.
std::vector<bool> holdout_alone(const BestScores& scores) {
  std::vector<bool> out = scores.removed_by;
  for (std::size_t j = 0; j < kImages; ++j) {
    if (scores.holdout[j] >= lowest_removed(scores)) out[j] = true;
  }
  return out;
}

// Alike, but not down to the held-out image that ended the list.
std::vector<bool> alike_at_lowest(const BestScores& scores) {
  std::vector<bool> out(kImages);
  for (std::size_t j = 0; j < kImages; ++j) {
    out[j] = std::max(scores.train[j], scores.holdout[j]) >= lowest_removed(scores);
  }
  return out;
}

// Three synthetic images a synthetic identity: with one, all go.
std::vector<bool> with_identities(const std::vector<bool>& chosen) {
  std::vector<bool> all = chosen;
  for (std::size_t j = 0; j < kImages; ++j) {
    if (!chosen[j]) continue;
    for (std::size_t k = j / 3 * 3; k < j / 3 * 3 + 3; ++k) all[k] = true;
  }
  return all;
}

/// Shares of the worlds in which p is at most this.
struct Shares {
  double at_5 = 0, at_50 = 0;
};
Shares audited_again(const std::string& name, std::uint64_t seed, std::size_t leaks, const Removal& removal,
                     const Cut& cut) {
  Shares shares;
  for (int w = 0; w < kWorlds; ++w) {
    const World world(derive_seed(seed, "world", static_cast<std::uint64_t>(w)), leaks);
    const std::vector<bool> removed = removal(world);
    if (std::ranges::find(removed, true) == removed.end()) continue;
    const double p = world.audit(cut(world.best_scores(removed))).global.p;
    shares.at_5 += p <= 0.05 ? 1.0 / kWorlds : 0;
    shares.at_50 += p <= 0.5 ? 1.0 / kWorlds : 0;
  }
  ::testing::Test::RecordProperty(name + "_at_5", std::to_string(shares.at_5));
  ::testing::Test::RecordProperty(name + "_at_50", std::to_string(shares.at_50));
  return shares;
}

// A share p of the worlds, give or take what comes up once in 30,000 tests.
double most(double p) { return p + 4 * std::sqrt(p * (1 - p) / kWorlds); }
double fewest(double p) { return p - 4 * std::sqrt(p * (1 - p) / kWorlds); }

TEST(SymmetricCut, WithoutItPIsTooLargeWhereNothingLeaks) {
  const Shares shares = audited_again("removed_alone", 1, 0, best_matched(1), removed_alone);
  EXPECT_LT(shares.at_5, 0.02);
  EXPECT_LT(shares.at_50, 0.2);
}

TEST(SymmetricCut, WithItPIsUniformWhereNothingLeaks) {
  const Shares shares = audited_again("alike", 1, 0, best_matched(1), alike);
  EXPECT_LT(shares.at_5, most(0.05));
  EXPECT_GT(shares.at_5, 0.01);
  EXPECT_LT(shares.at_50, most(0.5));
  EXPECT_GT(shares.at_50, fewest(0.5));
}

TEST(SymmetricCut, CuttingTheHoldoutAloneWouldRaiseFalseAlarms) {
  EXPECT_GT(audited_again("holdout_alone", 2, 0, best_matched(2), holdout_alone).at_5, 0.5);
  const Shares shares = audited_again("alike", 2, 0, best_matched(2), alike);
  EXPECT_LT(shares.at_5, most(0.05));
  EXPECT_GT(shares.at_50, fewest(0.5));
}

TEST(SymmetricCut, KeepsTheLevelOnceRealLeaksAreRemoved) {
  EXPECT_LT(audited_again("alike_at_lowest", 3, kGone, listed, alike_at_lowest).at_50, fewest(0.5));
  const Shares shares = audited_again("alike", 3, kGone, listed, alike);
  EXPECT_LT(shares.at_5, most(0.05));
  EXPECT_GT(shares.at_50, fewest(0.5));
}

TEST(SymmetricCut, KeepsTheLevelWhenWholeSyntheticIdentitiesGo) {
  const auto cut = [](const BestScores& scores) { return with_identities(alike(scores)); };
  const Shares shares = audited_again("cut", 4, 0, best_matched(1), cut);
  EXPECT_LT(shares.at_5, most(0.05));
  EXPECT_GT(shares.at_50, fewest(0.5));
}

TEST(SymmetricCut, FindsLeaksBelowTheBar) {
  World world(5, 4);
  for (std::size_t k = 4; k < kPeople; ++k) world.table[k * kImages + k] += 4;
  std::vector<bool> removed(kImages);
  for (std::size_t k = 0; k < 4; ++k) removed[k] = true;
  EXPECT_LE(world.audit(alike(world.best_scores(removed))).global.p, 0.01);
}

TEST(SymmetricCut, FollowsItsDefinitionWithSeveralMatchers) {
  const double none = std::numeric_limits<double>::quiet_NaN();
  const BestScores a{.matcher = "a",
                     .train = {0.9, 0.8, 0.7, 0.2, 0.66, 0.1, 0.6, none},
                     .holdout = {0.1, 0.3, 0.2, 0.75, 0.1, 0.65, 0.6, none},
                     .removed_by = {true, false, true, false, false, false, false, false}};
  const BestScores b{.matcher = "b",
                     .train = {0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.9},
                     .holdout = {0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.9},
                     .removed_by = std::vector<bool>(8)};
  const Symmetric cut = symmetric_cut({a, b});
  EXPECT_EQ(cut.bars, (std::vector<std::optional<double>>{0.65, std::nullopt}));
  EXPECT_EQ(cut.out, (std::vector<bool>{true, true, true, true, true, true, false, false}));
  EXPECT_EQ(cut.like_train, (std::vector<bool>{true, true, true, false, true, false, false, false}));
  BestScores all = a;
  all.removed_by[6] = true;  // the last: no held-out image below it
  EXPECT_EQ(symmetric_cut({all}).bars, (std::vector<std::optional<double>>{0.6}));
}

}  // namespace
}  // namespace semblance::purge_stage
