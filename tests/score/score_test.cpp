#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cases.hpp"
#include "semblance/error.hpp"

namespace semblance {
namespace {

using oracle::Set;

constexpr Comparison kComparisons[] = {Comparison::cosine, Comparison::inner_product, Comparison::negative_squared_l2};

SinkRequest everything(double threshold) {
  SinkRequest request;
  request.top_pairs = 37;
  request.threshold = threshold;
  request.threshold_cap = 50;
  request.row_bests = 3;
  request.column_bests = 2;
  request.identity_bests_a = true;
  request.identity_bests_b = true;
  request.histogram = true;
  return request;
}

void expect_same(const ScoreResult& got, const ScoreResult& want) {
  EXPECT_EQ(got.pairs, want.pairs);
  EXPECT_EQ(got.top_pairs, want.top_pairs);
  EXPECT_EQ(got.over_threshold, want.over_threshold);
  EXPECT_EQ(got.over_threshold_total, want.over_threshold_total);
  EXPECT_EQ(got.threshold_cap_hit, want.threshold_cap_hit);
  EXPECT_EQ(got.row_bests, want.row_bests);
  EXPECT_EQ(got.column_bests, want.column_bests);
  EXPECT_EQ(got.identity_bests_a, want.identity_bests_a);
  EXPECT_EQ(got.identity_bests_b, want.identity_bests_b);
  EXPECT_EQ(got.histogram.counts, want.histogram.counts);
}

void expect_oracle(const Set& a, const Set& b, Comparison comparison, double threshold) {
  SinkRequest request = everything(threshold);
  const ScoreResult first = score(a.side(), b.side(), request, {.comparison = comparison, .threads = 1});
  ScoreResult want = oracle::result(a, b, request, comparison, first.histogram.low, first.histogram.high);
  expect_same(first, want);
  const auto by_every_kernel = [&] {
    for (const std::string& kernel : score_kernels()) {
      for (const std::size_t tile : {std::size_t{0}, std::size_t{1}, std::size_t{7}, std::size_t{33}}) {
        SCOPED_TRACE(kernel + " tile " + std::to_string(tile));
        const ScoreOptions options{
            .comparison = comparison, .threads = 3, .tile_rows = tile, .tile_cols = 2 * tile, .kernel = kernel};
        const ScoreResult again = score(a.side(), b.side(), request, options);
        EXPECT_EQ(again.kernel, kernel);
        expect_same(again, want);
      }
    }
  };
  if (comparison == Comparison::cosine) by_every_kernel();  // each can count them
  request.histogram = false;
  want.histogram.counts.clear();
  by_every_kernel();
}

TEST(Score, MatchesTheOracleOnOrdinarySets) {
  for (const Comparison comparison : kComparisons) {
    const Set a = cases::ordinary(61, 40, 1, nullptr, 3);
    const Set b = cases::ordinary(83, 40, 2, &a, 1);
    expect_oracle(a, b, comparison,
                  comparison == Comparison::cosine          ? 0.5
                  : comparison == Comparison::inner_product ? 20
                                                            : -30);
  }
}

TEST(Score, MatchesTheOracleOnHostileSets) {
  for (const Comparison comparison : kComparisons) {
    const Set a = cases::hostile(65, 24, 3);
    Set b = cases::hostile(49, 24, 4);
    for (std::size_t i = 0; i < b.rows; i += 2) std::copy_n(a.row(i), a.dim, b.row(i));
    expect_oracle(a, b, comparison, comparison == Comparison::cosine ? 0.9999 : 0);
  }
}

TEST(Score, EmptyAndTinySides) {
  for (const std::size_t n : {std::size_t{0}, std::size_t{1}}) {
    for (const std::size_t m : {std::size_t{0}, std::size_t{1}, std::size_t{5}}) {
      const Set a = cases::ordinary(n, 8, 5);
      const Set b = cases::ordinary(m, 8, 6);
      expect_oracle(a, b, Comparison::cosine, 0.0);
      expect_oracle(b, a, Comparison::cosine, 0.0);
    }
  }
}

TEST(Score, RowsThatFillATileUpAreNoPairs) {
  const Set a = cases::ordinary(1, 40, 3);
  const Set b = cases::ordinary(64, 40, 4);
  for (const std::string& kernel : score_kernels()) {
    SCOPED_TRACE(kernel);
    SinkRequest request;
    request.column_bests = 1;
    ScoreOptions options;
    options.kernel = kernel;
    const Certificate certificate = score(a.side(), b.side(), request, options).certificate;
    EXPECT_LE(certificate.survived, certificate.screened);
  }
}

TEST(Score, TiesBreakByTheGivenOrder) {
  Set a(4, 3);
  Set b(3, 3);
  std::fill(a.data.begin(), a.data.end(), 1.0F);
  std::fill(b.data.begin(), b.data.end(), 1.0F);
  a.order = {3, 1, 0, 2};
  b.order = {2, 0, 1};
  SinkRequest request;
  request.top_pairs = 2;
  request.row_bests = 1;
  request.column_bests = 1;
  const ScoreResult result = score(a.side(), b.side(), request, {});
  ASSERT_EQ(result.top_pairs.size(), 2U);
  EXPECT_EQ(result.top_pairs[0].a, 2U);
  EXPECT_EQ(result.top_pairs[0].b, 1U);
  EXPECT_EQ(result.top_pairs[1].b, 2U);
  for (const PairScore& pair : result.row_bests) EXPECT_EQ(pair.b, 1U);
  for (const PairScore& pair : result.column_bests) EXPECT_EQ(pair.a, 2U);
}

TEST(Score, HistogramEdgesBelongToTheBinAbove) {
  Set a(1, 1);
  Set b(5, 1);
  a.data = {1};
  b.data = {-0.5F, 0.0F, 0.25F, 0.249999985F, 2.0F};
  SinkRequest request;
  request.histogram = true;
  request.histogram_range = {{-1, 1}};
  const ScoreResult result = score(a.side(), b.side(), request, {.comparison = Comparison::inner_product});
  EXPECT_EQ(result.histogram.counts[1024], 1U);
  EXPECT_EQ(result.histogram.counts[2048], 1U);
  EXPECT_EQ(result.histogram.counts[2560], 1U);
  EXPECT_EQ(result.histogram.counts[2559], 1U);
  EXPECT_EQ(result.histogram.counts[4095], 1U);
  EXPECT_EQ(result.histogram.total(), 5U);
  EXPECT_EQ(result.histogram.count_from(2560), 2U);
  EXPECT_EQ(result.histogram.count_from(5000), 0U);
}

TEST(Score, ATailIsExactAndTheRestIsBounded) {
  const Set a = cases::ordinary(150, 40, 15);
  const Set b = cases::ordinary(170, 40, 16, &a);
  SinkRequest request;
  request.histogram = true;
  request.top_pairs = 5;
  const ScoreResult exact = score(a.side(), b.side(), request, {});
  request.histogram_tail = 0.31;
  Histogram first;
  for (const std::string& kernel : score_kernels()) {
    if (kernel == "reference") continue;
    SCOPED_TRACE(kernel);
    const ScoreResult got = score(a.side(), b.side(), request, {.tile_rows = 40, .kernel = kernel});
    const Histogram& tail = got.histogram;
    EXPECT_EQ(got.top_pairs, exact.top_pairs);
    EXPECT_LE(tail.edge(tail.exact_from), 0.31);
    EXPECT_GT(tail.edge(tail.exact_from + 1), 0.31);
    EXPECT_GT(tail.blur, 0);
    EXPECT_LT(tail.blur, 0.1);
    EXPECT_EQ(tail.total(), exact.histogram.total());
    for (std::size_t k = 0; k < kHistogramBins; ++k) {
      if (k >= tail.exact_from) {
        EXPECT_EQ(tail.counts[k], exact.histogram.counts[k]) << k;
      }
      const auto [low, high] = tail.count_from_bounds(k);
      EXPECT_LE(low, exact.histogram.count_from(k));
      EXPECT_GE(high, exact.histogram.count_from(k));
    }
    if (first.counts.empty()) first = tail;
    EXPECT_EQ(tail.counts, first.counts);
  }
}

// What is not scored is counted at the middle of its interval, and which pairs are must not depend on the grid.
TEST(Score, ATailIsTheSameWhateverTheGridAndTheKernel) {
  const Set a = cases::ordinary(1500, 512, 1);
  const Set b = cases::ordinary(1500, 512, 2);
  SinkRequest request;
  request.histogram = true;
  request.histogram_tail = 0.05;  // in the midst of the scores, so that many pairs lie near it
  const Histogram first = score(a.side(), b.side(), request, {}).histogram;
  for (const std::string& kernel : score_kernels()) {
    if (kernel == "reference") continue;
    for (const std::size_t columns : {0, 64, 200}) {
      SCOPED_TRACE(kernel + ' ' + std::to_string(columns));
      const Histogram got = score(a.side(), b.side(), request, {.tile_cols = columns, .kernel = kernel}).histogram;
      EXPECT_EQ(got.counts, first.counts);
      EXPECT_EQ(got.blur, first.blur);
    }
  }
}

/// Values by tests/score/numpy_case.py.
TEST(Score, AgreesWithNumPy) {
  Set a(5, 6);
  Set b(7, 6);
  for (std::size_t i = 0; i < a.rows * a.dim; ++i) a.data[i] = static_cast<float>((i * 37 + 11) % 101) / 50.0F - 1.0F;
  for (std::size_t i = 0; i < b.rows * b.dim; ++i) b.data[i] = static_cast<float>((i * 53 + 29) % 103) / 51.0F - 1.0F;
  SinkRequest request;
  request.top_pairs = 3;
  request.row_bests = 1;
  const ScoreResult result = score(a.side(), b.side(), request, {});
  ASSERT_EQ(result.top_pairs.size(), 3U);
#include "numpy_case.inc"
}

TEST(ScoreSelf, SplitsMatedAndNonMated) {
  for (const Comparison comparison : kComparisons) {
    const Set a = cases::hostile(97, 24, 8);
    SinkRequest request;
    request.top_pairs = 41;
    request.histogram = true;
    const SelfScoreResult first = score_self(a.side(), request, {.comparison = comparison, .threads = 1});
    std::vector<PairScore> mated, non_mated;
    for (const PairScore& pair : oracle::all_pairs(a, a, comparison)) {
      if (a.rank(pair.a) >= a.rank(pair.b)) continue;
      (a.id(pair.a) == a.id(pair.b) ? mated : non_mated).push_back(pair);
    }
    EXPECT_EQ(first.mated_pairs, mated.size());
    EXPECT_EQ(first.non_mated_pairs, non_mated.size());
    EXPECT_EQ(first.mated.counts, oracle::histogram(mated, first.mated.low, first.mated.high));
    EXPECT_EQ(first.non_mated.counts, oracle::histogram(non_mated, first.mated.low, first.mated.high));
    non_mated.resize(41);
    EXPECT_EQ(first.top_non_mated, non_mated);
    for (const std::string& kernel : score_kernels()) {
      if (kernel != "reference" && comparison != Comparison::cosine) continue;
      for (const std::size_t tile : {std::size_t{0}, std::size_t{1}, std::size_t{9}}) {
        const SelfScoreResult again = score_self(
            a.side(), request,
            {.comparison = comparison, .threads = 3, .tile_rows = tile, .tile_cols = 2 * tile + 1, .kernel = kernel});
        EXPECT_EQ(again.kernel, kernel);
        EXPECT_EQ(again.mated.counts, first.mated.counts);
        EXPECT_EQ(again.non_mated.counts, first.non_mated.counts);
        EXPECT_EQ(again.top_non_mated, first.top_non_mated);
      }
    }
    request.histogram = false;
    for (const std::string& kernel : score_kernels()) {
      const SelfScoreResult again =
          score_self(a.side(), request, {.comparison = comparison, .threads = 3, .kernel = kernel});
      EXPECT_EQ(again.kernel, kernel);
      EXPECT_EQ(again.top_non_mated, first.top_non_mated);
    }
  }
}

TEST(ScoreSelf, BestMatedScores) {
  const Set a = cases::ordinary(60, 16, 9);
  const std::vector<double> best = best_mated_scores(a.side(), {});
  for (std::size_t i = 0; i < a.rows; ++i) {
    double want = -std::numeric_limits<double>::infinity();
    for (std::size_t j = 0; j < a.rows; ++j) {
      if (i != j && a.id(i) == a.id(j)) want = std::max(want, oracle::score(a, i, a, j, Comparison::cosine));
    }
    EXPECT_EQ(best[i], want) << i;
  }
}

TEST(Score, ReferenceScoreIsTheOracles) {
  const Set a = cases::hostile(30, 33, 10);
  for (const Comparison comparison : kComparisons) {
    for (std::size_t i = 1; i < a.rows; ++i) {
      EXPECT_EQ(reference_score({a.row(i), 33}, {a.row(i - 1), 33}, comparison),
                oracle::score(a, i, a, i - 1, comparison));
    }
  }
}

ErrorCode code_of(const std::function<void()>& body) {
  try {
    body();
  } catch (const Error& error) {
    return error.code();
  }
  return ErrorCode::internal;
}

TEST(Score, RefusesWhatCannotBeScored) {
  Set a = cases::ordinary(5, 8, 11);
  const Set narrow = cases::ordinary(5, 7, 12);
  SinkRequest request;
  request.top_pairs = 1;
  EXPECT_EQ(code_of([&] { score(a.side(), narrow.side(), request, {}); }), ErrorCode::input);
  EXPECT_EQ(code_of([&] { score(a.side(), a.side(), request, {.kernel = "abacus"}); }), ErrorCode::usage);
  request.histogram_range = {{1, 1}};
  EXPECT_EQ(code_of([&] { score(a.side(), a.side(), request, {}); }), ErrorCode::usage);
  request.histogram_range.reset();
  request.top_pairs = 1'000'001;
  EXPECT_EQ(code_of([&] { score(a.side(), a.side(), request, {}); }), ErrorCode::usage);
  request.top_pairs = 1;
  a.row(3)[2] = std::numeric_limits<float>::quiet_NaN();
  try {
    score(a.side(), a.side(), request, {});
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::input);
    EXPECT_THAT(error.what(), testing::HasSubstr("row 3"));
  }
}

TEST(Score, StopsWhenProgressSaysSo) {
  const Set a = cases::ordinary(300, 8, 13);
  SinkRequest request;
  request.top_pairs = 1;
  EXPECT_EQ(code_of([&] {
              score(a.side(), a.side(), request, {.threads = 1, .progress = [](auto, auto) { return false; }});
            }),
            ErrorCode::interrupted);
}

}  // namespace
}  // namespace semblance
