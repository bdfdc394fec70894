#include <fmt/format.h>

#include <array>
#include <cmath>
#include <cstdint>
#include <vector>

#include "convert/layers.hpp"
#include "convert/networks.hpp"

namespace semblance::convert_stage {
namespace {

constexpr std::size_t kSide = 512;
constexpr std::size_t kBox = 4;      // top, left, bottom, right
constexpr std::size_t kClasses = 3;  // background, face, and one that was never trained

class Ssd {
 public:
  Ssd(const Weights& weights, OnnxGraph& graph)
      : weights_(weights),
        graph_(graph),
        layers_(weights, graph),
        zero_(graph.constant("zero", Shape{}, std::array{0.0F})),
        six_(graph.constant("six", Shape{}, std::array{6.0F})) {}

  void build() {
    Volume x = pointwise(layers_.input(kSide), "MobilenetV1/Conv2d_0_pointwise", 32, {.size = 3, .stride = 2});
    // Channels after each pair of a depthwise and a pointwise convolution; where they double, the side is halved,
    // but for the first pair.
    constexpr std::array<std::size_t, 13> kChannels = {64,  128, 128, 256, 256,  512, 512,
                                                       512, 512, 512, 512, 1024, 1024};
    for (std::size_t k = 1; k <= kChannels.size(); ++k) {
      const std::size_t channels = kChannels[k - 1];
      const std::size_t stride = k > 1 && channels != x.channels ? 2 : 1;
      x = depthwise(x, fmt::format("MobilenetV1/Conv2d_{}_depthwise", k), stride);
      x = pointwise(x, fmt::format("MobilenetV1/Conv2d_{}_pointwise", k), channels, {.size = 1});
      constexpr std::size_t kFirstSeen = 11;  // the pair whose output is looked at, too: the finest grid
      if (k == kFirstSeen) predict(x, 3);
    }
    predict(x, 6);
    constexpr std::array<std::size_t, 8> kMore = {256, 512, 128, 256, 128, 256, 64, 128};
    for (std::size_t k = 0; k < kMore.size(); ++k) {
      const bool halves = k % 2 == 1;
      const Window window = halves ? Window{.size = 3, .stride = 2} : Window{.size = 1};
      x = pointwise(x, fmt::format("Prediction/Conv2d_{}_pointwise", k), kMore[k], window);
      if (halves) predict(x, 6);
    }
    finish();
  }

 private:
  Volume clipped(const Volume& in) { return {graph_.node("Clip", {in.name, zero_, six_}), in.channels, in.side}; }

  Volume pointwise(const Volume& in, const std::string& name, std::size_t channels, Window window) {
    return clipped(layers_.convolution(in, name + "/weights", name + "/convolution_bn_offset", channels, window));
  }

  // With the normalisation over a batch that training learnt, as factors of the filters and a bias.
  Volume depthwise(const Volume& in, const std::string& name, std::size_t stride) {
    constexpr double kEpsilon = 0.0010000000474974513;
    const Shape channels = {integer(in.channels)};
    const auto learnt = [&](const char* what) -> const std::vector<float>& {
      return weights_.get(fmt::format("{}/BatchNorm/{}", name, what), {in.channels}).values;
    };
    std::vector<double> factors(in.channels);
    std::vector<float> bias(in.channels);
    for (std::size_t c = 0; c < in.channels; ++c) {
      factors[c] = static_cast<double>(learnt("gamma")[c]) /
                   std::sqrt(static_cast<double>(learnt("moving_variance")[c]) + kEpsilon);
      bias[c] = static_cast<float>(static_cast<double>(learnt("beta")[c]) -
                                   static_cast<double>(learnt("moving_mean")[c]) * factors[c]);
    }
    const std::string added = graph_.constant(name + "/bias", channels, bias);
    return clipped(
        layers_.depthwise_convolution(in, name + "/depthwise_weights", factors, added, {.size = 3, .stride = stride}));
  }

