#include "calibrate/score_table.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <tuple>

namespace semblance::calibrate_stage {
namespace {

// Pairs of people that occur in `top`, each with the number of its comparisons.
void derive_from_list(ScoreTable& table) {
  table.non_mated = table.top.size();
  table.comparisons_of.assign(table.identities, 0);
  std::vector<std::uint64_t> keys;
  keys.reserve(table.top.size());
  for (const NonMatedScore& pair : table.top) {
    table.comparisons_of[pair.i] += 1;
    table.comparisons_of[pair.j] += 1;
    keys.push_back((static_cast<std::uint64_t>(std::min(pair.i, pair.j)) << 32U) | std::max(pair.i, pair.j));
  }
  std::sort(keys.begin(), keys.end());
  table.squared_comparisons = 0;
  for (std::size_t begin = 0; begin < keys.size();) {
    std::size_t end = begin;
    while (end < keys.size() && keys[end] == keys[begin]) ++end;
    const auto n = static_cast<double>(end - begin);
    table.squared_comparisons += n * n;
    begin = end;
  }
}

std::uint64_t mated_under(const ScoreTable& table, double t) {
  const auto first_under = std::partition_point(table.mated.begin(), table.mated.end(),
                                                [t](const MatedScore& mated) { return mated.score >= t; });
  return static_cast<std::uint64_t>(table.mated.end() - first_under);
}

std::uint64_t listed_from(const ScoreTable& table, double t) {
  const auto first_under = std::partition_point(table.top.begin(), table.top.end(),
                                                [t](const NonMatedScore& pair) { return pair.score >= t; });
  return static_cast<std::uint64_t>(first_under - table.top.begin());
}

Cut edge_cut(const ScoreTable& table, std::size_t k) {
  const double score = k < table.histogram.counts.size() ? table.histogram.edge(k) : table.histogram.high;
  return {.score = score,
          .false_matches = table.histogram.count_from(k),
          .false_non_matches = mated_under(table, score),
          .listed = false};
}

}  // namespace

void finish(ScoreTable& table) {
  std::sort(table.mated.begin(), table.mated.end(), [](const MatedScore& x, const MatedScore& y) {
    return std::tie(y.score, x.person) < std::tie(x.score, y.person);
  });
  std::sort(table.top.begin(), table.top.end(), [](const NonMatedScore& x, const NonMatedScore& y) {
    return std::tie(y.score, x.i, x.j, x.a, x.b) < std::tie(x.score, y.i, y.j, y.a, y.b);
  });
  if (table.histogram.counts.empty()) derive_from_list(table);
  table.people_in_non_mated = 0;
  table.non_mated_independent = true;
  for (const double n : table.comparisons_of) {
    if (n > 0) ++table.people_in_non_mated;
    if (n > 1) table.non_mated_independent = false;
  }
  std::vector<std::uint8_t> seen(table.identities);
  table.people_in_mated = 0;
  for (const MatedScore& mated : table.mated) {
    if (seen[mated.person] == 0) ++table.people_in_mated;
    seen[mated.person] = 1;
  }
  table.mated_independent = table.people_in_mated == table.mated.size();
}

Cut cut_at(const ScoreTable& table, double t) {
  if (table.listed(t)) {
    return {
        .score = t, .false_matches = listed_from(table, t), .false_non_matches = mated_under(table, t), .listed = true};
  }
  std::size_t k = table.histogram.counts.size();
  while (k > 0 && table.histogram.edge(k) > t) --k;
  return edge_cut(table, std::min(k, table.histogram.counts.size() - 1));
}

std::uint64_t count_within(std::uint64_t total, double share) {
  const auto n = static_cast<double>(total);
  auto count = std::min(total, static_cast<std::uint64_t>(std::max(0.0, share * n)));
  // The product rounds; the division is what a reader checks.
  while (count < total && static_cast<double>(count + 1) / n <= share) ++count;
  while (count > 0 && static_cast<double>(count) / n > share) --count;
  return count;
}

Cut cut_at_fmr(const ScoreTable& table, double fmr) {
  const std::uint64_t allowed = count_within(table.non_mated, fmr);
  if (allowed < table.top.size()) {
    const double too_low = table.top[allowed].score;
    return cut_at(table, std::nextafter(too_low, std::numeric_limits<double>::infinity()));
  }
  if (table.complete()) return cut_at(table, table.top.back().score);
  std::size_t k = table.histogram.counts.size();
  std::uint64_t over = 0;
  while (k > 0 && over + table.histogram.counts[k - 1] <= allowed) over += table.histogram.counts[--k];
  return edge_cut(table, k);
}

Cut cut_at_fnmr(const ScoreTable& table, double share) {
  const std::size_t n = table.mated.size();
  auto under = static_cast<std::size_t>(std::ceil(share * static_cast<double>(n)));
  under = std::min(std::max<std::size_t>(under, 1), n);
  const double highest_error = table.mated[n - under].score;
  return cut_at(table, std::nextafter(highest_error, std::numeric_limits<double>::infinity()));
}

}  // namespace semblance::calibrate_stage
