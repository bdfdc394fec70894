// The simulator against its own promises: seeds, truth, ranges, errors.

#include "semblance/simulate.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <map>
#include <set>

#include "semblance/error.hpp"
#include "simulate/geometry.hpp"

namespace semblance {
namespace {

using ::testing::HasSubstr;

SimulateOptions small_case() {
  SimulateOptions o;
  o.identities = 60;
  o.images = 4;
  o.synthetic = 150;
  o.leak_rate = 0.1;
  o.seed = 11;
  return o;
}

bool same(const SimulatedSet& x, const SimulatedSet& y) {
  return x.values == y.values && x.ids == y.ids && x.identity == y.identity;
}

TEST(Simulate, SameSeedGivesTheSameCase) {
  const SimulatedCase x = simulate(small_case());
  const SimulatedCase y = simulate(small_case());
  EXPECT_TRUE(same(x.train, y.train));
  EXPECT_TRUE(same(x.holdout, y.holdout));
  EXPECT_TRUE(same(x.synthetic, y.synthetic));
  ASSERT_EQ(x.truth.size(), y.truth.size());
  for (std::size_t i = 0; i < x.truth.size(); ++i) EXPECT_EQ(x.truth[i].synthetic_id, y.truth[i].synthetic_id);
}

TEST(Simulate, AnotherSeedGivesAnotherCase) {
  SimulateOptions o = small_case();
  const SimulatedCase x = simulate(o);
  o.seed = 12;
  const SimulatedCase y = simulate(o);
  EXPECT_NE(x.train.values, y.train.values);
  EXPECT_NE(x.synthetic.values, y.synthetic.values);
}

TEST(Simulate, RealSetsDoNotDependOnTheLeaks) {
  SimulateOptions o = small_case();
  const SimulatedCase leaking = simulate(o);
  o.leak_rate = 0;
  const SimulatedCase clean = simulate(o);
  EXPECT_TRUE(clean.truth.empty());
  EXPECT_TRUE(same(leaking.train, clean.train));
  EXPECT_TRUE(same(leaking.holdout, clean.holdout));
  const std::set<std::string> planted = geometry::planted_ids(leaking);
  for (std::size_t g = 0; g < clean.synthetic.ids.size(); ++g) {
    const bool equal = geometry::cosine(clean.synthetic, g, leaking.synthetic, g) > 0.9999;
    EXPECT_EQ(equal, !planted.contains(leaking.synthetic.ids[g])) << leaking.synthetic.ids[g];
  }
}

TEST(Simulate, ShapesAndNames) {
  SimulateOptions o = small_case();
  o.holdout_identities = 20;
  const SimulatedCase c = simulate(o);
  EXPECT_EQ(c.train.ids.size(), 240U);
  EXPECT_EQ(c.holdout.ids.size(), 80U);
  EXPECT_EQ(c.synthetic.ids.size(), 150U);
  EXPECT_EQ(c.train.values.size(), 240U * 512U);
  EXPECT_EQ(c.train.ids.front(), "train-000001-01");
  EXPECT_EQ(c.train.ids.back(), "train-000060-04");
  EXPECT_EQ(c.train.identity.back(), "person-000060");
  EXPECT_EQ(c.holdout.ids.front(), "holdout-000061-01");
  EXPECT_EQ(c.holdout.identity.back(), "person-000080");
  EXPECT_EQ(c.synthetic.ids.front(), "synthetic-000001");
  EXPECT_EQ(c.synthetic.ids.back(), "synthetic-000150");
  EXPECT_TRUE(std::all_of(c.synthetic.identity.begin(), c.synthetic.identity.end(),
                          [](const std::string& name) { return name.empty(); }));
  std::set<std::string> ids(c.train.ids.begin(), c.train.ids.end());
  ids.insert(c.holdout.ids.begin(), c.holdout.ids.end());
  ids.insert(c.synthetic.ids.begin(), c.synthetic.ids.end());
  EXPECT_EQ(ids.size(), 240U + 80U + 150U);
}

TEST(Simulate, RowsHaveLengthOne) {
  SimulateOptions o = small_case();
  o.hubs = 0.5;
  o.leak = LeakStrength::blend;
  const SimulatedCase c = simulate(o);
  for (const SimulatedSet* set : {&c.train, &c.holdout, &c.synthetic}) {
    for (std::size_t i = 0; i < set->ids.size(); ++i) {
      ASSERT_NEAR(std::sqrt(geometry::dot(*set, i, *set, i)), 1.0, 1e-6) << set->ids[i];
    }
  }
}

TEST(Simulate, LeaksAreAsManyAsAskedForAndSpreadOverRows) {
  SimulateOptions o = small_case();
  o.identities = 250;
  o.synthetic = 2000;
  o.leak_rate = 0.11;  // 27.5 people, rounded to 28
  o.images_per_leak = 3;
  o.dimension = 16;
  const SimulatedCase c = simulate(o);
  ASSERT_EQ(c.truth.size(), 28U * 3U);
  std::map<std::string, int> images;
  for (const PlantedLeak& leak : c.truth) ++images[leak.identity];
  EXPECT_EQ(images.size(), 28U);
  for (const auto& [identity, n] : images) EXPECT_EQ(n, 3) << identity;
  EXPECT_EQ(geometry::planted_ids(c).size(), 84U);
  EXPECT_TRUE(std::is_sorted(c.truth.begin(), c.truth.end(),
                             [](const PlantedLeak& x, const PlantedLeak& y) { return x.identity < y.identity; }));

  // Neither the people nor the rows tell who leaks: both reach into every quarter.
  std::array<int, 4> people{}, rows{};
  for (const PlantedLeak& leak : c.truth) {
    ++people[(std::stoul(leak.identity.substr(7)) - 1) * 4 / 250];
    ++rows[(std::stoul(leak.synthetic_id.substr(10)) - 1) * 4 / 2000];
  }
  for (std::size_t k = 0; k < 4; ++k) {
    EXPECT_GT(people[k], 0) << "quarter " << k;
    EXPECT_GT(rows[k], 5) << "quarter " << k;
  }
}

TEST(Simulate, ImageNumbersHaveAHeavyTailAndTheMeanAskedFor) {
  SimulateOptions o = small_case();
  o.identities = 4000;
  o.images = 20;
  o.images_spread = 1.0;
  o.dimension = 2;
  o.leak_rate = 0;
  const SimulatedCase c = simulate(o);
  std::map<std::string, std::size_t> counts;
  for (const std::string& identity : c.train.identity) ++counts[identity];
  EXPECT_EQ(counts.size(), 4000U);
  std::vector<double> n;
  for (const auto& [identity, count] : counts) n.push_back(static_cast<double>(count));
  std::sort(n.begin(), n.end());
  // Log-normal with sigma 1 and mean 20: median 12.1, 99th percentile 124; standard error of the mean 0.41.
  EXPECT_NEAR(geometry::mean(n), 20.0, 1.7);
  EXPECT_NEAR(n[n.size() / 2], 12.1, 1.0);
  EXPECT_NEAR(n[n.size() * 99 / 100], 124.0, 25.0);
  EXPECT_GE(n.front(), 1.0);
  EXPECT_LE(n.back(), 500.0);
}

TEST(Simulate, OptionsOutOfRangeAreNamed) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  auto subject = [](auto&& change) {
    SimulateOptions o = small_case();
    change(o);
    try {
      simulate(o);
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::usage);
      EXPECT_EQ(error.stage(), "simulate");
      return error.subject();
    }
    return std::string("no error");
  };
  using O = SimulateOptions;
  EXPECT_EQ(subject([](O& o) { o.identities = 0; }), "--identities");
  EXPECT_EQ(subject([](O& o) { o.images = 0; }), "--images");
  EXPECT_EQ(subject([](O& o) { o.images = 501; }), "--images");
  EXPECT_EQ(subject([](O& o) { o.images_spread = -1; }), "--images-spread");
  EXPECT_EQ(subject([](O& o) { o.synthetic = 0; }), "--synthetic");
  EXPECT_EQ(subject([](O& o) { o.dimension = 1; }), "--dimension");
  EXPECT_EQ(subject([&](O& o) { o.spectrum = nan; }), "--spectrum");
  EXPECT_EQ(subject([](O& o) { o.intra_class = -0.1; }), "--intra-class");
  EXPECT_EQ(subject([](O& o) { o.leak_rate = 1.01; }), "--leak-rate");
  EXPECT_EQ(subject([&](O& o) { o.leak_rate = nan; }), "--leak-rate");
  EXPECT_EQ(subject([](O& o) { o.images_per_leak = 0; }), "--images-per-leak");
  EXPECT_EQ(subject([](O& o) { o.hubs = 1.5; }), "--hubs");
  EXPECT_EQ(subject([](O& o) { o.shift = -1; }), "--shift");
  EXPECT_EQ(subject([](O& o) { o.images_per_leak = 26; }), "--synthetic");  // 6 people x 26 > 150
  EXPECT_EQ(subject([](O& o) { o.images_per_leak = 25; }), "no error");
  EXPECT_EQ(subject([](O& o) { o.leak_rate = 1; }), "no error");
}

TEST(Simulate, ErrorSaysTheRangeAndTheValue) {
  SimulateOptions o = small_case();
  o.leak_rate = 1.5;
  try {
    simulate(o);
    FAIL() << "accepted a leak rate of 1.5";
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("--leak-rate: must lie in [0, 1]; got 1.5"));
  }
}

}  // namespace
}  // namespace semblance
