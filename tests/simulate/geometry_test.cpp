// Do the simulated scores look as docs/simulate.md says, and does the truth agree with the geometry?

#include "simulate/geometry.hpp"

#include <gtest/gtest.h>

#include <Eigen/Core>
#include <algorithm>
#include <cmath>
#include <map>

#include "semblance/simulate.hpp"

namespace semblance {
namespace {

using geometry::deviation;
using geometry::mean;

SimulateOptions middle_case() {
  SimulateOptions o;
  o.identities = 200;
  o.images = 4;
  o.synthetic = 300;
  o.leak_rate = 0.2;
  o.seed = 5;
  return o;
}

/// Every planted image against every training image of its person, and against its source.
struct LeakScores {
  std::vector<double> person, source, others;
};

LeakScores leak_scores(const SimulatedCase& c) {
  LeakScores out;
  for (const PlantedLeak& leak : c.truth) {
    const std::size_t g = geometry::row_of(c.synthetic, leak.synthetic_id);
    for (std::size_t r = 0; r < c.train.ids.size(); ++r) {
      const double s = geometry::dot(c.train, r, c.synthetic, g);
      if (c.train.identity[r] != leak.identity) {
        out.others.push_back(s);
      } else if (c.train.ids[r] == leak.source_id) {
        out.source.push_back(s);
      } else {
        out.person.push_back(s);
      }
    }
  }
  return out;
}

/// Best score over all of G of every person with four images, the independent unit of R and H.
std::vector<double> bests_of_four(const SimulatedSet& real, const SimulatedSet& synthetic) {
  const std::vector<double> scores = geometry::cross_scores(real, synthetic);
  const auto step = static_cast<std::ptrdiff_t>(4 * synthetic.ids.size());
  std::vector<double> bests;
  for (auto p = scores.begin(); p != scores.end(); p += step) bests.push_back(*std::max_element(p, p + step));
  return bests;
}

/// Welch's statistic: about standard normal where the means are equal.
double welch(const std::vector<double>& x, const std::vector<double>& y) {
  const double vx = deviation(x) * deviation(x) / static_cast<double>(x.size());
  const double vy = deviation(y) * deviation(y) / static_cast<double>(y.size());
  return (mean(x) - mean(y)) / std::sqrt(vx + vy);
}

TEST(SimulateGeometry, MatedAndNonMatedScoresAreInTheStatedRanges) {
  const SimulatedCase c = simulate(middle_case());
  for (const SimulatedSet* set : {&c.train, &c.holdout}) {
    const std::vector<double> mated = geometry::mated_scores(*set);
    EXPECT_NEAR(mean(mated), 0.66, 0.02);
    EXPECT_NEAR(deviation(mated), 0.08, 0.012);
    const std::vector<double> non_mated = geometry::cross_scores(*set, c.synthetic);
    EXPECT_NEAR(mean(non_mated), 0.014, 0.012);
    EXPECT_NEAR(deviation(non_mated), 0.071, 0.01);
  }
}

TEST(SimulateGeometry, TrainAndHoldoutAreAlikeWithoutShift) {
  SimulateOptions o = middle_case();
  o.leak_rate = 0;
  const SimulatedCase c = simulate(o);
  const std::vector<double> r = geometry::cross_scores(c.train, c.synthetic);
  const std::vector<double> h = geometry::cross_scores(c.holdout, c.synthetic);
  EXPECT_NEAR(mean(r), mean(h), 0.004);
  EXPECT_NEAR(deviation(r), deviation(h), 0.005);
  EXPECT_LT(std::abs(welch(bests_of_four(c.train, c.synthetic), bests_of_four(c.holdout, c.synthetic))), 3.5);
}

TEST(SimulateGeometry, SamePersonLeaksScoreLikeMatedPairs) {
  const SimulatedCase c = simulate(middle_case());
  const LeakScores s = leak_scores(c);
  const std::vector<double> mated = geometry::mated_scores(c.train);
  ASSERT_EQ(s.person.size(), 40U * 4U);
  EXPECT_TRUE(s.source.empty());
  EXPECT_NEAR(mean(s.person), mean(mated), 0.03);
  EXPECT_NEAR(deviation(s.person), deviation(mated), 0.02);
  EXPECT_NEAR(mean(s.others), 0.014, 0.012);
}

TEST(SimulateGeometry, NearCopiesAreNearTheirSource) {
  SimulateOptions o = middle_case();
  o.leak = LeakStrength::near_copy;
  const LeakScores s = leak_scores(simulate(o));
  ASSERT_EQ(s.source.size(), 40U);
  EXPECT_GT(*std::min_element(s.source.begin(), s.source.end()), 0.95);
  EXPECT_LT(*std::max_element(s.source.begin(), s.source.end()), 0.9999);
  EXPECT_NEAR(mean(s.person), 0.66 * 0.97, 0.04);
}

TEST(SimulateGeometry, BlendsAreHalfThePerson) {
  SimulateOptions o = middle_case();
  o.leak = LeakStrength::blend;
  const LeakScores s = leak_scores(simulate(o));
  ASSERT_EQ(s.source.size(), 40U);
  EXPECT_NEAR(mean(s.source), 0.71, 0.04);
  EXPECT_NEAR(mean(s.person), 0.66 * 0.71, 0.04);
  EXPECT_NEAR(mean(s.others), 0.014, 0.015);
}

TEST(SimulateGeometry, WiderSpreadLowersMatedScores) {
  SimulateOptions o = middle_case();
  o.intra_class = 1.0;
  EXPECT_NEAR(mean(geometry::mated_scores(simulate(o).train)), 0.5, 0.03);  // 1 / (1 + 1^2)
}

TEST(SimulateGeometry, FlatSpectrumSeparatesStrangers) {
  SimulateOptions o = middle_case();
  o.spectrum = 0;
  const SimulatedCase c = simulate(o);
  EXPECT_NEAR(deviation(geometry::cross_scores(c.train, c.synthetic)), 1 / std::sqrt(512.0), 0.004);
}

/// Share of synthetic images whose best match in `real` is one of the 1% of items that are best most often.
double share_of_top_items(const SimulatedSet& real, const SimulatedSet& synthetic) {
  std::vector<std::size_t> wins(real.ids.size(), 0);
  for (std::size_t g = 0; g < synthetic.ids.size(); ++g) {
    std::size_t best = 0;
    for (std::size_t r = 1; r < real.ids.size(); ++r) {
      if (geometry::dot(real, r, synthetic, g) > geometry::dot(real, best, synthetic, g)) best = r;
    }
    ++wins[best];
  }
  std::sort(wins.rbegin(), wins.rend());
  std::size_t top = 0;
  for (std::size_t k = 0; k < real.ids.size() / 100; ++k) top += wins[k];
  return static_cast<double>(top) / static_cast<double>(synthetic.ids.size());
}

TEST(SimulateGeometry, HubsTakeManyBestMatchesInBothSets) {
  SimulateOptions o = middle_case();
  o.images = 3;
  o.leak_rate = 0;
  const SimulatedCase plain = simulate(o);
  o.hubs = 0.7;
  const SimulatedCase hubbed = simulate(o);
  EXPECT_LT(share_of_top_items(plain.train, plain.synthetic), 0.12);
  EXPECT_GT(share_of_top_items(hubbed.train, hubbed.synthetic), 0.2);
  EXPECT_GT(share_of_top_items(hubbed.holdout, hubbed.synthetic), 0.2);

  std::size_t moved = 0;
  for (std::size_t r = 0; r < plain.train.ids.size(); ++r) {
    if (geometry::cosine(plain.train, r, hubbed.train, r) < 0.99) ++moved;
  }
  EXPECT_GE(moved, 1U);
  EXPECT_LE(moved, 12U);  // 600 images, 3 expected
}

TEST(SimulateGeometry, ShiftSetsHoldoutApart) {
  SimulateOptions o = middle_case();
  o.leak_rate = 0;
  o.shift = 1.0;
  const SimulatedCase c = simulate(o);
  // H's people share a mean of length 1 beside their own part of length 1, so their centres' cosines grow by half.
  std::vector<double> within;
  for (std::size_t i = 0; i < c.holdout.ids.size(); i += 4) {
    for (std::size_t j = i + 4; j < c.holdout.ids.size(); j += 4)
      within.push_back(geometry::dot(c.holdout, i, c.holdout, j));
  }
  EXPECT_NEAR(mean(within), 0.5 * 0.66, 0.04);
  EXPECT_NEAR(mean(geometry::cross_scores(c.train, c.synthetic)), 0.014, 0.012);
  EXPECT_GT(welch(bests_of_four(c.train, c.synthetic), bests_of_four(c.holdout, c.synthetic)), 3.5);
}

using RowMatrix = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

/// Best score of every person of a set over all of G, by name.
std::map<std::string, float> person_bests(const SimulatedSet& real, const SimulatedSet& synthetic,
                                          std::size_t dimension) {
  const auto d = static_cast<Eigen::Index>(dimension);
  const Eigen::Map<const RowMatrix> g(synthetic.values.data(), static_cast<Eigen::Index>(synthetic.ids.size()), d);
  std::map<std::string, float> bests;
  constexpr std::size_t kBlock = 500;
  for (std::size_t first = 0; first < real.ids.size(); first += kBlock) {
    const std::size_t rows = std::min(kBlock, real.ids.size() - first);
    const Eigen::Map<const RowMatrix> x(real.values.data() + first * dimension, static_cast<Eigen::Index>(rows), d);
    const Eigen::VectorXf best = (x * g.transpose()).rowwise().maxCoeff();
    for (std::size_t i = 0; i < rows; ++i) {
      float& mine = bests.try_emplace(real.identity[first + i], -1.0F).first->second;
      mine = std::max(mine, best[static_cast<Eigen::Index>(i)]);
    }
  }
  return bests;
}

TEST(SimulateGeometry, DefaultLeaksStandOutFromHoldoutPeople) {
  const SimulateOptions o;
  const SimulatedCase c = simulate(o);
  ASSERT_EQ(c.truth.size(), 40U);
  float best_of_holdout = -1;
  for (const auto& [name, best] : person_bests(c.holdout, c.synthetic, o.dimension)) {
    best_of_holdout = std::max(best_of_holdout, best);
  }
  int above = 0;
  for (const PlantedLeak& leak : c.truth) {
    const std::size_t g = geometry::row_of(c.synthetic, leak.synthetic_id);
    const std::size_t first = (std::stoul(leak.identity.substr(7)) - 1) * o.images;
    double best = -1;
    for (std::size_t i = 0; i < o.images; ++i) best = std::max(best, geometry::dot(c.train, first + i, c.synthetic, g));
    if (best > static_cast<double>(best_of_holdout)) ++above;
  }
  EXPECT_GE(above, 38);  // 95% of 40 have the smallest conformal p-value that 2000 held-out people allow
}

}  // namespace
}  // namespace semblance
