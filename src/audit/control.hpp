#pragma once
// Keeping the control honest: held-out people who are training people under another name are left out.

#include <vector>

#include "semblance/store.hpp"

namespace semblance::audit_stage {

/// The set without some identities; rows are copied. `excluded` holds indices into `set.identity_names`. Ids, order and
/// labels stay consistent; hashes still name the file that was read.
EmbeddingSet without_identities(const EmbeddingSet& set, const std::vector<IdentityIndex>& excluded);

}  // namespace semblance::audit_stage
