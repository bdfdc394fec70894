#include "embed/matcher_network.hpp"

#include <algorithm>

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

MatcherNetwork::MatcherNetwork(const std::filesystem::path& runtime, NetworkCard card)
    : card_(std::move(card)), network_(runtime, card_.weights, card_.input.height, card_.input.width) {}

void MatcherNetwork::run(std::span<const float> tensor, std::span<float> embedding) const {
  if (card_.flip != FlipFusion::norm_weighted) return network_.run(tensor, embedding);
  const std::vector<infer_stage::Tensor> outputs = network_.run(tensor);
  if (outputs.size() < 2 || outputs[0].values.size() != embedding.size() || outputs[1].values.size() != 1) {
    throw Error(ErrorCode::input, "embed", card_.weights.string(),
                "doesn't give an embedding of the card's dimension and its norm, which output.flip = \"norm-weighted\" "
                "needs");
  }
  std::ranges::transform(outputs[0].values, embedding.begin(), [&](float x) { return x * outputs[1].values[0]; });
}

void MatcherNetwork::embed(const picture_stage::Raster& face, Workspace& space, std::span<float> embedding) const {
  space.tensor.resize(3 * card_.input.height * card_.input.width);
  preprocess(face, card_, space.tensor);
  if (card_.flip == FlipFusion::none) return run(space.tensor, embedding);
  if (card_.flip == FlipFusion::concatenate) {
    run(space.tensor, embedding.first(embedding.size() / 2));
    mirror(space.tensor, card_.input.width);
    return run(space.tensor, embedding.last(embedding.size() / 2));
  }
  space.mirrored.resize(embedding.size());
  run(space.tensor, embedding);
  mirror(space.tensor, card_.input.width);
  run(space.tensor, space.mirrored);
  std::ranges::transform(embedding, space.mirrored, embedding.begin(), std::plus<>());
}

}  // namespace semblance::embed_stage
