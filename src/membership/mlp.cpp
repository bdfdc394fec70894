#include "membership/mlp.hpp"

#include <algorithm>
#include <cmath>

#include "base/rng.hpp"

namespace semblance::membership_stage {
namespace {

// Eigen cuts products by the machine's cache sizes, and so sums in another order elsewhere, unless told the sizes.
void fix_cache_sizes() {
  static const bool done = (Eigen::setCpuCacheSizes(32 << 10, 1 << 20, 8 << 20), true);
  static_cast<void>(done);
}

// Adam's running moments of one parameter matrix.
class Moments {
 public:
  Moments(Eigen::Index rows, Eigen::Index cols)
      : first_(Eigen::ArrayXXf::Zero(rows, cols)), second_(Eigen::ArrayXXf::Zero(rows, cols)) {}

  template <class Parameters, class Gradient>
  void update(Parameters& parameters, const Gradient& gradient, float rate, unsigned step) {
    constexpr float kDecay1 = 0.9F;
    constexpr float kDecay2 = 0.999F;
    constexpr float kEpsilon = 1e-8F;
    const auto t = static_cast<double>(step);
    const auto unbias1 = static_cast<float>(1 / (1 - std::pow(0.9, t)));
    const auto unbias2 = static_cast<float>(1 / (1 - std::pow(0.999, t)));
    first_ = kDecay1 * first_ + (1 - kDecay1) * gradient.array();
    second_ = kDecay2 * second_ + (1 - kDecay2) * gradient.array().square();
    parameters.array() -= rate * unbias1 * first_ / ((unbias2 * second_).sqrt() + kEpsilon);
  }

 private:
  Eigen::Array<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor> first_, second_;
};

// Gradient of the weighted mean cross-entropy with regard to the two outputs; rows are outputs of one image.
FeatureMatrix output_gradient(const FeatureMatrix& outputs, std::span<const std::uint8_t> positive,
                              const std::array<double, 2>& weights) {
  FeatureMatrix gradient(outputs.rows(), 2);
  const auto count = static_cast<double>(outputs.rows());
  for (Eigen::Index i = 0; i < outputs.rows(); ++i) {
    const std::uint8_t label = positive[static_cast<std::size_t>(i)];
    const double odds = static_cast<double>(outputs(i, 1)) - static_cast<double>(outputs(i, 0));
    const double error = (1 / (1 + std::exp(-odds)) - label) * weights[label] / count;
    gradient(i, 1) = static_cast<float>(error);
    gradient(i, 0) = static_cast<float>(-error);
  }
  return gradient;
}

}  // namespace

Mlp::Mlp(const TrainingSet& data, const MlpOptions& options) {
  fix_cache_sizes();
  Rng rng(derive_seed(options.seed, "membership mlp"));
  const std::array<Eigen::Index, 4> width = {data.rows.cols(), options.hidden, options.hidden, 2};
  std::vector<Moments> weight_moments;
  std::vector<Moments> bias_moments;
  for (std::size_t l = 0; l < layers_.size(); ++l) {
    boost::random::normal_distribution<double> normal(0, std::sqrt(2.0 / static_cast<double>(width[l])));
    layers_[l].weight.resize(width[l], width[l + 1]);
    for (float& w : layers_[l].weight.reshaped<Eigen::RowMajor>()) w = static_cast<float>(normal(rng));
    layers_[l].bias = Eigen::RowVectorXf::Zero(width[l + 1]);
    weight_moments.emplace_back(width[l], width[l + 1]);
    bias_moments.emplace_back(1, width[l + 1]);
  }

  const std::array<double, 2> weights = data.class_weights();
  const auto rows = static_cast<std::size_t>(data.rows.rows());
  std::vector<std::size_t> order = random_permutation(rows, rng);
  std::vector<std::uint8_t> labels;
  std::array<FeatureMatrix, 3> input;  // of each layer
  FeatureMatrix outputs;
  unsigned step = 0;
  for (unsigned epoch = 0; epoch < options.epochs; ++epoch) {
    shuffle(order, rng);
    for (std::size_t begin = 0; begin < rows; begin += static_cast<std::size_t>(options.batch)) {
      const std::size_t count = std::min(static_cast<std::size_t>(options.batch), rows - begin);
      input[0].resize(static_cast<Eigen::Index>(count), data.rows.cols());
      labels.resize(count);
      for (std::size_t i = 0; i < count; ++i) {
        input[0].row(static_cast<Eigen::Index>(i)) = data.rows.row(static_cast<Eigen::Index>(order[begin + i]));
        labels[i] = data.positive[order[begin + i]];
      }
      for (std::size_t l = 0; l < layers_.size(); ++l) {
        FeatureMatrix& out = l + 1 < layers_.size() ? input[l + 1] : outputs;
        out.noalias() = input[l] * layers_[l].weight;
        out.rowwise() += layers_[l].bias;
        if (l + 1 < layers_.size()) out = out.cwiseMax(0.0F);
      }
      FeatureMatrix gradient = output_gradient(outputs, labels, weights);
      ++step;
      for (std::size_t l = layers_.size(); l-- > 0;) {
        const FeatureMatrix weight_gradient = input[l].transpose() * gradient;
        const Eigen::RowVectorXf bias_gradient = gradient.colwise().sum();
        if (l > 0) {
          FeatureMatrix below = gradient * layers_[l].weight.transpose();
          below.array() *= (input[l].array() > 0).cast<float>();
          gradient = std::move(below);
        }
        weight_moments[l].update(layers_[l].weight, weight_gradient, options.learning_rate, step);
        bias_moments[l].update(layers_[l].bias, bias_gradient, options.learning_rate, step);
      }
    }
  }
}

std::vector<double> Mlp::log_odds(const FeatureMatrix& rows) const {
  constexpr Eigen::Index kBlockRows = 512;
  std::vector<double> odds;
  odds.reserve(static_cast<std::size_t>(rows.rows()));
  for (Eigen::Index begin = 0; begin < rows.rows(); begin += kBlockRows) {
    FeatureMatrix values = rows.middleRows(begin, std::min(kBlockRows, rows.rows() - begin));
    for (std::size_t l = 0; l < layers_.size(); ++l) {
      FeatureMatrix out = values * layers_[l].weight;
      out.rowwise() += layers_[l].bias;
      if (l + 1 < layers_.size()) out = out.cwiseMax(0.0F);
      values = std::move(out);
    }
    for (Eigen::Index i = 0; i < values.rows(); ++i) {
      odds.push_back(static_cast<double>(values(i, 1)) - static_cast<double>(values(i, 0)));
    }
  }
  return odds;
}

}  // namespace semblance::membership_stage
