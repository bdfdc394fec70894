// Best matches of a set of synthetic images, summed up.

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <unordered_set>

#include "experiment/shares.hpp"
#include "experiment/two_sample.hpp"
#include "semblance/error.hpp"
#include "semblance/experiment.hpp"
#include "semblance/guards.hpp"

namespace semblance {
namespace {

using namespace experiment_stage;

std::size_t distinct(const std::vector<std::uint32_t>& values) {
  return std::unordered_set<std::uint32_t>(values.begin(), values.end()).size();
}

BestMatchHubs hubs_of(const BestMatches& matches) {
  const MatchTally tally(matches.real_item, 1 + *std::ranges::max_element(matches.real_item));
  BestMatchHubs hubs;
  if (tally.most_chosen() < matches.real_item_names.size()) {
    hubs.top_item = matches.real_item_names[tally.most_chosen()];
  }
  hubs.top1 = tally.share_of_top(1);
  hubs.top10 = tally.share_of_top(10);
  hubs.distinct = tally.distinct();
  if (matches.gallery > 0) {
    hubs.percent_items = MatchTally::percent_of(matches.gallery);
    hubs.top_percent = tally.share_of_top(hubs.percent_items);
  }
  return hubs;
}

std::vector<bool> at_or_over(const BestMatches& matches, double threshold) {
  std::vector<bool> hit(matches.score.size());
  for (std::size_t i = 0; i < hit.size(); ++i) hit[i] = matches.score[i] >= threshold;
  return hit;
}

BestMatchShare share_at(const BestMatches& matches, const BestMatches* control, Pairing pairing, double threshold) {
  const std::vector<bool> hit = at_or_over(matches, threshold);
  BestMatchShare share;
  share.threshold = threshold;
  std::unordered_set<std::uint32_t> synthetic, items, identities;
  for (std::size_t i = 0; i < hit.size(); ++i) {
    if (!hit[i]) continue;
    ++share.images;
    synthetic.insert(matches.synthetic_identity[i]);
    items.insert(matches.real_item[i]);
    identities.insert(matches.real_identity[i]);
  }
  share.synthetic_identities = synthetic.size();
  share.real_items = items.size();
  share.real_identities = identities.size();
  const ClusteredShare mine = clustered_share(hit, matches.synthetic_identity);
  share.share = mine.share;
  share.interval = share_interval(mine);
  if (control == nullptr) return share;
  const std::vector<bool> control_hit = at_or_over(*control, threshold);
  const ClusteredShare other = clustered_share(control_hit, control->synthetic_identity);
  share.excess = mine.share - other.share;
  share.excess_interval =
      difference_interval(mine, other, pairing == Pairing::paired ? correlation(hit, control_hit) : 0);
  return share;
}

void check(const BestMatches& matches) {
  const std::size_t n = matches.score.size();
  if (n > 0 && matches.synthetic_identity.size() == n && matches.real_item.size() == n &&
      matches.real_identity.size() == n) {
    return;
  }
  throw Error(ErrorCode::internal, "experiment", matches.name, "a table of best matches has ragged columns or no rows");
}

}  // namespace

BestMatchSummary summarise_best_matches(const BestMatches& matches, const BestMatches* control, Pairing pairing,
                                        const std::vector<double>& thresholds, const BestMatchBins& bins) {
  check(matches);
  if (control != nullptr) check(*control);
  BestMatchSummary summary;
  summary.name = matches.name;
  summary.images = matches.score.size();
  summary.synthetic_identities = distinct(matches.synthetic_identity);
  summary.real_items = distinct(matches.real_item);
  summary.real_identities = distinct(matches.real_identity);
  std::vector<double> ascending = matches.score;
  std::ranges::sort(ascending);
  summary.median = quantile(ascending, 0.5);
  summary.q90 = quantile(ascending, 0.9);
  summary.q99 = quantile(ascending, 0.99);
  summary.q999 = quantile(ascending, 0.999);
  summary.max = ascending.back();
  summary.hubs = hubs_of(matches);
  for (const double t : thresholds) summary.shares.push_back(share_at(matches, control, pairing, t));
  if (control != nullptr) {
    std::vector<double> other = control->score;
    std::ranges::sort(other);
    summary.ks = ks_statistic(ascending, other);
    summary.auc = auc(ascending, other);
  }
  summary.counts.assign(bins.count, 0);
  for (const double s : matches.score) {
    if (bins.count == 0) break;
    const double place = std::floor((s - bins.low) / bins.width + 1e-9);
    ++summary.counts[static_cast<std::size_t>(std::clamp(place, 0.0, static_cast<double>(bins.count - 1)))];
  }
  return summary;
}

double upper_score(const std::vector<double>& scores, double share) {
  std::vector<double> descending = scores;
  std::ranges::sort(descending, std::greater<>());
  const auto most = static_cast<std::size_t>(std::floor(share * static_cast<double>(scores.size()) * (1 + 1e-12)));
  // Ties with the next score would carry the share over the target.
  for (std::size_t k = most; k > 0; --k) {
    if (k == descending.size() || descending[k - 1] > descending[k]) return descending[k - 1];
  }
  return std::nextafter(descending.front(), std::numeric_limits<double>::infinity());
}

}  // namespace semblance
