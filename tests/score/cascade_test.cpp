// The prefix that screens first: its bound, its choice, and that it changes no result.

#include "score/cascade.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "cases.hpp"
#include "score/kernels/kernel.hpp"

namespace semblance {
namespace {

using oracle::Set;
using scoring::Prefix;
using scoring::Side;

constexpr Comparison kComparisons[] = {Comparison::cosine, Comparison::inner_product, Comparison::negative_squared_l2};

/// Rows whose variance halves every `halving` axes of a random rotation, every third like one of `like`.
Set steep(std::size_t n, std::size_t dim, double halving, std::uint64_t seed, const Set* like = nullptr) {
  Set set = cases::ordinary(n, dim, seed, nullptr, 0);
  Set axes(dim, dim);
  Rng rng(17);
  cases::fill_normal(axes, rng);
  std::vector<float> row(dim);
  for (std::size_t i = 0; i < n; ++i) {
    std::fill(row.begin(), row.end(), 0.0F);
    for (std::size_t k = 0; k < dim; ++k) {
      const float weight = set.row(i)[k] * static_cast<float>(std::exp2(-static_cast<double>(k) / halving / 2));
      for (std::size_t c = 0; c < dim; ++c) row[c] += weight * axes.row(k)[c];
    }
    std::copy(row.begin(), row.end(), set.row(i));
    if (like == nullptr || i % 3 != 0) continue;
    for (std::size_t c = 0; c < dim; ++c) set.row(i)[c] = like->row(i % like->rows)[c] + 0.2F * row[c];
  }
  return set;
}

std::vector<double> first_axes(std::size_t depth, std::size_t dim) {
  std::vector<double> directions(depth * dim);
  for (std::size_t k = 0; k < depth; ++k) directions[k * dim + k] = 1;
  return directions;
}

double dot(const float* x, const float* y, std::size_t dim) {
  double sum = 0;
  for (std::size_t k = 0; k < dim; ++k) sum += double{x[k]} * double{y[k]};
  return sum;
}

/// Most that <x, y> lies above <x+, y+>, and how far below it lies on average, relative to the norms.
struct Gaps {
  double above = -1;
  double below = 0;
};

Gaps gaps(const Set& a, const Set& b, const Prefix& prefix) {
  const Side left(a.side(), Comparison::inner_product, 1, "A");
  const Side right(b.side(), Comparison::inner_product, 1, "B");
  std::vector<float> work(a.dim * Prefix::kBatch);
  std::vector<float> x((a.rows + Prefix::kBatch) * prefix.stride());
  std::vector<float> y((b.rows + Prefix::kBatch) * prefix.stride());
  for (std::size_t i = 0; i < a.rows; i += Prefix::kBatch) {
    prefix.project(left, i, std::min(Prefix::kBatch, a.rows - i), work.data(), x.data() + i * prefix.stride());
  }
  for (std::size_t j = 0; j < b.rows; ++j) {  // one by one: batches must not matter
    prefix.project(right, j, 1, work.data(), y.data() + j * prefix.stride());
  }
  Gaps gaps;
  for (std::size_t i = 0; i < a.rows; ++i) {
    EXPECT_LE(std::sqrt(dot(x.data() + i * prefix.stride(), x.data() + i * prefix.stride(), prefix.dim())),
              prefix.growth());
    for (std::size_t j = 0; j < b.rows; ++j) {
      const double norms = left.norm(i) * right.norm(j);
      if (norms == 0) continue;
      const double high = dot(x.data() + i * prefix.stride(), y.data() + j * prefix.stride(), prefix.dim());
      const double gap = dot(a.row(i), b.row(j), a.dim) / norms - high;
      gaps.above = std::max(gaps.above, gap);
      gaps.below -= gap / static_cast<double>(a.rows * b.rows);
    }
  }
  return gaps;
}

TEST(Cascade, TheStandInsBoundEveryScoreFromAbove) {
  for (const std::size_t dim : {std::size_t{2}, std::size_t{24}, std::size_t{129}, std::size_t{512}}) {
    for (const std::size_t depth : {std::size_t{1}, dim / 2, dim}) {
      SCOPED_TRACE(std::to_string(depth) + " of " + std::to_string(dim));
      const Prefix prefix(first_axes(depth, dim), dim);
      EXPECT_EQ(prefix.depth(), depth);
      EXPECT_LT(prefix.slack(), 1e-3);
      const Set a = cases::hostile(65, dim, 3);
      Set b = cases::hostile(49, dim, 4);
      for (std::size_t i = 0; i < b.rows; i += 2) std::copy_n(a.row(i), dim, b.row(i));
      EXPECT_LE(gaps(a, b, prefix).above, prefix.slack());
      const Set c = cases::ordinary(30, dim, 5);
      const Gaps ordinary = gaps(c, c, prefix);
      EXPECT_LE(ordinary.above, prefix.slack());
      // All of a row or nearly nothing of it is left for the rest to bound.
      if (depth == dim) {
        EXPECT_LT(ordinary.below, 2 * prefix.slack());
      }
      if (depth == 1 && dim > 100) {
        EXPECT_GT(ordinary.below, 0.8);
      }
    }
  }
}

TEST(Cascade, ChangesNoResult) {
  const struct {
    const char* name;
    Set a, b;
    double thresholds[3];
  } kCases[] = {
      {"ordinary", cases::ordinary(150, 70, 1, nullptr, 3), cases::ordinary(130, 70, 2), {0.3, 20, -110}},
      {"steep", steep(150, 70, 6, 1), steep(130, 70, 6, 2), {0.6, 300, -500}},
      {"hostile", cases::hostile(91, 70, 3), cases::hostile(80, 70, 3), {0.9999, 0, 0}},
  };
  for (const auto& [name, a, b, thresholds] : kCases) {
    for (const Comparison& comparison : kComparisons) {
      SinkRequest request;
      request.top_pairs = 37;
      request.threshold = thresholds[static_cast<std::size_t>(&comparison - kComparisons)];
      request.threshold_cap = 500;
      request.row_bests = 3;
      request.column_bests = 2;
      request.identity_bests_a = request.identity_bests_b = true;
      const ScoreResult want = oracle::result(a, b, request, comparison, -1, 1);
      for (const std::string& kernel : score_kernels()) {
        if (kernel == "reference") continue;
        for (const int depth : {1, 13, 28, 70, 1000}) {
          SCOPED_TRACE(std::string(name) + " " + kernel + " prefix " + std::to_string(depth));
          const ScoreOptions options{.comparison = comparison, .threads = 3, .kernel = kernel, .cascade = depth};
          const ScoreResult got = score(a.side(), b.side(), request, options);
          EXPECT_EQ(got.certificate.prefix, std::min<std::uint64_t>(static_cast<std::uint64_t>(depth), 70));
          EXPECT_EQ(got.top_pairs, want.top_pairs);
          EXPECT_EQ(got.over_threshold, want.over_threshold);
          EXPECT_EQ(got.over_threshold_total, want.over_threshold_total);
          EXPECT_EQ(got.row_bests, want.row_bests);
          EXPECT_EQ(got.column_bests, want.column_bests);
          EXPECT_EQ(got.identity_bests_a, want.identity_bests_a);
          EXPECT_EQ(got.identity_bests_b, want.identity_bests_b);
          EXPECT_LT(got.certificate.largest_share_of_bound, 1);
        }
      }
    }
  }
}

TEST(Cascade, ChangesNoSelfComparison) {
  const Set a = steep(200, 70, 6, 1);
  SinkRequest request;
  request.top_pairs = 40;
  const SelfScoreResult want = score_self(a.side(), request, {.kernel = "reference"});
  const SelfScoreResult got = score_self(a.side(), request, {.cascade = 24});
  EXPECT_EQ(got.certificate.prefix, 24U);
  EXPECT_EQ(got.top_non_mated, want.top_non_mated);
}

TEST(Cascade, ShortScreensDropMostPairsOfSteepSets) {
  const Set a = steep(1500, 256, 8, 1);
  const Set b = steep(1500, 256, 8, 2, &a);
  SinkRequest request;
  request.threshold = 0.9;
  const ScoreResult got = score(a.side(), b.side(), request, {.cascade = 60});
  EXPECT_EQ(got.certificate.prefix, 60U);
  EXPECT_EQ(got.certificate.screened, 1500U * 1500U);
  EXPECT_LT(got.certificate.survived, got.pairs / 500);
  EXPECT_GT(got.over_threshold_total, 0U);
}

/// What `choose_prefix` does of its own, for a kernel so slow that so few pairs are worth learning for.
std::optional<std::size_t> chosen(const Set& a, const Set& b, const SinkRequest& request, Comparison comparison) {
  const Side left(a.side(), comparison, 1, "A");
  const Side right(b.side(), comparison, 1, "B");
  const scoring::Sinks sinks(left, right, request, comparison);
  scoring::TileKernel slow = scoring::kScalarKernel;
  slow.macs_per_cycle = 1;
  scoring::PassOptions options;
  options.comparison = comparison;
  options.law = scoring::score_law(comparison);
  const auto prefix = scoring::choose_prefix(left, right, sinks, slow, options, kAutomaticCascade);
  return prefix ? std::optional(prefix->depth()) : std::nullopt;
}

TEST(Cascade, IsChosenWhereItPays) {
  const Set a = steep(1200, 256, 16, 1);
  const Set b = steep(1200, 256, 16, 2, &a);
  const Set flat_a = cases::ordinary(1200, 256, 1);
  const Set flat_b = cases::ordinary(1200, 256, 2);
  SinkRequest lists;
  lists.threshold = 0.6;
  lists.top_pairs = 20;
  const auto depth = chosen(a, b, lists, Comparison::cosine);
  ASSERT_TRUE(depth.has_value());
  EXPECT_GE(*depth, 28U);
  EXPECT_LE(*depth, 128U);
  EXPECT_EQ(chosen(flat_a, flat_b, lists, Comparison::cosine), std::nullopt) << "nothing is saved on a flat spectrum";
  SinkRequest all = lists;
  all.top_pairs = 1'000'000;
  EXPECT_EQ(chosen(a, b, all, Comparison::cosine), std::nullopt) << "most pairs are wanted";
  SinkRequest counted = lists;
  counted.histogram = true;
  EXPECT_EQ(chosen(a, b, counted, Comparison::cosine), std::nullopt) << "every pair has to be seen";
  const ScoreResult small = score(a.side(), b.side(), lists, {});
  EXPECT_EQ(small.certificate.prefix, 0U) << "too few pairs to learn anything for";
  const ScoreResult off = score(a.side(), b.side(), lists, {.cascade = 0});
  EXPECT_EQ(off.certificate.prefix, 0U);
}

}  // namespace
}  // namespace semblance
