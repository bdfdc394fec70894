#pragma once
// From which similarity on two pictures are one photograph: what other photographs of one person hardly ever reach.

#include <cstdint>
#include <utility>
#include <vector>

#include "semblance/store.hpp"

namespace semblance::audit_stage {

using RowPair = std::pair<RowIndex, RowIndex>;

/// Pairs of different rows of one person, at most `count`: person after person in random order, one new random pair of
/// each, then the next round, so that nobody with many pictures outweighs the others. The same for the same seed.
std::vector<RowPair> draw_mated_pairs(const EmbeddingSet& set, std::size_t count, std::uint64_t seed);

struct NearCopyThreshold {
  double similarity = 0;
  std::size_t rests_on = 0;
  std::size_t duplicates = 0;
  bool assumed = false;
};

/// The similarity that at most 1 in 1,000 of `similarities` exceeds: those of pairs of different photographs of a
/// person. Pairs that are one photograph twice (0.95 or more) are left out and counted. With fewer than 200 others the
/// threshold is a fixed one, measured on labelled faces.
NearCopyThreshold near_copy_threshold(std::vector<double> similarities);

}  // namespace semblance::audit_stage
