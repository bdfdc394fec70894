#pragma once
// Ids, tie order and identities of a set.

#include <string>
#include <vector>

#include "semblance/store.hpp"

namespace semblance::store_stage {

/// Fills ids, order, labelled, identity and identity_names of `set` for its matrix.rows rows. `ids`: one a row and
/// unique, or empty: the row numbers are the ids, and the tie order is the row order. `identities`: one a row, or
/// empty: every row is an identity of its own, named by its id and numbered in tie order.
void label(EmbeddingSet& set, std::vector<std::string> ids, const std::vector<std::string>& identities);

}  // namespace semblance::store_stage
