#include "infer/network.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "infer/graph.hpp"
#include "infer/legacy_network.hpp"
#include "semblance/error.hpp"

namespace semblance::infer_stage {

Network::Network(const Runtime& runtime, const std::filesystem::path& model, std::size_t height, std::size_t width)
    : shape_{1, 3, static_cast<std::int64_t>(height), static_cast<std::int64_t>(width)} {
  if (is_legacy(model)) {
    if (runtime.gpu) {
      throw Error(
          ErrorCode::usage, "infer", "--device " + device_name(runtime),
          fmt::format("has no place with {}, a network that OpenCV runs on the processor; convert it to ONNX, or "
                      "leave --device out",
                      model.string()));
    }
    legacy_ = std::make_unique<LegacyNetwork>(model);
    engine_ = legacy_->engine();
    // Such files often say nothing of their input: whether it fits shows when it is run.
    legacy_->run(std::vector<float>(3 * height * width), shape_, 1,
                 [](std::size_t, const std::vector<std::int64_t>&, std::span<const float>) {});
    return;
  }
  graph_ = std::make_unique<Graph>(runtime, model);
  runtime_version_ = graph_->runtime_version();
  engine_ = graph_->engine();
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
  takes_batches_ = takes.front() < 0;
}

Network::~Network() = default;

template <class Take>
void Network::run_to(std::span<const float> images, std::size_t count, const Take& take) const {
  if (legacy_) return legacy_->run(images, shape_, count, take);
  Shape shape = shape_;
  shape[0] = static_cast<std::int64_t>(images.size()) / (shape[1] * shape[2] * shape[3]);
  const std::array fed = {Graph::Fed{.input = 0, .values = images, .shape = shape}};
  graph_->run(fed, count, take);
}

void Network::run(std::span<const float> images, std::span<float> output) const {
  run_to(images, 1, [&](std::size_t, const Shape&, std::span<const float> values) {
    if (values.size() != output.size()) {
      const std::string why = fmt::format("gives {} numbers, the card says {}", values.size(), output.size());
      if (legacy_) legacy_->refuse(why);
      graph_->refuse(why);
    }
    std::ranges::copy(values, output.begin());
  });
}

std::vector<Tensor> Network::run(std::span<const float> images) const {
  std::vector<Tensor> tensors(legacy_ ? legacy_->outputs() : graph_->outputs().size());
  run_to(images, tensors.size(), [&](std::size_t k, const Shape& shape, std::span<const float> values) {
    tensors[k] = {.shape = shape, .values = {values.begin(), values.end()}};
  });
  return tensors;
}

}  // namespace semblance::infer_stage
