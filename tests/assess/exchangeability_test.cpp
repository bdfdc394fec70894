// Does the guard on the control keep its level, see what differs, and name the size of a difference that is known?

#include <gtest/gtest.h>

#include <boost/math/distributions/normal.hpp>
#include <cmath>
#include <random>

#include "assess/repetition.hpp"
#include "semblance/error.hpp"
#include "semblance/guards.hpp"

namespace semblance {
namespace {

struct Group {
  std::size_t dim = 0;
  std::vector<float> values;
  std::vector<IdentityIndex> identity;
  std::size_t people = 0;
  [[nodiscard]] ScoreSide side() const {
    return {
        .matrix = {values.data(), identity.size(), dim, dim}, .order = {}, .identity = identity, .identities = people};
  }
};

struct Law {
  std::size_t people = 100, dim = 16, images = 2;
  double shift = 0;    ///< of the first coordinate, in its standard deviations
  double stretch = 1;  ///< of everything
};

// Coordinates of very different variance, as faces have; images of a person are near one another.
Group draw(const Law& law, unsigned seed) {
  std::mt19937_64 rng(seed);
  std::normal_distribution<double> normal;
  Group group{.dim = law.dim, .values = {}, .identity = {}, .people = law.people};
  for (std::size_t p = 0; p < law.people; ++p) {
    std::vector<double> person(law.dim);
    for (double& x : person) x = normal(rng);
    const std::size_t images = 1 + (law.images > 1 ? rng() % law.images : 0);
    for (std::size_t i = 0; i < images; ++i) {
      for (std::size_t k = 0; k < law.dim; ++k) {
        const double unit = 0.8 * person[k] + 0.6 * normal(rng) + (k == 0 ? law.shift : 0);
        group.values.push_back(static_cast<float>(law.stretch * unit / static_cast<double>(1 + k)));
      }
      group.identity.push_back(static_cast<IdentityIndex>(p));
    }
  }
  return group;
}

Exchangeability judge(const Law& train, const Law& holdout, unsigned seed, std::size_t most = 2000) {
  ExchangeabilityOptions options;
  options.comparison = Comparison::inner_product;
  options.permutations = 199;
  options.most_people = most;
  options.seed = seed;
  return exchangeability(draw(train, 2 * seed).side(), draw(holdout, 2 * seed + 1).side(), options);
}

TEST(ExchangeabilityGuard, KeepsItsLevel) {
  constexpr std::size_t kRepetitions = 200;
  const std::pair<Law, Law> cases[] = {
      {{.people = 80}, {.people = 80}},
      {{.people = 30, .dim = 64}, {.people = 60, .dim = 64}},      // fewer people than dimensions
      {{.people = 60, .images = 8}, {.people = 40, .images = 1}},  // more images a person on one side
      {{.people = 20, .dim = 1100, .images = 1}, {.people = 20, .dim = 1100, .images = 1}},  // projected
  };
  for (const auto& [train, holdout] : cases) {
    const std::size_t repetitions = train.dim > 1000 ? 5 : kRepetitions;
    std::size_t alarms = 0;
    std::vector<double> p;
    for (unsigned r = 0; r < repetitions; ++r) {
      const Exchangeability e = judge(train, holdout, 1 + r);
      alarms += e.p <= 0.05 ? 1 : 0;
      p.push_back(e.p);
      EXPECT_GE(e.auc, 0.5);
    }
    EXPECT_LE(alarms, test::most_at(repetitions, 0.05)) << train.people << " and " << holdout.people;
    EXPECT_LE(test::too_small_ks(p), 1.52) << train.people << " and " << holdout.people;
  }
}

TEST(ExchangeabilityGuard, SeesAShiftAndNamesItsSize) {
  // Alike but for one coordinate, d standard deviations apart: the best rule's AUC is Phi(d / root 2).
  for (const double shift : {0.5, 1.0}) {
    const Exchangeability e = judge({.people = 2000, .images = 1}, {.people = 2000, .images = 1, .shift = shift}, 7);
    EXPECT_TRUE(e.fires);
    EXPECT_LE(e.p_location, 0.01);
    EXPECT_GT(e.p_spread, 0.01);
    EXPECT_NEAR(e.auc, boost::math::cdf(boost::math::normal(), shift / std::sqrt(2.0)), 0.02);
  }
}

TEST(ExchangeabilityGuard, SeesASideThatLiesFurtherOut) {
  const Exchangeability e = judge({.people = 300}, {.people = 300, .stretch = 1.3}, 3);
  EXPECT_TRUE(e.fires);
  EXPECT_LE(e.p_spread, 0.01);
}

TEST(ExchangeabilityGuard, LooksAtNoMorePeopleThanAsked) {
  const Exchangeability e = judge({.people = 50}, {.people = 20}, 3, 30);
  EXPECT_EQ(e.train_people, 30U);
  EXPECT_EQ(e.holdout_people, 20U);
}

TEST(ExchangeabilityGuard, IsTheSameForAnyNumberOfThreads) {
  const Group train = draw({}, 1);
  const Group holdout = draw({.shift = 0.3}, 2);
  ExchangeabilityOptions one;
  one.threads = 1;
  ExchangeabilityOptions three;
  three.threads = 3;
  const Exchangeability a = exchangeability(train.side(), holdout.side(), one);
  const Exchangeability b = exchangeability(train.side(), holdout.side(), three);
  EXPECT_EQ(a.p, b.p);
  EXPECT_EQ(a.auc, b.auc);
}

TEST(ExchangeabilityGuard, HasNothingToSayOfConstantsOrVeryFew) {
  Group same = draw({.people = 10}, 1);
  std::ranges::fill(same.values, 1.0F);
  EXPECT_EQ(exchangeability(same.side(), same.side(), {}).p, 1);
  EXPECT_EQ(judge({.people = 1}, {.people = 2}, 1).p, 1);
  EXPECT_THROW(exchangeability(draw({.dim = 8}, 1).side(), draw({.dim = 9}, 1).side(), {}), Error);
}

}  // namespace
}  // namespace semblance
