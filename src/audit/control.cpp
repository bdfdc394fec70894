#include "audit/control.hpp"

#include <algorithm>
#include <numeric>

namespace semblance::audit_stage {

EmbeddingSet without_identities(const EmbeddingSet& set, const std::vector<IdentityIndex>& excluded) {
  std::vector<bool> out(set.identity_names.size(), false);
  for (const IdentityIndex k : excluded) out[k] = true;

  EmbeddingSet kept = set;
  kept.ids.clear();
  kept.paths.clear();
  kept.identity.clear();
  kept.order.clear();
  kept.identity_names.clear();

  std::vector<IdentityIndex> renumbered(out.size());
  for (std::size_t k = 0; k < out.size(); ++k) {
    renumbered[k] = static_cast<IdentityIndex>(kept.identity_names.size());
    if (!out[k]) kept.identity_names.push_back(set.identity_names[k]);
  }
  auto values = std::make_shared<std::vector<float>>();
  std::vector<RowIndex> old_order;
  for (std::size_t i = 0; i < set.matrix.rows; ++i) {
    if (out[set.identity[i]]) continue;
    const auto row = set.matrix.row(i);
    values->insert(values->end(), row.begin(), row.end());
    kept.ids.push_back(set.ids[i]);
    if (!set.paths.empty()) kept.paths.push_back(set.paths[i]);
    kept.identity.push_back(renumbered[set.identity[i]]);
    old_order.push_back(set.order[i]);
  }
  // Ranks with holes become ranks again.
  std::vector<RowIndex> by_rank(old_order.size());
  std::iota(by_rank.begin(), by_rank.end(), RowIndex{0});
  std::sort(by_rank.begin(), by_rank.end(), [&](RowIndex x, RowIndex y) { return old_order[x] < old_order[y]; });
  kept.order.resize(old_order.size());
  for (std::size_t rank = 0; rank < by_rank.size(); ++rank) kept.order[by_rank[rank]] = static_cast<RowIndex>(rank);

  kept.matrix = {values->data(), kept.ids.size(), set.matrix.cols, set.matrix.cols};
  kept.keep = std::move(values);
  return kept;
}

}  // namespace semblance::audit_stage
