#pragma once
// Layers that the networks share, as ONNX nodes. TensorFlow's layout (height, width, channels; filters with outputs
// last) becomes ONNX's.

#include <cstddef>
#include <string>
#include <vector>

#include "convert/onnx_graph.hpp"
#include "convert/weights.hpp"

namespace semblance::convert_stage {

/// A square image tensor in the graph.
struct Volume {
  std::string name;
  std::size_t channels = 0, side = 0;
};

enum class Padding {
  none,
  same,  ///< TensorFlow's: as many outputs as inputs over the stride; an odd pixel goes right and below
};

struct Window {
  std::size_t size = 3, stride = 1;
  Padding padding = Padding::same;
  std::size_t around = 0;  ///< zeros on every side, with Padding::none
};

class Layers {
 public:
  Layers(const Weights& weights, OnnxGraph& graph) : weights_(weights), graph_(graph) {}

  Volume input(std::size_t side);
  /// Filters and bias of these names.
  Volume convolution(const Volume& in, const std::string& filters, const std::string& bias, std::size_t channels,
                     Window window);
  /// Filters and bias of "NAME/conv/", each output then times "NAME/scale/weights" plus "NAME/scale/biases": one
  /// convolution whose numbers hold all of it.
  Volume scaled_convolution(const Volume& in, const std::string& name, std::size_t channels, Window window);
  /// Each channel by itself, its filter times the channel's factor. `bias`: a constant, or empty.
  Volume depthwise_convolution(const Volume& in, const std::string& filters, const std::vector<double>& factors,
                               const std::string& bias, Window window);
  /// "NAME/depthwise_filter", "NAME/pointwise_filter" and "NAME/bias".
  Volume separable_convolution(const Volume& in, const std::string& name, std::size_t channels, Window window);
  Volume relu(const Volume& in);
  Volume leaky_relu(const Volume& in, float slope);
  Volume add(const Volume& a, const Volume& b);
  Volume max_pool(const Volume& in, Window window);
  Volume average_pool(const Volume& in, Window window);
  /// Zeros at the end: of channels, rows and columns. `name`: of the constant that says how many.
  Volume pad_end(const Volume& in, const std::string& name, std::size_t channels, std::size_t side);

  [[nodiscard]] const Weights& weights() const { return weights_; }
  [[nodiscard]] OnnxGraph& graph() { return graph_; }

 private:
  /// `values`: of TensorFlow's layout. `bias`: a constant, or empty.
  Volume convolve(const Volume& in, const std::string& filters, const std::vector<float>& values,
                  const std::string& bias, std::size_t channels, Window window, std::size_t groups);

  const Weights& weights_;
  OnnxGraph& graph_;
};

}  // namespace semblance::convert_stage
