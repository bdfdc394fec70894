#include "assess/conformal.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>

#include "assess/population.hpp"
#include "assess/repetition.hpp"

namespace semblance {
namespace {

struct Draws {
  ImageDraws train, holdout;
};

Draws draws_of(const test::Case& c, std::uint64_t seed = 1) {
  return {ImageDraws(c.train.view(), "r", seed, 0), ImageDraws(c.holdout.view(), "h", seed, 0)};
}

TEST(ConformalEvidence, AgreesWithTheDefinition) {
  for (const auto& population : {test::Population{.train = 80, .holdout = 60, .images = 4},
                                 {.train = 300, .holdout = 900, .images_spread = 1.0},
                                 {.train = 50, .holdout = 250, .images_spread = 1.5}}) {
    const auto d = draws_of(test::draw_case(population, 3));
    const std::size_t people = population.holdout;
    const std::size_t required = std::min(people, std::max<std::size_t>(200, (people + 1) / 2));
    const auto evidence = conformal_evidence(d.train, d.holdout);
    ASSERT_EQ(evidence.size(), population.train);
    for (const IdentityEvidence& person : evidence) {
      const auto have = [&](std::size_t n) {
        std::size_t count = 0;
        for (std::size_t j = 0; j < people; ++j) count += d.holdout.images(j) >= n ? 1U : 0U;
        return count;
      };
      std::size_t n = d.train.images(person.identity);
      while (have(n) < required) --n;
      double reached = 0;
      for (std::size_t j = 0; j < people; ++j) {
        if (d.holdout.images(j) >= n && d.holdout.best_of(j, n) >= d.train.best_of(person.identity, n)) ++reached;
      }
      ASSERT_EQ(person.images_used, n);
      ASSERT_EQ(person.controls, have(n));
      ASSERT_DOUBLE_EQ(person.p, (1 + reached) / (1 + static_cast<double>(have(n))));
    }
  }
}

TEST(ConformalEvidence, AControlThatIsAsGoodCountsAgainst) {
  test::Side side;
  side.identities = 3;
  side.identity = {0, 1, 2};
  side.best = {0.5, 0.5, 0.5};
  const ImageDraws draws(side.view(), "r", 1, 0);
  for (const auto& person : conformal_evidence(draws, draws)) EXPECT_EQ(person.p, 1);
}

TEST(FewestListable, IsTheSmallestListThatBenjaminiHochbergCouldReturn) {
  for (const auto& population : {test::Population{.train = 60, .holdout = 300, .images_spread = 1.2},
                                 {.train = 100, .holdout = 1000, .images_spread = 1.2},
                                 {.train = 500, .holdout = 30}}) {
    const auto d = draws_of(test::draw_case(population, 5));
    auto evidence = conformal_evidence(d.train, d.holdout);
    for (const double q : {0.01, 0.05, 0.2}) {
      // The k people with the most controls beat them all, nobody else beats anyone.
      std::ranges::sort(evidence, std::greater<>{}, &IdentityEvidence::controls);
      std::size_t expected = evidence.size() + 1;
      for (std::size_t k = 1; k <= evidence.size() && expected > evidence.size(); ++k) {
        std::vector<double> p(evidence.size(), 1);
        for (std::size_t i = 0; i < k; ++i) p[i] = 1 / (1 + static_cast<double>(evidence[i].controls));
        if (benjamini_hochberg(p)[k - 1] <= q) expected = k;
      }
      EXPECT_EQ(fewest_listable(evidence, q), expected);
    }
  }
}

TEST(IdentityList, HoldsTheStrongestFirst) {
  std::vector<IdentityEvidence> evidence(4);
  for (std::size_t i = 0; i < 4; ++i) evidence[i].identity = static_cast<IdentityIndex>(i);
  evidence[0].q = 0.04, evidence[0].p = 0.02, evidence[0].best = 0.9;
  evidence[1].q = 0.5;
  evidence[2].q = 0.04, evidence[2].p = 0.01, evidence[2].best = 0.7;
  evidence[3].q = 0.04, evidence[3].p = 0.01, evidence[3].best = 0.8;
  const FdrList list = identity_list(evidence, 0.05);
  EXPECT_EQ(list.count, 3U);
  EXPECT_EQ(list.ids, (std::vector<std::uint32_t>{3, 2, 0}));
  EXPECT_EQ(identity_list(evidence, 0.01).count, 0U);
}

struct Discoveries {
  double fdr = 0, listed = 0, found = 0;
};

Discoveries over_repetitions(const test::Population& population, double q, unsigned repetitions) {
  Discoveries mean;
  for (unsigned r = 0; r < repetitions; ++r) {
    const auto c = test::draw_case(population, 20'000 + r);
    const auto d = draws_of(c, r);
    const auto list = identity_list(conformal_evidence(d.train, d.holdout), q);
    if (list.count == 0) continue;
    const auto wrong = std::ranges::count_if(list.ids, [&](std::uint32_t i) { return !c.leaked[i]; });
    mean.listed += 1.0 / repetitions;
    mean.fdr += static_cast<double>(wrong) / static_cast<double>(list.count) / repetitions;
    mean.found += static_cast<double>(list.count - static_cast<std::size_t>(wrong)) / repetitions;
  }
  return mean;
}

TEST(IdentityList, KeepsTheFalseDiscoveryRateWithoutLeaks) {
  // A list is all false: FDR is the share of repetitions with a list. 0.05 + 3 standard errors of 200.
  for (const double spread : {0.0, 1.2}) {
    const auto d = over_repetitions({.train = 100, .holdout = 2200, .images_spread = spread}, 0.05, 200);
    EXPECT_LE(d.fdr, 0.05 + 0.046) << spread;
  }
}

TEST(IdentityList, KeepsTheFalseDiscoveryRateWithLeaksAndFindsThem) {
  for (const double spread : {0.0, 1.0}) {
    const auto d = over_repetitions(
        {.train = 300, .holdout = 600, .images_spread = spread, .leak_rate = 0.2, .mated_mean = 0.6}, 0.05, 60);
    EXPECT_LE(d.fdr, 0.05 + 0.005) << spread;
    EXPECT_GE(d.found, 50) << spread;
  }
}

TEST(IdentityList, LongKeepsTheFalseDiscoveryRate) {
  SEMBLANCE_LONG_TEST();
  for (const double spread : {0.0, 1.2}) {
    EXPECT_LE(over_repetitions({.train = 200, .holdout = 4200, .images_spread = spread}, 0.05, 1000).fdr,
              0.05 + 0.0207);
    EXPECT_LE(
        over_repetitions({.train = 500, .holdout = 1000, .images_spread = spread, .leak_rate = 0.05}, 0.05, 1000).fdr,
        0.05 + 0.003);
  }
}

}  // namespace
}  // namespace semblance
