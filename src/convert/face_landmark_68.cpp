#include <fmt/format.h>

#include <cstdint>

#include "convert/layers.hpp"
#include "convert/networks.hpp"

namespace semblance::convert_stage {
namespace {

// Four convolutions, the first at half the side; each takes the sum of all before it, and all four are added up.
Volume dense_block(Layers& layers, const Volume& in, const std::string& name, std::size_t channels, bool plain) {
  const Window half{.size = 3, .stride = 2};
  const std::string first = name + "/conv0";
  Volume sum = layers.relu(plain ? layers.convolution(in, first + "/filters", first + "/bias", channels, half)
                                 : layers.separable_convolution(in, first, channels, half));
  Volume taken = sum;
  for (int k = 1; k < 4; ++k) {
    sum = layers.add(sum, layers.separable_convolution(taken, fmt::format("{}/conv{}", name, k), channels, {}));
    taken = layers.relu(sum);
  }
  return taken;
}

}  // namespace

std::string face_landmark_68(const Weights& weights) {
  constexpr std::size_t kSide = 112;
  constexpr std::size_t kNumbers = 136;
  OnnxGraph graph;
  Layers layers(weights, graph);
  Volume x = layers.input(kSide);
  std::size_t channels = 32;
  for (int block = 0; block < 4; ++block, channels *= 2) {
    x = dense_block(layers, x, fmt::format("dense{}", block), channels, block == 0);
  }
  x = layers.average_pool(x, {.size = x.side, .stride = 1, .padding = Padding::none});
  const std::string matrix = graph.constant("fc/weights", {integer(x.channels), integer(kNumbers)},
                                            weights.get("fc/weights", {x.channels, kNumbers}).values);
  const std::string bias = graph.constant("fc/bias", {integer(kNumbers)}, weights.get("fc/bias", {kNumbers}).values);
  graph.output(graph.node("Gemm", {graph.node("Flatten", {x.name}), matrix, bias}, {}, "points"),
               {kAny, integer(kNumbers)});
  return graph.model("face_landmark_68");
}

}  // namespace semblance::convert_stage
