#include "embed/preprocess.hpp"

#include "infer/tensor.hpp"

namespace semblance::embed_stage {

void preprocess(const picture_stage::Raster& picture, const NetworkCard& card, std::span<float> tensor) {
  const auto width = static_cast<double>(picture.width);
  // T96 is T112 without 8 of its 112 columns on either side.
  const double left = card.view == Template::t96 ? width * 8 / 112 : 0;
  infer_stage::draw(picture, {.left = left, .width = width - 2 * left, .height = static_cast<double>(picture.height)},
                    card.input.width, card.input.height, card.input, tensor);
}

}  // namespace semblance::embed_stage
