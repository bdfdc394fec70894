#include "embed/matcher_network.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <functional>

#include "embed/preprocess.hpp"
#include "semblance/error.hpp"

namespace semblance::embed_stage {
namespace {

// Left and right exchanged, row by row.
void mirror(std::span<float> tensor, std::size_t width) {
  for (auto row = tensor.begin(); row != tensor.end(); row += static_cast<std::ptrdiff_t>(width)) {
    std::reverse(row, row + static_cast<std::ptrdiff_t>(width));
  }
}

}  // namespace

MatcherNetwork::MatcherNetwork(const Runtime& runtime, NetworkCard card, std::size_t batch)
    : card_(std::move(card)),
      network_(runtime, card_.weights, card_.input.height, card_.input.width),
      batch_(settled(runtime, batch)) {}

std::size_t MatcherNetwork::settled(const Runtime& runtime, std::size_t asked) const {
  constexpr std::size_t kOnGpu = 32;
  if (asked == 0) return runtime.gpu && network_.takes_batches() ? kOnGpu : 1;
  if (asked > kLargestBatch) {
    throw Error(ErrorCode::usage, "embed", "--batch", fmt::format("is {}; at most {} go", asked, kLargestBatch));
  }
  if (asked > 1 && !network_.takes_batches()) {
    throw Error(ErrorCode::usage, "embed", "--batch",
                fmt::format("is {}, but {} takes one picture at a time; leave --batch out, or export the network with "
                            "their number left open",
                            asked, card_.weights.string()));
  }
  return asked;
}

void MatcherNetwork::run(std::span<const float> tensor, std::span<float> embeddings) const {
  if (card_.flip != FlipFusion::norm_weighted) return network_.run(tensor, embeddings);
  const std::vector<infer_stage::Tensor> outputs = network_.run(tensor);
  if (outputs.size() < 2 || outputs[0].values.size() != embeddings.size() || outputs[1].values.size() != batch_) {
    throw Error(ErrorCode::input, "embed", card_.weights.string(),
                "doesn't give an embedding of the card's dimension and its norm, which output.flip = \"norm-weighted\" "
                "needs");
  }
  const std::size_t width = embeddings.size() / batch_;
  for (std::size_t i = 0; i < embeddings.size(); ++i) {
    embeddings[i] = outputs[0].values[i] * outputs[1].values[i / width];
  }
}

void MatcherNetwork::embed(std::span<const picture_stage::Raster> faces, Workspace& space,
                           std::span<float> embeddings) const {
  const std::size_t picture = 3 * card_.input.height * card_.input.width;
  const std::size_t dimension = card_.matcher.dimension;
  const std::size_t width = card_.flip == FlipFusion::concatenate ? dimension / 2 : dimension;  // of the network
  space.tensor.resize(batch_ * picture);
  for (std::size_t k = 0; k < batch_; ++k) {
    const auto place = std::span(space.tensor).subspan(k * picture, picture);
    if (k < faces.size() && !faces[k].pixels.empty()) {
      preprocess(faces[k], card_, place);
    } else {
      std::ranges::fill(place, 0.0F);
    }
  }
  space.straight.resize(batch_ * width);
  run(space.tensor, space.straight);
  if (card_.flip != FlipFusion::none) {
    mirror(space.tensor, card_.input.width);
    space.mirrored.resize(batch_ * width);
    run(space.tensor, space.mirrored);
  }
  for (std::size_t k = 0; k < faces.size(); ++k) {
    const auto straight = std::span(space.straight).subspan(k * width, width);
    const auto embedding = embeddings.subspan(k * dimension, dimension);
    std::ranges::copy(straight, embedding.begin());
    if (card_.flip == FlipFusion::none) continue;
    const auto mirrored = std::span(space.mirrored).subspan(k * width, width);
    if (card_.flip == FlipFusion::concatenate) {
      std::ranges::copy(mirrored, embedding.last(width).begin());
    } else {
      std::ranges::transform(straight, mirrored, embedding.begin(), std::plus<>());
    }
  }
}

}  // namespace semblance::embed_stage
