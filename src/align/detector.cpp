#include "align/detector.hpp"

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "align/shrink.hpp"
#include "infer/tensor.hpp"
#include "semblance/error.hpp"

namespace semblance::align_stage {
using picture_stage::Raster;

Detector::Detector(const Runtime& runtime, DetectorCard card)
    : card_(std::move(card)), network_(runtime, card_.weights, card_.input.height, card_.input.width) {
  try {
    const auto outputs = network_.run(std::vector<float>(3 * card_.input.height * card_.input.width));
    read_outputs(outputs, card_);
    for (const infer_stage::Tensor& output : outputs) {
      // Such boxes are passed over one by one, and every picture would seem to have no face.
      if (!std::ranges::all_of(output.values, [](float x) { return std::isfinite(x); })) {
        throw std::invalid_argument("gives NaN or infinity for a grey picture: its weights are broken");
      }
    }
  } catch (const std::invalid_argument& why) {
    throw Error(ErrorCode::input, "align", card_.weights.string(), why.what());
  }
  if (card_.landmarks) landmark_network_.emplace(runtime, *card_.landmarks);
}

Landmarks Detector::landmarks(const Raster& picture, const Face& face) const {
  if (!landmark_network_) return face.landmarks;
  return landmark_network_->find(picture, {face.left, face.top}, {face.right, face.bottom});
}

std::vector<Face> Detector::faces(const Raster& picture) const {
  const std::size_t longer = std::max(picture.width, picture.height);
  std::vector<float> tensor(3 * card_.input.height * card_.input.width);
  for (const std::size_t side : card_.sides) {
    Raster smaller;
    const Raster& source = halved_to(picture, static_cast<double>(longer) / static_cast<double>(side), smaller);
    const auto scaled = [&](std::size_t length) {
      const double exact = static_cast<double>(length) * static_cast<double>(side) / static_cast<double>(longer);
      return std::max<std::size_t>(1, static_cast<std::size_t>(std::lround(exact)));
    };
    const std::size_t width = scaled(picture.width);
    const std::size_t height = scaled(picture.height);
    infer_stage::draw(source,
                      {.width = static_cast<double>(source.width), .height = static_cast<double>(source.height)}, width,
                      height, card_.input, tensor);
    std::vector<Face> found = suppress(read_outputs(network_.run(tensor), card_), card_.overlap);
    if (found.empty()) continue;
    // Centres of pixels lie at whole numbers, on both sides.
    const double across = static_cast<double>(picture.width) / static_cast<double>(width);
    const double down = static_cast<double>(picture.height) / static_cast<double>(height);
    const auto x_of = [&](double x) { return (x + 0.5) * across - 0.5; };
    const auto y_of = [&](double y) { return (y + 0.5) * down - 0.5; };
    for (Face& face : found) {
      face = {.left = x_of(face.left),
              .top = y_of(face.top),
              .right = x_of(face.right),
              .bottom = y_of(face.bottom),
              .score = face.score,
              .landmarks = face.landmarks};
      for (Point& point : face.landmarks) point = {x_of(point.x), y_of(point.y)};
    }
    return found;
  }
  return {};
}

}  // namespace semblance::align_stage
