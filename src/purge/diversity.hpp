#pragma once
// How varied a set of embeddings is.

#include <cstddef>
#include <functional>
#include <optional>
#include <vector>

#include "semblance/types.hpp"

namespace semblance::purge_stage {

/// Sums over unit rows, to which rows can be added or taken away again.
class Spread {
 public:
  explicit Spread(std::size_t dim);
  /// Adds (or takes away) the rows that `wanted` is true for, each divided by its norm; zero rows are passed over.
  /// Threads share the rows in fixed blocks, so the sums don't depend on their number.
  void add(const MatrixView& rows, const std::vector<bool>& wanted, bool away, unsigned threads);

  /// exp(-sum p log p), p the eigenvalues of the covariance over their sum (Roy and Vetterli 2007).
  [[nodiscard]] std::optional<double> effective_rank() const;
  /// Mean over all pairs of two rows: (|sum|^2 - n) / (n (n - 1)).
  [[nodiscard]] std::optional<double> mean_cosine() const;

 private:
  std::size_t dim_;
  double rows_ = 0;
  std::vector<double> sum_;       ///< (dim)
  std::vector<double> products_;  ///< (dim, dim), lower triangle
};

}  // namespace semblance::purge_stage
