#include <cstdint>

#include "convert/layers.hpp"
#include "convert/networks.hpp"

namespace semblance::convert_stage {
namespace {

// Two convolutions beside a shortcut.
Volume residual(Layers& layers, const Volume& in, const std::string& name) {
  const Volume first = layers.relu(layers.scaled_convolution(in, name + "/conv1", in.channels, {}));
  return layers.relu(layers.add(layers.scaled_convolution(first, name + "/conv2", in.channels, {}), in));
}

// The same at half the side. The shortcut is averaged, and has zeros for channels that it lacks; the other way comes
// out a pixel smaller where the side is even, and has zeros on the right and below then.
Volume residual_down(Layers& layers, const Volume& in, const std::string& name, std::size_t channels) {
  const Window half{.size = 3, .stride = 2, .padding = Padding::none};
  const Volume first = layers.relu(layers.scaled_convolution(in, name + "/conv1", channels, half));
  const Volume second = layers.scaled_convolution(first, name + "/conv2", channels, {});
  const Volume pooled = layers.average_pool(in, {.size = 2, .stride = 2, .padding = Padding::none});
  const Volume shortcut = layers.pad_end(pooled, name + "/channels", channels, pooled.side);
  return layers.relu(layers.add(layers.pad_end(second, name + "/side", channels, pooled.side), shortcut));
}

}  // namespace

std::string face_recognition(const Weights& weights) {
  constexpr std::size_t kSide = 150;
  constexpr std::size_t kLast = 256;
  constexpr std::size_t kDimension = 128;
  OnnxGraph graph;
  Layers layers(weights, graph);
  Volume x = layers.input(kSide);
  x = layers.relu(layers.scaled_convolution(x, "conv32_down", 32, {.size = 7, .stride = 2, .padding = Padding::none}));
  x = layers.max_pool(x, {.size = 3, .stride = 2, .padding = Padding::none});
  for (const char* name : {"conv32_1", "conv32_2", "conv32_3"}) x = residual(layers, x, name);
  x = residual_down(layers, x, "conv64_down", 64);
  for (const char* name : {"conv64_1", "conv64_2", "conv64_3"}) x = residual(layers, x, name);
  x = residual_down(layers, x, "conv128_down", 128);
  for (const char* name : {"conv128_1", "conv128_2"}) x = residual(layers, x, name);
  x = residual_down(layers, x, "conv256_down", kLast);
  for (const char* name : {"conv256_1", "conv256_2"}) x = residual(layers, x, name);
  x = residual_down(layers, x, "conv256_down_out", kLast);

  const std::string mean = graph.node("Flatten", {graph.node("GlobalAveragePool", {x.name})});
  const std::string matrix =
      graph.constant("fc", {integer(kLast), integer(kDimension)}, weights.get("fc", {kLast, kDimension}).values);
  graph.output(graph.node("MatMul", {mean, matrix}, {}, "embedding"), {kAny, integer(kDimension)});
  return graph.model("face_recognition");
}

}  // namespace semblance::convert_stage
