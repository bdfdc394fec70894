#pragma once
// Images that are all but the same: counted once, they tell a few copied faces from many.

#include <vector>

#include "semblance/experiment.hpp"

namespace semblance::experiment_stage {

/// Single-linkage clusters of `rows` of a set: images are joined when they score `threshold` or more. Clusters and
/// members ascend by row; single images are clusters, too. Linear memory unless very many pairs are near-duplicates;
/// past kMostLinks of them the strongest are used.
std::vector<std::vector<RowIndex>> near_duplicate_clusters(const EmbeddingSet& set, std::vector<RowIndex> rows,
                                                           double threshold, Comparison comparison, unsigned threads);

inline constexpr std::uint64_t kMostLinks = 4'000'000;

}  // namespace semblance::experiment_stage
