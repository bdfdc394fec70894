#include "experiment/permutation.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <set>

#include "base/rng.hpp"
#include "experiment/two_sample.hpp"

namespace semblance::experiment_stage {
namespace {

constexpr std::size_t kBins = 64;

/// A person whose images resemble each other: the scores of a person share a mean, so pairs are far from independent.
UnitScores person(bool train, std::size_t images, double shift, Rng& rng) {
  boost::random::normal_distribution<double> between(shift, 0.15);
  const double mean = between(rng);
  boost::random::normal_distribution<double> within(mean, 0.1);
  UnitScores unit{
      .train = train, .stratum = image_stratum(images), .counts = std::vector<std::uint64_t>(kBins, 0), .max = -1};
  for (std::size_t k = 0; k < 20 * images; ++k) {
    const double s = std::clamp(within(rng), -1.0, 0.999);
    ++unit.counts[static_cast<std::size_t>((s + 1) / 2 * kBins)];
    unit.max = std::max(unit.max, s);
  }
  return unit;
}

std::vector<UnitScores> people(std::size_t train, std::size_t holdout, double shift, std::uint64_t seed) {
  Rng rng(derive_seed(seed, "people"));
  std::vector<UnitScores> units;
  for (std::size_t k = 0; k < train + holdout; ++k) {
    const std::size_t images = 1 + uniform_index(rng, 3);
    units.push_back(person(k < train, images, k < train ? shift : 0, rng));
  }
  return units;
}

double p_of(const DistributionStudy::Test& test, const std::string& statistic) {
  return std::ranges::find(test.p, statistic, &DistributionStudy::PValue::statistic)->p;
}

/// Largest distance of a sample in [0, 1] from the uniform law.
double distance_from_uniform(std::vector<double> p) {
  std::ranges::sort(p);
  double largest = 0;
  for (std::size_t i = 0; i < p.size(); ++i) {
    const auto n = static_cast<double>(p.size());
    largest = std::max({largest, p[i] - static_cast<double>(i) / n, static_cast<double>(i + 1) / n - p[i]});
  }
  return largest;
}

void expect_uniform(std::size_t repetitions, unsigned permutations) {
  std::vector<double> auc, q999, smallest;
  for (std::size_t r = 0; r < repetitions; ++r) {
    const auto units = people(14, 11, 0, r);
    const auto test = permutation_test(units, -1, 2.0 / kBins, permutations, r, 1);
    auc.push_back(p_of(test, "auc"));
    q999.push_back(p_of(test, "q99.9"));
    smallest.push_back(test.p_min);
  }
  // 1% critical value of the one-sample KS statistic, and the grid of the p-values. The far quantiles rest on a person
  // or two, so many draws tie with the observed one: their p-values are valid but not uniform.
  const double critical = 1.63 / std::sqrt(static_cast<double>(repetitions)) + 1.0 / (permutations + 1);
  EXPECT_LT(distance_from_uniform(auc), critical);
  EXPECT_LT(distance_from_uniform(smallest), critical);
  for (const auto* p : {&auc, &q999, &smallest}) {
    for (const double level : {0.01, 0.05, 0.2}) {
      const auto n = static_cast<double>(repetitions);
      const auto rejected = static_cast<double>(std::ranges::count_if(*p, [&](double x) { return x <= level; }));
      EXPECT_LE(rejected, level * n + 3 * std::sqrt(level * n) + 1) << level;
    }
  }
}

TEST(Permutation, PValuesAreUniformWhenPeopleAreExchangeable) { expect_uniform(200, 199); }

TEST(Permutation, LongPValuesAreUniformOverAThousandRepetitions) {
  if (std::getenv("SEMBLANCE_LONG_TESTS") == nullptr) GTEST_SKIP() << "set SEMBLANCE_LONG_TESTS to run";
  expect_uniform(1000, 999);
}

TEST(Permutation, ADifferenceOfPeopleIsFound) {
  const auto test = permutation_test(people(40, 40, 0.15, 3), -1, 2.0 / kBins, 999, 1, 2);
  EXPECT_LE(p_of(test, "auc"), 0.01);
  EXPECT_LE(test.p_min, 0.01);
  // The shifts are one-sided: lower scores of training people are no leakage.
  EXPECT_GE(p_of(permutation_test(people(40, 40, -0.15, 3), -1, 2.0 / kBins, 999, 1, 2), "auc"), 0.9);
}

TEST(Permutation, AgreesWithEveryRelabellingOfAFewPeople) {
  std::vector<UnitScores> units = people(4, 4, 0.08, 11);
  for (UnitScores& unit : units) unit.stratum = 1;
  const auto value = [&](unsigned chosen) {
    std::vector<double> x(kBins, 0), y(kBins, 0);
    for (std::size_t u = 0; u < 8; ++u) {
      for (std::size_t k = 0; k < kBins; ++k) {
        ((chosen >> u) % 2 == 1 ? x : y)[k] += static_cast<double>(units[u].counts[k]);
      }
    }
    return binned_statistics(x, y, -1, 2.0 / kBins).auc;
  };
  const double observed = value(0b1111);
  double all = 0;
  double as_large = 0;
  for (unsigned chosen = 0; chosen < 256; ++chosen) {
    if (__builtin_popcount(chosen) != 4) continue;
    ++all;
    as_large += value(chosen) >= observed ? 1 : 0;
  }
  EXPECT_NEAR(p_of(permutation_test(units, -1, 2.0 / kBins, 20'000, 5, 2), "auc"), as_large / all, 0.015);
}

TEST(Permutation, DoesNotDependOnThreads) {
  const auto units = people(30, 20, 0.05, 4);
  const auto one = permutation_test(units, -1, 2.0 / kBins, 500, 9, 1);
  const auto three = permutation_test(units, -1, 2.0 / kBins, 500, 9, 3);
  for (std::size_t k = 0; k < one.p.size(); ++k) EXPECT_EQ(one.p[k].p, three.p[k].p);
  EXPECT_EQ(one.p_min, three.p_min);
}

std::vector<std::vector<RowIndex>> rows_of(const std::vector<std::size_t>& images) {
  std::vector<std::vector<RowIndex>> people_rows;
  RowIndex next = 0;
  for (const std::size_t n : images) {
    people_rows.emplace_back();
    for (std::size_t k = 0; k < n; ++k) people_rows.back().push_back(next++);
  }
  return people_rows;
}

TEST(Units, HoldEveryRowOnceAndPermuteOnlyPeopleWithCounterparts) {
  const auto train = rows_of({1, 1, 2, 50});
  const auto holdout = rows_of({1, 2, 2, 7});
  const Units units = plan_units(train, holdout, 4'000, 1);
  EXPECT_EQ(units.people_per_unit, 1U);
  EXPECT_EQ(units.fixed_people, 2U);  // fifty images, seven images
  std::multiset<RowIndex> seen_train, seen_holdout;
  for (const UnitPlan& unit : units.plans)
    (unit.train ? seen_train : seen_holdout).insert(unit.rows.begin(), unit.rows.end());
  EXPECT_EQ(seen_train.size(), 54U);
  EXPECT_EQ(seen_holdout.size(), 12U);
  EXPECT_EQ(std::set<RowIndex>(seen_train.begin(), seen_train.end()).size(), 54U);
}

TEST(Units, ManyPeopleMoveInGroupsOfEqualSize) {
  const auto train = rows_of(std::vector<std::size_t>(103, 2));
  const auto holdout = rows_of(std::vector<std::size_t>(58, 2));
  const Units units = plan_units(train, holdout, 20, 7);
  EXPECT_EQ(units.people_per_unit, 9U);
  std::size_t rows = 0;
  for (const UnitPlan& unit : units.plans) {
    rows += unit.rows.size();
    EXPECT_TRUE(unit.stratum == kFixed || unit.rows.size() == 18U);
  }
  EXPECT_EQ(rows, 2U * 161U);
  EXPECT_EQ(units.fixed_people, 103U % 9 + 58U % 9);
}

}  // namespace
}  // namespace semblance::experiment_stage
