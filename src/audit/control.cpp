#include "audit/control.hpp"

#include "audit/subset.hpp"

namespace semblance::audit_stage {

EmbeddingSet without_identities(const EmbeddingSet& set, const std::vector<IdentityIndex>& excluded) {
  std::vector<bool> out(set.identity_names.size(), false);
  for (const IdentityIndex k : excluded) out[k] = true;
  std::vector<bool> kept(set.matrix.rows);
  for (std::size_t i = 0; i < kept.size(); ++i) kept[i] = !out[set.identity[i]];
  return only_rows(set, kept);
}

}  // namespace semblance::audit_stage
