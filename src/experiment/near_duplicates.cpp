#include "experiment/near_duplicates.hpp"

#include <algorithm>
#include <map>
#include <numeric>

#include "experiment/inputs.hpp"

namespace semblance::experiment_stage {
namespace {

/// Disjoint sets with path halving; the smallest member is the root.
class Joined {
 public:
  explicit Joined(std::size_t n) : parent_(n) { std::iota(parent_.begin(), parent_.end(), std::size_t{0}); }
  std::size_t root(std::size_t i) {
    while (parent_[i] != i) i = parent_[i] = parent_[parent_[i]];
    return i;
  }
  void join(std::size_t i, std::size_t j) {
    const auto [low, high] = std::minmax({root(i), root(j)});
    parent_[high] = low;
  }

 private:
  std::vector<std::size_t> parent_;
};

}  // namespace

std::vector<std::vector<RowIndex>> near_duplicate_clusters(const EmbeddingSet& set, std::vector<RowIndex> rows,
                                                           double threshold, Comparison comparison, unsigned threads) {
  std::ranges::sort(rows);
  rows.erase(std::unique(rows.begin(), rows.end()), rows.end());
  const Rows part(set, std::move(rows));
  SinkRequest request;
  request.threshold = threshold;
  request.threshold_cap = kMostLinks;
  ScoreOptions options;
  options.comparison = comparison;
  options.threads = threads;
  Joined joined(part.size());
  for (const PairScore& pair : score(part.side(), part.side(), request, options).over_threshold) {
    joined.join(pair.a, pair.b);
  }
  std::map<std::size_t, std::vector<RowIndex>> clusters;
  for (std::size_t k = 0; k < part.size(); ++k) clusters[joined.root(k)].push_back(part.row(k));
  std::vector<std::vector<RowIndex>> result;
  result.reserve(clusters.size());
  for (auto& [root, members] : clusters) result.push_back(std::move(members));
  return result;
}

}  // namespace semblance::experiment_stage
