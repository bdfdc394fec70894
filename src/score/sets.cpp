#include "score/sets.hpp"

#include <algorithm>
#include <cmath>

namespace semblance {

ScoreSide side_of(const EmbeddingSet& set) { return {set.matrix, set.order, set.identity, set.identity_names.size()}; }

double largest_norm(const MatrixView& matrix) {
  double largest = 0;
  for (std::size_t i = 0; i < matrix.rows; ++i) {
    double sum = 0;
    for (const float x : matrix.row(i)) sum += static_cast<double>(x) * static_cast<double>(x);
    largest = std::max(largest, sum);
  }
  return std::sqrt(largest);
}

std::optional<std::array<double, 2>> common_range(std::span<const MatrixView> sets, Comparison comparison) {
  if (comparison == Comparison::cosine) return std::nullopt;
  double norm = 0;
  for (const MatrixView& set : sets) norm = std::max(norm, largest_norm(set));
  if (norm == 0) norm = 1;
  if (comparison == Comparison::inner_product) return std::array{-norm * norm, norm * norm};
  return std::array{-4 * norm * norm, 0.0};
}

}  // namespace semblance
