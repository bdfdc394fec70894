#pragma once
// A float64 oracle that shares no code with the engine: every pair scored one at a time, everything sorted.

#include <algorithm>
#include <cmath>
#include <map>
#include <vector>

#include "semblance/score.hpp"

namespace oracle {

using semblance::Comparison;
using semblance::PairScore;

/// A set with the storage that a ScoreSide borrows.
struct Set {
  std::size_t rows = 0, dim = 0, stride = 0;
  std::vector<float> data;
  std::vector<semblance::RowIndex> order;
  std::vector<semblance::IdentityIndex> identity;
  std::size_t identities = 0;

  Set(std::size_t n, std::size_t d, std::size_t pad = 0)
      : rows(n), dim(d), stride(d + pad), data(n * (d + pad), -7.0F) {}
  float* row(std::size_t i) { return data.data() + i * stride; }
  const float* row(std::size_t i) const { return data.data() + i * stride; }
  semblance::ScoreSide side() const {
    return {.matrix = {data.data(), rows, dim, stride}, .order = order, .identity = identity, .identities = identities};
  }
  std::size_t rank(std::size_t i) const { return order.empty() ? i : order[i]; }
  std::size_t id(std::size_t i) const { return identity.empty() ? i : identity[i]; }
  std::size_t ids() const { return identity.empty() ? rows : identities; }
};

inline double score(const Set& a, std::size_t i, const Set& b, std::size_t j, Comparison comparison) {
  double xx = 0, yy = 0, xy = 0;
  for (std::size_t k = 0; k < a.dim; ++k) xx += double{a.row(i)[k]} * double{a.row(i)[k]};
  for (std::size_t k = 0; k < a.dim; ++k) yy += double{b.row(j)[k]} * double{b.row(j)[k]};
  const bool cosine = comparison == Comparison::cosine;
  const double nx = cosine && xx > 0 ? std::sqrt(xx) : 1, ny = cosine && yy > 0 ? std::sqrt(yy) : 1;
  for (std::size_t k = 0; k < a.dim; ++k) {
    const float x = static_cast<float>(double{a.row(i)[k]} / nx), y = static_cast<float>(double{b.row(j)[k]} / ny);
    xy += double{x} * double{y};
  }
  return comparison == Comparison::negative_squared_l2 ? 2 * xy - (xx + yy) : xy;
}

/// Every pair, best first.
inline std::vector<PairScore> all_pairs(const Set& a, const Set& b, Comparison comparison) {
  std::vector<PairScore> pairs;
  for (std::size_t i = 0; i < a.rows; ++i) {
    for (std::size_t j = 0; j < b.rows; ++j) {
      pairs.push_back(
          {score(a, i, b, j, comparison), static_cast<semblance::RowIndex>(i), static_cast<semblance::RowIndex>(j)});
    }
  }
  std::sort(pairs.begin(), pairs.end(), [&](const PairScore& p, const PairScore& q) {
    if (p.score != q.score) return p.score > q.score;
    if (p.a != q.a) return a.rank(p.a) < a.rank(q.a);
    return b.rank(p.b) < b.rank(q.b);
  });
  return pairs;
}

/// The first m pairs of every key, from pairs in order.
template <class Key>
std::vector<PairScore> bests(const std::vector<PairScore>& pairs, std::size_t keys, std::size_t m, Key key) {
  std::vector<PairScore> out(keys * m);
  std::vector<std::size_t> held(keys);
  for (const PairScore& pair : pairs) {
    std::size_t& n = held[key(pair)];
    if (n < m) out[key(pair) * m + n++] = pair;
  }
  return out;
}

inline std::vector<std::uint64_t> histogram(const std::vector<PairScore>& pairs, double low, double high) {
  std::vector<std::uint64_t> counts(4096);
  auto edge = [&](std::size_t k) { return low + (high - low) * static_cast<double>(k) / 4096.0; };
  for (const PairScore& pair : pairs) {
    std::size_t first = 0, last = 4096;  // binary search for the last edge at or below the score
    while (last - first > 1) {
      const std::size_t middle = (first + last) / 2;
      (edge(middle) <= pair.score ? first : last) = middle;
    }
    ++counts[first];
  }
  return counts;
}

inline semblance::ScoreResult result(const Set& a, const Set& b, const semblance::SinkRequest& request,
                                     Comparison comparison, double low, double high) {
  semblance::ScoreResult out;
  const std::vector<PairScore> pairs = all_pairs(a, b, comparison);
  out.pairs = pairs.size();
  out.top_pairs.assign(pairs.begin(),
                       pairs.begin() + static_cast<std::ptrdiff_t>(std::min(request.top_pairs, pairs.size())));
  for (const PairScore& pair : pairs) {
    if (!request.threshold || pair.score < *request.threshold) continue;
    if (out.over_threshold_total++ < request.threshold_cap) out.over_threshold.push_back(pair);
  }
  out.threshold_cap_hit = out.over_threshold_total > request.threshold_cap;
  out.row_bests = bests(pairs, a.rows, request.row_bests, [](const PairScore& p) { return p.a; });
  out.column_bests = bests(pairs, b.rows, request.column_bests, [](const PairScore& p) { return p.b; });
  out.identity_bests_a =
      bests(pairs, a.ids(), request.identity_bests_a ? 1 : 0, [&](const PairScore& p) { return a.id(p.a); });
  out.identity_bests_b =
      bests(pairs, b.ids(), request.identity_bests_b ? 1 : 0, [&](const PairScore& p) { return b.id(p.b); });
  if (request.histogram) out.histogram.counts = histogram(pairs, low, high);
  return out;
}

}  // namespace oracle
