#pragma once
// Embedding sets as sides of a comparison.

#include <array>
#include <optional>
#include <span>
#include <string>

#include "semblance/score.hpp"
#include "semblance/store.hpp"
#include "store/comparison_text.hpp"

namespace semblance {

ScoreSide side_of(const EmbeddingSet& set);

/// The longest row.
double largest_norm(const MatrixView& matrix);

/// One range for every histogram of a study, so that curves compare bin by bin; none: cosine's own.
std::optional<std::array<double, 2>> common_range(std::span<const MatrixView> sets, Comparison comparison);

}  // namespace semblance
