#include <gtest/gtest.h>

#include <algorithm>
#include <boost/random/mersenne_twister.hpp>
#include <boost/random/normal_distribution.hpp>
#include <limits>
#include <vector>

#include "semblance/calibrate.hpp"
#include "semblance/error.hpp"

namespace semblance {
namespace {

std::vector<double> normal_scores(std::size_t n, unsigned seed) {
  boost::random::mt19937_64 rng(seed);
  boost::random::normal_distribution<double> law(0.0, 0.25);
  std::vector<double> scores(n);
  for (double& s : scores) s = std::clamp(law(rng), -1.0, 1.0);
  return scores;
}

/// Bins by search over the edges, as the header defines them.
Histogram binned(const std::vector<double>& scores, std::size_t bins) {
  Histogram h;
  h.counts.assign(bins, 0);
  for (const double s : scores) {
    std::size_t k = 0;
    while (k + 1 < bins && s >= h.edge(k + 1)) ++k;
    ++h.counts[k];
  }
  return h;
}

std::uint64_t at_or_over(const std::vector<double>& scores, double t) {
  return static_cast<std::uint64_t>(std::ranges::count_if(scores, [&](double s) { return s >= t; }));
}

TEST(ThresholdAtFmr, IsTheLowestEdgeThatKeepsTheTarget) {
  const auto scores = normal_scores(20'000, 1);
  const Histogram h = binned(scores, 512);
  for (const double target : {0.5, 0.1, 0.01, 1e-3, 1e-4}) {
    const FmrThreshold t = threshold_at_fmr(h, target);
    EXPECT_EQ(t.fmr_target, target);
    EXPECT_EQ(t.false_matches, at_or_over(scores, t.score));
    EXPECT_DOUBLE_EQ(t.fmr, static_cast<double>(t.false_matches) / 20'000.0);
    EXPECT_LE(t.fmr, target);
    EXPECT_GT(static_cast<double>(at_or_over(scores, t.score - 2.0 / 512)) / 20'000.0, target);
    EXPECT_TRUE(t.resolved);
    EXPECT_EQ(t.rule_of_30, t.false_matches >= 30);
  }
}

TEST(ThresholdAtFmr, ADecimalTargetThatTheCountsMeetExactlyIsMet) {
  Histogram h;
  h.counts = {999'999, 0, 1, 0};
  const FmrThreshold t = threshold_at_fmr(h, 1e-6);
  EXPECT_TRUE(t.resolved);
  EXPECT_EQ(t.false_matches, 1U);
  EXPECT_DOUBLE_EQ(t.score, h.edge(1));
}

TEST(ThresholdAtFmr, TooFewPairsGiveTheEdgeJustOverTheBestAndSaySo) {
  const auto scores = normal_scores(1'000, 2);
  const double best = *std::ranges::max_element(scores);
  const FmrThreshold t = threshold_at_fmr(binned(scores, 512), 1e-6);
  EXPECT_FALSE(t.resolved);
  EXPECT_FALSE(t.rule_of_30);
  EXPECT_EQ(t.false_matches, 0U);
  EXPECT_GT(t.score, best);
  EXPECT_LE(t.score, best + 2.0 / 512);
}

TEST(ThresholdAtFmr, ScoresInTheTopBinAreExcludedByAThresholdPastTheRange) {
  Histogram h;
  h.counts = {10, 10, 5};
  const FmrThreshold t = threshold_at_fmr(h, 0.01);
  EXPECT_EQ(t.false_matches, 0U);
  EXPECT_GT(t.score, h.high);
}

TEST(ThresholdAtFmr, ATargetOfOnePassesEverything) {
  Histogram h;
  h.counts = {10, 10, 5};
  EXPECT_DOUBLE_EQ(threshold_at_fmr(h, 1).score, h.low);
  EXPECT_DOUBLE_EQ(threshold_at_fmr(h, 1).fmr, 1);
}

TEST(ThresholdAtFmr, RefusesTargetsOutsideTheUnitIntervalAndEmptyHistograms) {
  Histogram h;
  h.counts = {1, 1};
  for (const double target : {0.0, -1.0, 1.5, std::numeric_limits<double>::quiet_NaN()}) {
    try {
      threshold_at_fmr(h, target);
      FAIL();
    } catch (const Error& e) {
      EXPECT_EQ(e.code(), ErrorCode::usage);
    }
  }
  h.counts = {0, 0};
  EXPECT_THROW(threshold_at_fmr(h, 0.1), Error);
  EXPECT_THROW(fmr_of_score(h, 0.1), Error);
  EXPECT_THROW(threshold_at_fmr(Histogram{}, 0.1), Error);
}

TEST(FmrOfScore, IsNeverUnderstatedAndOffByLessThanABin) {
  const auto scores = normal_scores(5'000, 3);
  const Histogram h = binned(scores, 256);
  for (double s = -1.2; s < 0.7; s += 0.013) {
    const auto fmr = fmr_of_score(h, s);
    ASSERT_TRUE(fmr.has_value()) << s;
    EXPECT_GE(*fmr, static_cast<double>(at_or_over(scores, s)) / 5'000.0);
    EXPECT_LE(*fmr, static_cast<double>(at_or_over(scores, s - 2.0 / 256)) / 5'000.0);
  }
}

TEST(FmrOfScore, AnEdgeBelongsToTheBinAboveIt) {
  Histogram h;
  h.counts.assign(4096, 1);
  for (std::size_t k = 0; k < 4096; ++k) {
    ASSERT_DOUBLE_EQ(fmr_of_score(h, h.edge(k)).value(), static_cast<double>(4096 - k) / 4096.0) << k;
  }
}

TEST(FmrOfScore, IsUnknownWhereNoScoreReaches) {
  Histogram h;
  h.counts = {10, 10, 0, 0};
  EXPECT_FALSE(fmr_of_score(h, 0.1).has_value());
  EXPECT_FALSE(fmr_of_score(h, 7).has_value());
  EXPECT_FALSE(fmr_of_score(h, std::numeric_limits<double>::quiet_NaN()).has_value());
  EXPECT_DOUBLE_EQ(fmr_of_score(h, -7).value(), 1);
}

TEST(HistogramSum, AddsBinByBinAndRefusesOtherRanges) {
  Histogram x, y;
  x.counts = {1, 2, 3};
  y.counts = {10, 20, 30};
  EXPECT_EQ((x + y).counts, (std::vector<std::uint64_t>{11, 22, 33}));
  y.high = 2;
  EXPECT_THROW(x + y, Error);
  y.high = x.high;
  y.counts = {1};
  EXPECT_THROW(x + y, Error);
}

}  // namespace
}  // namespace semblance
