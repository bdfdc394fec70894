#include "infer/network.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "infer/graph.hpp"

namespace semblance::infer_stage {

Network::Network(const std::filesystem::path& runtime, const std::filesystem::path& model, std::size_t height,
                 std::size_t width)
    : shape_{1, 3, static_cast<std::int64_t>(height), static_cast<std::int64_t>(width)},
      graph_(std::make_unique<Graph>(runtime, model)) {
  const auto& inputs = graph_->inputs();
  if (inputs.size() != 1) {
    graph_->refuse(
        fmt::format("has {} inputs and {} outputs; one input is expected", inputs.size(), graph_->outputs().size()));
  }
  const Shape& takes = inputs.front().shape;
  const auto is_so = [](std::int64_t size, std::int64_t wanted) { return size < 0 || size == wanted; };
  if (!std::ranges::equal(takes, shape_, is_so)) {
    graph_->refuse(fmt::format("takes {}, the card says 1 x 3 x {} x {}", shape_text(takes), height, width));
  }
}

Network::~Network() = default;

const std::string& Network::runtime_version() const { return graph_->runtime_version(); }

void Network::run(std::span<const float> image, std::span<float> output) const {
  const std::array fed = {Graph::Fed{.input = 0, .values = image, .shape = shape_}};
  graph_->run(fed, 1, [&](std::size_t, const Shape&, std::span<const float> values) {
    if (values.size() != output.size()) {
      graph_->refuse(fmt::format("gives {} numbers, the card says {}", values.size(), output.size()));
    }
    std::ranges::copy(values, output.begin());
  });
}

std::vector<Tensor> Network::run(std::span<const float> image) const {
  std::vector<Tensor> tensors(graph_->outputs().size());
  const std::array fed = {Graph::Fed{.input = 0, .values = image, .shape = shape_}};
  graph_->run(fed, tensors.size(), [&](std::size_t k, const Shape& shape, std::span<const float> values) {
    tensors[k] = {.shape = shape, .values = {values.begin(), values.end()}};
  });
  return tensors;
}

}  // namespace semblance::infer_stage
