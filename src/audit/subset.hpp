#pragma once
// A set without some of its rows.

#include <vector>

#include "semblance/store.hpp"

namespace semblance::audit_stage {

/// The rows that `kept` is true for (one entry a row), copied. Ids, order and labels stay consistent, people without a
/// row are gone; hashes still name the file that was read.
EmbeddingSet only_rows(const EmbeddingSet& set, const std::vector<bool>& kept);

}  // namespace semblance::audit_stage
