#include "audit/mated_pictures.hpp"

#include <algorithm>

#include "base/rng.hpp"

namespace semblance::audit_stage {
namespace {

// No re-saved, scaled or slightly cropped copy that was tried falls below it and, of 7,142 pairs of different
// photographs of one person in LFW, none reaches it (docs/statistics.md).
constexpr double kSamePhotograph = 0.95;
constexpr std::size_t kFewestPairs = 200;
constexpr std::size_t kOneIn = 1000;
// What 1 in 1,000 of those 7,142 pairs exceed.
constexpr double kAssumedThreshold = 0.78;
// Pairs of a person beyond this many pictures would be drawn about as well from fewer.
constexpr std::size_t kMostPictures = 64;

std::vector<RowPair> pairs_of(std::vector<RowIndex> rows, Rng& rng) {
  shuffle(rows, rng);
  rows.resize(std::min(rows.size(), kMostPictures));
  std::vector<RowPair> pairs;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    for (std::size_t j = i + 1; j < rows.size(); ++j) pairs.emplace_back(rows[i], rows[j]);
  }
  shuffle(pairs, rng);
  return pairs;
}

}  // namespace

std::vector<RowPair> draw_mated_pairs(const EmbeddingSet& set, std::size_t count, std::uint64_t seed) {
  if (!set.labelled) return {};
  std::vector<std::vector<RowIndex>> rows(set.identity_names.size());
  for (RowIndex i = 0; i < set.matrix.rows; ++i) rows[set.identity[i]].push_back(i);
  std::erase_if(rows, [](const auto& of_person) { return of_person.size() < 2; });
  Rng rng(derive_seed(seed, "mated-pictures"));
  shuffle(rows, rng);
  // A person past the first `count` would only be reached if those had no pair.
  if (rows.size() > count) rows.resize(count);
  std::vector<std::vector<RowPair>> pairs;
  pairs.reserve(rows.size());
  for (std::vector<RowIndex>& of_person : rows) pairs.push_back(pairs_of(std::move(of_person), rng));

  std::vector<RowPair> drawn;
  for (bool any = true; any && drawn.size() < count;) {
    any = false;
    for (auto& of_person : pairs) {
      if (of_person.empty() || drawn.size() == count) continue;
      drawn.push_back(of_person.back());
      of_person.pop_back();
      any = true;
    }
  }
  return drawn;
}

NearCopyThreshold near_copy_threshold(std::vector<double> similarities) {
  NearCopyThreshold threshold;
  threshold.duplicates = std::erase_if(similarities, [](double s) { return s >= kSamePhotograph; });
  threshold.rests_on = similarities.size();
  if (similarities.size() < kFewestPairs) {
    threshold.similarity = kAssumedThreshold;
    threshold.assumed = true;
    return threshold;
  }
  const auto at = similarities.begin() + static_cast<std::ptrdiff_t>(similarities.size() / kOneIn);
  std::nth_element(similarities.begin(), at, similarities.end(), std::greater<>());
  threshold.similarity = *at;
  return threshold;
}

}  // namespace semblance::audit_stage
