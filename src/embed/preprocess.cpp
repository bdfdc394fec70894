#include "embed/preprocess.hpp"

#include <algorithm>
#include <cmath>

#include "infer/tensor.hpp"

namespace semblance::embed_stage {
namespace {

// TensorFlow's per_image_standardization: the least deviation keeps a picture of one colour finite.
void whiten(std::span<float> values) {
  const auto count = static_cast<double>(values.size());
  double sum = 0;
  for (const float value : values) sum += value;
  const double mean = sum / count;
  double squares = 0;
  for (const float value : values) squares += (value - mean) * (value - mean);
  const double deviation = std::max(std::sqrt(squares / count), 1 / std::sqrt(count));
  for (float& value : values) value = static_cast<float>((value - mean) / deviation);
}

}  // namespace

void preprocess(const picture_stage::Raster& picture, const NetworkCard& card, std::span<float> tensor) {
  const auto width = static_cast<double>(picture.width);
  // T96 is T112 without 8 of its 112 columns on either side.
  const double left = card.view == Template::t96 ? width * 8 / 112 : 0;
  infer_stage::draw(picture, {.left = left, .width = width - 2 * left, .height = static_cast<double>(picture.height)},
                    card.input.width, card.input.height, card.input, tensor);
  if (card.whiten) whiten(tensor);
}

}  // namespace semblance::embed_stage