  // What a grid says: `anchors` boxes a cell, in order of rows, columns, anchors.
  void predict(const Volume& in, std::size_t anchors) {
    const std::string name = fmt::format("Prediction/BoxPredictor_{}", boxes_.size());
    const auto rows = [&](const std::string& part, std::size_t each) {
      const std::string predictor = fmt::format("{}/{}", name, part);
      const Volume all =
          layers_.convolution(in, predictor + "/weights", predictor + "/biases", anchors * each, {.size = 1});
      const std::string last = graph_.node("Transpose", {all.name}, {{"perm", std::vector<std::int64_t>{0, 2, 3, 1}}});
      const std::string shape = graph_.constant(predictor + "/rows", {0, -1, integer(each)});
      return graph_.node("Reshape", {last, shape});
    };
    boxes_.push_back(rows("BoxEncodingPredictor", kBox));
    classes_.push_back(rows("ClassPredictor", kClasses));
    count_ += in.side * in.side * anchors;
  }

  // Boxes in pixels of the input from their distances to the boxes that each cell begins with.
  void finish() {
    const std::vector<float>& priors = weights_.get("Output/extra_dim", {1, count_, kBox}).values;
    std::vector<float> centres;
    std::vector<float> steps;  // a tenth of the box
    std::vector<float> halves;
    for (std::size_t k = 0; k < priors.size(); k += kBox) {
      for (const std::size_t axis : {k, k + 1}) {
        const double size = kSide * (static_cast<double>(priors[axis + 2]) - static_cast<double>(priors[axis]));
        centres.push_back(static_cast<float>(kSide * static_cast<double>(priors[axis]) + size / 2));
        steps.push_back(static_cast<float>(size / 10));
        halves.push_back(static_cast<float>(size / 2));
      }
    }
    const Shape pairs = {integer(count_), 2};
    const std::string fifth = graph_.constant("fifth", Shape{}, std::array{0.2F});
    const std::string moved = graph_.node("Concat", boxes_, {{"axis", std::int64_t{1}}});
    const std::string centre =
        graph_.node("Add", {graph_.node("Mul", {part(moved, "shift", 0, 2), graph_.constant("steps", pairs, steps)}),
                            graph_.constant("centres", pairs, centres)});
    const std::string grown = graph_.node("Exp", {graph_.node("Mul", {part(moved, "growth", 2, 4), fifth})});
    const std::string half = graph_.node("Mul", {grown, graph_.constant("halves", pairs, halves)});
    const std::string corners =
        graph_.node("Concat", {graph_.node("Sub", {centre, half}), graph_.node("Add", {centre, half})},
                    {{"axis", std::int64_t{2}}});
    const std::string order = graph_.constant("left_top_right_bottom", {1, 0, 3, 2});
    graph_.output(graph_.node("Gather", {corners, order}, {{"axis", std::int64_t{2}}}, "boxes"),
                  {kAny, integer(count_), integer(kBox)});
    const std::string seen = graph_.node("Concat", classes_, {{"axis", std::int64_t{1}}});
    graph_.output(graph_.node("Sigmoid", {part(seen, "face", 1, 2)}, {}, "scores"), {kAny, integer(count_), 1});
  }

  // The numbers from `first` up to `last` of each row.
  std::string part(const std::string& rows, const std::string& name, std::int64_t first, std::int64_t last) {
    return graph_.node("Slice", {rows, graph_.constant(name + "/from", {first}), graph_.constant(name + "/to", {last}),
                                 graph_.constant(name + "/axis", {2})});
  }

  const Weights& weights_;
  OnnxGraph& graph_;
  Layers layers_;
  std::string zero_, six_;
  std::vector<std::string> boxes_, classes_;
  std::size_t count_ = 0;
};

}  // namespace

std::string ssd_mobilenetv1(const Weights& weights) {
  OnnxGraph graph;
  Ssd(weights, graph).build();
  return graph.model("ssd_mobilenetv1");
}

}  // namespace semblance::convert_stage
