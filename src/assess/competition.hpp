#pragma once
// Which synthetic images? Target-decoy competition of R against H for each image's best match.

#include <cstddef>
#include <span>
#include <vector>

#include "semblance/assess.hpp"

namespace semblance {

struct Competition {
  std::size_t targets = 0, decoys = 0;
  std::vector<FdrList> lists;  ///< one a level
};

/// An image is a target where its best match lies in R, a decoy where it lies in H or both are equally good. With
/// c = train_rows / (train_rows + holdout_rows), the FDR among targets with score >= t is estimated as
/// c / (1 - c) * (1 + decoys >= t) / (targets >= t) (Elias and Gygi 2007; the +1 of He et al. 2015 and Levitsky et al.
/// 2017), and the list at level q reaches down to the smallest t that keeps it at most q. O(n log n).
Competition compete(const SyntheticSide& synthetic, std::size_t train_rows, std::size_t holdout_rows,
                    std::span<const double> levels);

}  // namespace semblance
