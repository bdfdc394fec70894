// The nearest score without replacement, against looking at every score.

#include "review/matching.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "base/rng.hpp"

namespace semblance::review_stage {
namespace {

// Nearest, then higher, then earlier.
std::size_t nearest_of(const std::vector<double>& scores, const std::vector<bool>& taken, double score) {
  std::size_t best = scores.size();
  for (std::size_t i = 0; i < scores.size(); ++i) {
    if (taken[i]) continue;
    if (best == scores.size()) {
      best = i;
      continue;
    }
    const double here = std::abs(scores[i] - score);
    const double there = std::abs(scores[best] - score);
    if (here < there || (here == there && scores[i] > scores[best])) best = i;
  }
  return best;
}

TEST(ScorePool, TakesTheNearestOfThoseLeft) {
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    Rng rng(derive_seed(seed, "pool"));
    std::vector<double> scores;
    for (std::size_t i = 0; i < 40; ++i)
      scores.push_back(static_cast<double>(uniform_index(rng, 16)) / 16);  // many ties
    ScorePool pool(scores);
    std::vector<bool> taken(scores.size());
    for (std::size_t i = 0; i < scores.size(); ++i) {
      ASSERT_FALSE(pool.empty());
      const double score = static_cast<double>(uniform_index(rng, 41)) / 32 - 0.125;  // below, between, on and above
      const std::size_t expected = nearest_of(scores, taken, score);
      ASSERT_EQ(pool.take_nearest(score), expected) << "seed " << seed << ", score " << score;
      taken[expected] = true;
    }
    EXPECT_TRUE(pool.empty());
  }
}

}  // namespace
}  // namespace semblance::review_stage
