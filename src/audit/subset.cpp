#include "audit/subset.hpp"

#include <algorithm>
#include <numeric>

namespace semblance::audit_stage {

EmbeddingSet only_rows(const EmbeddingSet& set, const std::vector<bool>& kept) {
  EmbeddingSet part = set;
  part.ids.clear();
  part.paths.clear();
  part.identity.clear();
  part.order.clear();
  part.identity_names.clear();

  std::vector<bool> present(set.identity_names.size(), false);
  for (std::size_t i = 0; i < set.matrix.rows; ++i) {
    if (kept[i]) present[set.identity[i]] = true;
  }
  std::vector<IdentityIndex> renumbered(present.size());
  for (std::size_t k = 0; k < present.size(); ++k) {
    renumbered[k] = static_cast<IdentityIndex>(part.identity_names.size());
    if (present[k]) part.identity_names.push_back(set.identity_names[k]);
  }
  auto values = std::make_shared<std::vector<float>>();
  values->reserve(static_cast<std::size_t>(std::ranges::count(kept, true)) * set.matrix.cols);
  std::vector<RowIndex> old_order;
  for (std::size_t i = 0; i < set.matrix.rows; ++i) {
    if (!kept[i]) continue;
    const auto row = set.matrix.row(i);
    values->insert(values->end(), row.begin(), row.end());
    part.ids.push_back(set.ids[i]);
    if (!set.paths.empty()) part.paths.push_back(set.paths[i]);
    part.identity.push_back(renumbered[set.identity[i]]);
    old_order.push_back(set.order[i]);
  }
  // Ranks with holes become ranks again.
  std::vector<RowIndex> by_rank(old_order.size());
  std::iota(by_rank.begin(), by_rank.end(), RowIndex{0});
  std::sort(by_rank.begin(), by_rank.end(), [&](RowIndex x, RowIndex y) { return old_order[x] < old_order[y]; });
  part.order.resize(old_order.size());
  for (std::size_t rank = 0; rank < by_rank.size(); ++rank) part.order[by_rank[rank]] = static_cast<RowIndex>(rank);

  part.matrix = {values->data(), part.ids.size(), set.matrix.cols, set.matrix.cols};
  part.keep = std::move(values);
  return part;
}

}  // namespace semblance::audit_stage
