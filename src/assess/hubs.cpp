// Hubs: real items that are the best match of far more synthetic images than their share.

#include <algorithm>
#include <functional>
#include <numeric>

#include "semblance/guards.hpp"

namespace semblance {
namespace {

// In published tables of clean comparisons the most-matched item holds well under 1%; in the set with a known hub, 34%.
constexpr double kHubShare = 0.05;
constexpr double kHubTimesEven = 20;

}  // namespace

MatchTally::MatchTally(std::span<const RowIndex> best, std::size_t items) : descending_(items), choices_(best.size()) {
  for (const RowIndex item : best) ++descending_[item];
  most_chosen_ = static_cast<RowIndex>(std::ranges::max_element(descending_) - descending_.begin());
  std::ranges::sort(descending_, std::greater<>());
}

std::size_t MatchTally::distinct() const {
  return static_cast<std::size_t>(std::ranges::find(descending_, std::size_t{0}) - descending_.begin());
}

double MatchTally::share_of_top(std::size_t items) const {
  const auto end = descending_.begin() + static_cast<std::ptrdiff_t>(std::min(items, descending_.size()));
  return static_cast<double>(std::accumulate(descending_.begin(), end, std::size_t{0})) / static_cast<double>(choices_);
}

HubShares hub_shares(std::span<const RowIndex> best, std::span<const IdentityIndex> identity, std::size_t identities) {
  HubShares shares;
  if (best.empty() || identity.empty()) return shares;
  const MatchTally items(best, identity.size());
  std::vector<RowIndex> person;
  person.reserve(best.size());
  for (const RowIndex item : best) person.push_back(identity[item]);
  shares.item = items.most_chosen();
  shares.top_item = items.share_of_top(1);
  shares.top_ten = items.share_of_top(10);
  shares.top_percent = items.share_of_top(MatchTally::percent_of(identity.size()));
  shares.top_identity = MatchTally(person, identities).share_of_top(1);
  shares.fires =
      shares.top_item >= kHubShare && shares.top_item * static_cast<double>(identity.size()) >= kHubTimesEven;
  return shares;
}

}  // namespace semblance
