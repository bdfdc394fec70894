// Hubs: real items that are the best match of far more synthetic images than their share.

#include <algorithm>
#include <numeric>

#include "semblance/guards.hpp"

namespace semblance {
namespace {

// In published tables of clean comparisons the most-matched item holds well under 1%; in the set with a known hub, 34%.
constexpr double kHubShare = 0.05;
constexpr double kHubTimesEven = 20;

}  // namespace

HubShares hub_shares(std::span<const RowIndex> best, std::span<const IdentityIndex> identity, std::size_t identities) {
  HubShares shares;
  if (best.empty() || identity.empty()) return shares;
  std::vector<std::size_t> per_item(identity.size());
  std::vector<std::size_t> per_identity(identities);
  for (const RowIndex item : best) {
    ++per_item[item];
    ++per_identity[identity[item]];
  }
  const auto all = static_cast<double>(best.size());
  shares.item = static_cast<RowIndex>(std::max_element(per_item.begin(), per_item.end()) - per_item.begin());
  shares.top_identity = static_cast<double>(*std::max_element(per_identity.begin(), per_identity.end())) / all;
  std::sort(per_item.begin(), per_item.end(), std::greater<>());
  const auto held = [&](std::size_t count) {
    const auto end = per_item.begin() + static_cast<std::ptrdiff_t>(std::min(count, per_item.size()));
    return static_cast<double>(std::accumulate(per_item.begin(), end, std::size_t{0})) / all;
  };
  shares.top_item = held(1);
  shares.top_ten = held(10);
  shares.top_percent = held(std::max<std::size_t>(1, per_item.size() / 100));
  shares.fires =
      shares.top_item >= kHubShare && shares.top_item * static_cast<double>(per_item.size()) >= kHubTimesEven;
  return shares;
}

}  // namespace semblance
