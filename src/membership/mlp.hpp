#pragma once
// A small multilayer perceptron, d -> 256 -> 256 -> 2, as membership attacks use it (LOGAN, arXiv 1705.07663).

#include <array>
#include <cstdint>
#include <vector>

#include "membership/features.hpp"

namespace semblance::membership_stage {

struct MlpOptions {
  unsigned epochs = 10;
  Eigen::Index hidden = 256;
  Eigen::Index batch = 128;
  float learning_rate = 1e-3F;
  std::uint64_t seed = 1;
};

/// ReLU, softmax, cross-entropy with balanced classes, Adam (Kingma and Ba 2015: 0.9, 0.999, 1e-8), He's
/// initialisation. One thread and a fixed order of operations: deterministic in the seed.
class Mlp {
 public:
  Mlp(const TrainingSet& data, const MlpOptions& options);
  /// Difference of the two outputs: the log-odds of class 1.
  [[nodiscard]] std::vector<double> log_odds(const FeatureMatrix& rows) const;

 private:
  struct Layer {
    FeatureMatrix weight;  ///< (in, out)
    Eigen::RowVectorXf bias;
  };
  std::array<Layer, 3> layers_;
};

}  // namespace semblance::membership_stage
