// Normalised scores against their definition, in long double, one pair at a time.

#include "semblance/cohort.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "semblance/error.hpp"

namespace semblance {
namespace {

struct Set {
  std::size_t rows = 0, dim = 0;
  std::vector<float> values;
  std::vector<IdentityIndex> identity;
  [[nodiscard]] ScoreSide side() const {
    return {.matrix = {values.data(), rows, dim, dim}, .order = {}, .identity = identity, .identities = rows};
  }
};

Set draw(std::size_t rows, std::size_t dim, unsigned seed) {
  std::mt19937 rng(seed);
  std::normal_distribution<float> normal;
  Set set{rows, dim, std::vector<float>(rows * dim), std::vector<IdentityIndex>(rows)};
  for (float& x : set.values) x = normal(rng) + 0.3F;
  for (std::size_t i = 0; i < rows; ++i) set.identity[i] = static_cast<IdentityIndex>(i / 3);
  return set;
}

struct Moments {
  long double mean = 0, deviation = 0;
};

// Row i of a set against every cohort image of somebody else.
Moments moments(const Set& set, std::size_t i, const Set& cohort, bool by_person) {
  std::vector<long double> scores;
  for (std::size_t k = 0; k < cohort.rows; ++k) {
    if (by_person && cohort.identity[k] == set.identity[i]) continue;
    scores.push_back(reference_score(set.side().matrix.row(i), cohort.side().matrix.row(k), Comparison::cosine));
  }
  Moments m;
  for (const long double s : scores) m.mean += s / static_cast<long double>(scores.size());
  for (const long double s : scores) m.deviation += (s - m.mean) * (s - m.mean);
  m.deviation = std::sqrt(m.deviation / static_cast<long double>(scores.size() - 1));
  return m;
}

long double expected(long double score, const Moments& x, const Moments& y, ScoreNorm norm) {
  const long double z = (score - x.mean) / x.deviation;
  const long double t = (score - y.mean) / y.deviation;
  return norm == ScoreNorm::z ? z : norm == ScoreNorm::t ? t : norm == ScoreNorm::s ? (z + t) / 2 : score;
}

TEST(CohortNormalisation, IsItsDefinition) {
  const Set real = draw(12, 33, 1);
  const Set synthetic = draw(9, 33, 2);
  const Set cohort = draw(40, 33, 3);
  const auto of_real =
      cohort_statistics(real.side(), real.identity, cohort.side(), cohort.identity, Comparison::cosine, 2);
  const auto of_synthetic =
      cohort_statistics(synthetic.side(), {}, cohort.side(), cohort.identity, Comparison::cosine, 2);
  for (const ScoreNorm norm : {ScoreNorm::none, ScoreNorm::z, ScoreNorm::t, ScoreNorm::s}) {
    const auto a = normalised_rows(real.side(), of_real, norm, ScoreRole::reference, Comparison::cosine, 2);
    const auto b = normalised_rows(synthetic.side(), of_synthetic, norm, ScoreRole::probe, Comparison::cosine, 2);
    ASSERT_EQ(a.dim, b.dim);
    for (std::size_t i = 0; i < real.rows; ++i) {
      const Moments x = moments(real, i, cohort, true);
      for (std::size_t j = 0; j < synthetic.rows; ++j) {
        const Moments y = moments(synthetic, j, cohort, false);
        const double raw =
            reference_score(real.side().matrix.row(i), synthetic.side().matrix.row(j), Comparison::cosine);
        const double got = reference_score(a.view().row(i), b.view().row(j), Comparison::inner_product);
        ASSERT_NEAR(got, static_cast<double>(expected(raw, x, y, norm)), 2e-6) << score_norm_name(norm);
      }
    }
  }
}

TEST(CohortNormalisation, ASetInTwoRolesCountsEveryOrderedPairOnce) {
  const Set set = draw(10, 17, 4);
  const Set cohort = draw(50, 17, 5);
  const auto statistics = cohort_statistics(set.side(), {}, cohort.side(), {}, Comparison::cosine, 1);
  ScoreSide a = set.side();
  ScoreSide b = set.side();
  const auto left = normalised_rows(a, statistics, ScoreNorm::z, ScoreRole::reference, Comparison::cosine, 1);
  const auto right = normalised_rows(b, statistics, ScoreNorm::z, ScoreRole::probe, Comparison::cosine, 1);
  a.matrix = left.view();
  b.matrix = right.view();
  SinkRequest request;
  request.histogram = true;
  request.histogram_range = {{-20, 20}};
  const SelfScoreResult result = score_roles(a, b, request, {});
  const auto best = best_mated_scores(a, b, {});
  std::uint64_t mated = 0;
  for (std::size_t i = 0; i < set.rows; ++i) {
    double expected_best = -std::numeric_limits<double>::infinity();
    for (std::size_t j = 0; j < set.rows; ++j) {
      if (i == j) continue;
      const double score = reference_score(a.matrix.row(i), b.matrix.row(j), Comparison::inner_product);
      const bool same = set.identity[i] == set.identity[j];
      mated += same ? 1 : 0;
      if (same) expected_best = std::max(expected_best, score);
      const auto bin = static_cast<std::size_t>(std::floor((score + 20) / 40 * kHistogramBins));
      EXPECT_GE((same ? result.mated : result.non_mated).counts[bin], 1U);
    }
    EXPECT_DOUBLE_EQ(best[i], expected_best);
  }
  EXPECT_EQ(result.mated_pairs, mated);
  EXPECT_EQ(result.non_mated_pairs, set.rows * (set.rows - 1) - mated);
}

TEST(CohortNormalisation, IsTheSameForAnyNumberOfThreads) {
  const Set set = draw(700, 20, 6);
  const Set cohort = draw(60, 20, 7);
  const auto one = cohort_statistics(set.side(), {}, cohort.side(), {}, Comparison::cosine, 1);
  const auto three = cohort_statistics(set.side(), {}, cohort.side(), {}, Comparison::cosine, 3);
  EXPECT_EQ(one.mean, three.mean);
  EXPECT_EQ(one.deviation, three.deviation);
}

TEST(CohortNormalisation, RefusesWhatItCannotDo) {
  const Set set = draw(6, 8, 8);
  const Set cohort = draw(30, 8, 9);
  const auto statistics = [&](const Set& strangers, Comparison comparison) {
    return cohort_statistics(set.side(), set.identity, strangers.side(), strangers.identity, comparison, 1);
  };
  EXPECT_THROW(statistics(cohort, Comparison::negative_squared_l2), Error);
  EXPECT_THROW(statistics(draw(30, 9, 9), Comparison::cosine), Error);  // other dimensions
  EXPECT_THROW(statistics(draw(4, 8, 9), Comparison::cosine), Error);   // one stranger for the first person
  Set same = cohort;
  for (std::size_t i = 0; i < same.values.size(); ++i) same.values[i] = same.values[i % 8];
  EXPECT_THROW(statistics(same, Comparison::cosine), Error);  // no spread
  ScoreSide fewer = set.side();
  fewer.matrix.rows = 3;
  EXPECT_THROW(score_roles(set.side(), fewer, {}, {}), Error);
}

}  // namespace
}  // namespace semblance
