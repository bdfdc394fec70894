#include "assess/intervals.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "assess/oracle_values.hpp"
#include "semblance/error.hpp"

namespace semblance {
namespace {

TEST(Wilson, AgreesWithStatsmodels) {
  for (const auto& c : oracle::kWilson) {
    const Interval i = wilson(c.x, c.n, c.level);
    EXPECT_NEAR(i.low, c.low, 1e-12) << c.x << " of " << c.n;
    EXPECT_NEAR(i.high, c.high, 1e-12) << c.x << " of " << c.n;
  }
}

TEST(Wilson, NoUnitsLeaveEverythingOpenAndNonsenseIsRefused) {
  EXPECT_EQ(wilson(0, 0, 0.95).low, 0);
  EXPECT_EQ(wilson(0, 0, 0.95).high, 1);
  EXPECT_THROW(wilson(3, 2, 0.95), Error);
  EXPECT_THROW(wilson(1, 2, 1.0), Error);
}

TEST(RatioInterval, AKnownDivisorOnlyScales) {
  const Measured x{0.3, {0.2, 0.45}};
  const Interval i = ratio_interval(x, {0.5, {0.5, 0.5}});
  EXPECT_NEAR(i.low, 0.4, 1e-12);
  EXPECT_NEAR(i.high, 0.9, 1e-12);
}

TEST(RatioInterval, AnUncertainDivisorWidensBothEnds) {
  const Measured x{0.3, {0.2, 0.45}};
  const Interval known = ratio_interval(x, {0.5, {0.5, 0.5}});
  const Interval measured = ratio_interval(x, {0.5, {0.4, 0.6}});
  EXPECT_LT(measured.low, known.low);
  EXPECT_GT(measured.high, known.high);
}

TEST(RatioInterval, ANumeratorThatMayBeNegativeStaysFinite) {
  const Interval i = ratio_interval({0, {-0.1, 0.1}}, {0.9, {0.7, 1.0}});
  EXPECT_LT(i.low, 0);
  EXPECT_GT(i.high, 0.1 / 1.0);
  EXPECT_TRUE(std::isfinite(i.low) && std::isfinite(i.high));
  EXPECT_TRUE(std::isfinite(ratio_interval({0.01, {0.001, 0.05}}, {0.3, {0.1, 0.7}}).low));
}

TEST(DifferenceInterval, IsNewcombesForShares) {
  // Newcombe 1998, Statistics in Medicine 17:873, table II, method 10: 56/70 - 48/80.
  const double z = two_sided_z(0.95);
  const Interval i =
      difference_interval({56.0 / 70, wilson_share(56.0 / 70, 70, z)}, {48.0 / 80, wilson_share(48.0 / 80, 80, z)});
  EXPECT_NEAR(i.low, 0.0524, 5e-5);
  EXPECT_NEAR(i.high, 0.3339, 5e-5);
}

TEST(RatioInterval, CoversTheRatioOfTwoShares) {
  std::mt19937_64 rng(5);
  for (const auto& [p, q, n, m] : {std::tuple{0.4, 0.8, 200, 150}, {0.1, 0.9, 400, 60}, {0.9, 0.95, 100, 100}}) {
    std::binomial_distribution<int> x(n, p);
    std::binomial_distribution<int> y(m, q);
    int covered = 0;
    for (int r = 0; r < 2000; ++r) {
      const double a = static_cast<double>(x(rng)) / n;
      const double b = static_cast<double>(y(rng)) / m;
      const double z = two_sided_z(0.95);
      const Interval i = ratio_interval({a, wilson_share(a, n, z)}, {b, wilson_share(b, m, z)});
      covered += i.low <= p / q && p / q <= i.high ? 1 : 0;
    }
    EXPECT_GE(covered, 1860) << p << " / " << q;  // 93%
    EXPECT_LE(covered, 1945) << p << " / " << q;
  }
}

}  // namespace
}  // namespace semblance
