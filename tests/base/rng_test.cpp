#include "base/rng.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <set>
#include <vector>

namespace semblance {
namespace {

// First output of splitmix64 seeded with 0, as published with the generator.
constexpr std::uint64_t kSplitmixOfZero = 0xE220A8397B1DCDAFULL;

TEST(DeriveSeed, MixesWithSplitmix64) {
  // Without a purpose it is mix(mix(seed) ^ index); the index undoes the first mix, which leaves mix(0).
  EXPECT_EQ(derive_seed(0, "", kSplitmixOfZero), kSplitmixOfZero);
}

TEST(DeriveSeed, GivesEveryPurposeAndIndexItsOwn) {
  std::set<std::uint64_t> seeds;
  for (const std::uint64_t seed : {0ULL, 1ULL, 7ULL}) {
    for (const char* purpose : {"", "a", "b", "ab", "ba"}) {
      for (std::uint64_t index = 0; index < 1000; ++index) seeds.insert(derive_seed(seed, purpose, index));
    }
  }
  EXPECT_EQ(seeds.size(), 3U * 5U * 1000U);
}

TEST(Rng, IsTheStandardMersenneTwister) {
  Rng rng;  // ISO C++ [rand.predef]: the 10000th output of a default-constructed mt19937_64
  rng.discard(9999);
  EXPECT_EQ(rng(), 9981545732273789042ULL);
}

TEST(Rng, ShufflesToAPermutationThatTheSeedFixes) {
  Rng first(derive_seed(7, "test"));
  Rng second(derive_seed(7, "test"));
  auto order = random_permutation(1000, first);
  EXPECT_EQ(order, random_permutation(1000, second));
  EXPECT_FALSE(std::is_sorted(order.begin(), order.end()));
  std::sort(order.begin(), order.end());
  for (std::size_t i = 0; i < order.size(); ++i) ASSERT_EQ(order[i], i);
}

TEST(Rng, DrawsIndicesAndUnitsEvenly) {
  constexpr int kDraws = 100'000;
  Rng rng(derive_seed(1, "even"));
  std::vector<int> counts(10);
  double sum = 0;
  for (int i = 0; i < kDraws; ++i) {
    ++counts.at(uniform_index(rng, counts.size()));
    const double unit = uniform_unit(rng);
    ASSERT_GE(unit, 0.0);
    ASSERT_LT(unit, 1.0);
    sum += unit;
  }
  // Six standard deviations: of a binomial count (95) and of a mean of uniforms (0.00091).
  for (const int count : counts) EXPECT_NEAR(count, kDraws / 10, 6 * 95);
  EXPECT_NEAR(sum / kDraws, 0.5, 6 * 0.00092);
}

}  // namespace
}  // namespace semblance
