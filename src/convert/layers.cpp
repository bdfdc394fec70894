#include "convert/layers.hpp"

namespace semblance::convert_stage {
namespace {

std::size_t outputs_of(std::size_t side, Window window) {
  if (window.padding == Padding::same) return (side + window.stride - 1) / window.stride;
  return (side + 2 * window.around - window.size) / window.stride + 1;
}

// Kernel, strides and pads of a window over a square.
std::vector<Attribute> attributes_of(std::size_t side, Window window) {
  std::size_t padded = 2 * window.around;
  if (window.padding == Padding::same) {
    const std::size_t covered = (outputs_of(side, window) - 1) * window.stride + window.size;
    padded = covered > side ? covered - side : 0;
  }
  const std::int64_t before = integer(padded / 2);
  const std::int64_t after = integer(padded) - before;
  const auto square = [](std::size_t each) { return std::vector{integer(each), integer(each)}; };
  return {{"kernel_shape", square(window.size)},
          {"strides", square(window.stride)},
          {"pads", std::vector{before, before, after, after}}};
}

// (size, size, inputs, outputs) as (outputs, inputs, size, size).
std::vector<float> outputs_first(const std::vector<float>& filters, std::size_t inputs, std::size_t outputs) {
  std::vector<float> result(filters.size());
  const std::size_t places = filters.size() / inputs / outputs;
  auto from = filters.begin();
  for (std::size_t place = 0; place < places; ++place) {
    for (std::size_t i = 0; i < inputs; ++i) {
      for (std::size_t o = 0; o < outputs; ++o) result[(o * inputs + i) * places + place] = *from++;
    }
  }
  return result;
}

}  // namespace

Volume Layers::input(std::size_t side) {
  constexpr std::size_t kColours = 3;
  return {graph_.input("image", {kAny, integer(kColours), integer(side), integer(side)}), kColours, side};
}

Volume Layers::convolve(const Volume& in, const std::string& filters, const std::vector<float>& values,
                        const std::string& bias, std::size_t channels, Window window, std::size_t groups) {
  const std::size_t inputs = in.channels / groups;
  // Depthwise filters lie as (size, size, channels, 1), so that channels are what is split, not outputs.
  const std::vector<float> ours =
      groups == 1 ? outputs_first(values, inputs, channels) : outputs_first(values, in.channels, channels / groups);
  const Shape shape = {integer(channels), integer(inputs), integer(window.size), integer(window.size)};
  std::vector<Attribute> attributes = attributes_of(in.side, window);
  if (groups > 1) attributes.push_back({"group", integer(groups)});
  std::vector<std::string> from = {in.name, graph_.constant(filters, shape, ours)};
  if (!bias.empty()) from.push_back(bias);
  return {graph_.node("Conv", from, attributes), channels, outputs_of(in.side, window)};
}

Volume Layers::convolution(const Volume& in, const std::string& filters, const std::string& bias, std::size_t channels,
                           Window window) {
  const Tensor& taken = weights_.get(filters, {window.size, window.size, in.channels, channels});
  const std::string added = graph_.constant(bias, {integer(channels)}, weights_.get(bias, {channels}).values);
  return convolve(in, filters, taken.values, added, channels, window, 1);
}

Volume Layers::scaled_convolution(const Volume& in, const std::string& name, std::size_t channels, Window window) {
  const std::string filters = name + "/conv/filters";
  const std::string bias = name + "/conv/bias";
  std::vector<float> scaled = weights_.get(filters, {window.size, window.size, in.channels, channels}).values;
  std::vector<float> moved = weights_.get(bias, {channels}).values;
  const std::vector<float>& factors = weights_.get(name + "/scale/weights", {channels}).values;
  const std::vector<float>& offsets = weights_.get(name + "/scale/biases", {channels}).values;
  for (std::size_t k = 0; k < scaled.size(); ++k) {
    scaled[k] = static_cast<float>(double{scaled[k]} * double{factors[k % channels]});
  }
  for (std::size_t k = 0; k < channels; ++k) {
    moved[k] = static_cast<float>(double{moved[k]} * double{factors[k]} + double{offsets[k]});
  }
  const std::string added = graph_.constant(bias, {integer(channels)}, moved);
  return convolve(in, filters, scaled, added, channels, window, 1);
}

Volume Layers::depthwise_convolution(const Volume& in, const std::string& filters, const std::vector<double>& factors,
                                     const std::string& bias, Window window) {
  std::vector<float> scaled = weights_.get(filters, {window.size, window.size, in.channels, 1}).values;
  for (std::size_t k = 0; k < scaled.size(); ++k) {
    scaled[k] = static_cast<float>(double{scaled[k]} * factors[k % in.channels]);
  }
  return convolve(in, filters, scaled, bias, in.channels, window, in.channels);
}

Volume Layers::separable_convolution(const Volume& in, const std::string& name, std::size_t channels, Window window) {
  const std::vector<double> as_they_are(in.channels, 1);
  const Volume across = depthwise_convolution(in, name + "/depthwise_filter", as_they_are, {}, window);
  return convolution(across, name + "/pointwise_filter", name + "/bias", channels, {.size = 1});
}

Volume Layers::relu(const Volume& in) { return {graph_.node("Relu", {in.name}), in.channels, in.side}; }

Volume Layers::leaky_relu(const Volume& in, float slope) {
  return {graph_.node("LeakyRelu", {in.name}, {{"alpha", slope}}), in.channels, in.side};
}

Volume Layers::add(const Volume& a, const Volume& b) {
  return {graph_.node("Add", {a.name, b.name}), a.channels, a.side};
}

Volume Layers::max_pool(const Volume& in, Window window) {
  return {graph_.node("MaxPool", {in.name}, attributes_of(in.side, window)), in.channels, outputs_of(in.side, window)};
}

Volume Layers::average_pool(const Volume& in, Window window) {
  return {graph_.node("AveragePool", {in.name}, attributes_of(in.side, window)), in.channels,
          outputs_of(in.side, window)};
}

Volume Layers::pad_end(const Volume& in, const std::string& name, std::size_t channels, std::size_t side) {
  if (channels == in.channels && side == in.side) return in;
  const std::int64_t more = integer(side - in.side);
  const std::string pads = graph_.constant(name, {0, 0, 0, 0, 0, integer(channels - in.channels), more, more});
  return {graph_.node("Pad", {in.name, pads}), channels, side};
}

}  // namespace semblance::convert_stage
