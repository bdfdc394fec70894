#pragma once
// What the classifiers see: embeddings with every dimension at mean 0 and standard deviation 1.

#include <Eigen/Core>
#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "semblance/types.hpp"

namespace semblance::membership_stage {

using FeatureMatrix = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

/// Rows to learn from, and the class of each: 1 (synthetic, or member) or 0.
struct TrainingSet {
  FeatureMatrix rows;
  std::vector<std::uint8_t> positive;
  /// Weight of each class such that both count alike: rows / (2 rows of the class), as scikit-learn's "balanced".
  [[nodiscard]] std::array<double, 2> class_weights() const;
};

/// Rows `index` of `source` below one another, divided by their norm for cosine.
FeatureMatrix gather(const MatrixView& source, std::span<const RowIndex> index, Comparison comparison);

/// Per-dimension shift and scale, learnt from training rows. A dimension that doesn't vary becomes 0.
class Standardiser {
 public:
  explicit Standardiser(const FeatureMatrix& rows);
  void apply(FeatureMatrix& rows) const;

 private:
  Eigen::RowVectorXf mean_, scale_;
};

}  // namespace semblance::membership_stage
