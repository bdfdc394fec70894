// Held-out people who are training people under another name: they would make leaks look like chance.

#include <algorithm>

#include "semblance/guards.hpp"

namespace semblance {
namespace {

constexpr double kLargestChance = 0.5;

// Highest bin edge with at least half of the scores at or over it.
std::size_t median_bin(const Histogram& histogram) {
  const std::uint64_t total = histogram.total();
  std::uint64_t above = 0;
  std::size_t bin = histogram.counts.size();
  while (bin > 0 && 2 * above < total) above += histogram.counts[--bin];
  return bin;
}

}  // namespace

OverlapGuard find_overlaps(std::span<const PairScore> holdout_bests, std::uint64_t pairs, const Histogram& mated,
                           const Histogram& non_mated) {
  OverlapGuard guard;
  const std::uint64_t non_mated_total = non_mated.total();
  if (mated.counts.empty() || mated.total() == 0 || non_mated_total == 0) return guard;
  const std::size_t bin = median_bin(mated);
  // With no non-mated score over the threshold the rate is below 1/total; that bound is what chance is held to.
  const std::uint64_t seen = non_mated.count_from(bin);
  const auto false_matches = static_cast<double>(std::max<std::uint64_t>(1, seen));
  guard.expected_by_chance = false_matches / static_cast<double>(non_mated_total) * static_cast<double>(pairs);
  if (seen > 0 && guard.expected_by_chance > kLargestChance) return guard;
  guard.threshold = mated.edge(bin);
  for (std::size_t k = 0; k < holdout_bests.size(); ++k) {
    if (holdout_bests[k].a == kNoRow || holdout_bests[k].score < *guard.threshold) continue;
    guard.overlaps.push_back({static_cast<IdentityIndex>(k), holdout_bests[k]});
  }
  std::stable_sort(guard.overlaps.begin(), guard.overlaps.end(),
                   [](const Overlap& x, const Overlap& y) { return x.pair.score > y.pair.score; });
  return guard;
}

}  // namespace semblance
