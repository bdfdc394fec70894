#include "align/landmark_network.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

#include "align/shrink.hpp"
#include "infer/tensor.hpp"

namespace semblance::align_stage {

LandmarkNetwork::LandmarkNetwork(const Runtime& runtime, LandmarkCard card)
    : card_(std::move(card)), network_(runtime, card_.weights, card_.input.height, card_.input.width) {
  std::vector<float> points(2 * kPointsOfFace);
  network_.run(std::vector<float>(3 * card_.input.height * card_.input.width), points);
}

Landmarks LandmarkNetwork::find(const picture_stage::Raster& picture, Point top_left, Point bottom_right) const {
  const double side = std::max(bottom_right.x - top_left.x, bottom_right.y - top_left.y);
  // Edges of pixels lie at whole numbers here, centres do in boxes and landmarks.
  const double left = (top_left.x + bottom_right.x - side) / 2 + 0.5;
  const double top = (top_left.y + bottom_right.y - side) / 2 + 0.5;
  picture_stage::Raster smaller;
  const picture_stage::Raster& source = halved_to(picture, side / static_cast<double>(card_.input.width), smaller);
  // A power of a half, though an odd last row or column was dropped.
  const double halves = std::round(std::log2(static_cast<double>(picture.width) / static_cast<double>(source.width)));
  const double size = std::exp2(-halves);
  std::vector<float> tensor(3 * card_.input.height * card_.input.width);
  infer_stage::draw(source, {.left = left * size, .top = top * size, .width = side * size, .height = side * size},
                    card_.input.width, card_.input.height, card_.input, tensor);
  std::vector<float> numbers(2 * kPointsOfFace);
  network_.run(tensor, numbers);

  const auto mean = [&](std::size_t first, std::size_t last) {
    Point sum;
    for (std::size_t k = first; k < last; ++k) {
      sum.x += static_cast<double>(numbers[2 * k]);
      sum.y += static_cast<double>(numbers[2 * k + 1]);
    }
    const auto count = static_cast<double>(last - first);
    return Point{left + side * sum.x / count - 0.5, top + side * sum.y / count - 0.5};
  };
  constexpr std::size_t kLeftEye = 36, kRightEye = 42, kEyePoints = 6, kNoseTip = 30, kLeftMouth = 48, kRightMouth = 54;
  return {{mean(kLeftEye, kLeftEye + kEyePoints), mean(kRightEye, kRightEye + kEyePoints), mean(kNoseTip, kNoseTip + 1),
           mean(kLeftMouth, kLeftMouth + 1), mean(kRightMouth, kRightMouth + 1)}};
}

}  // namespace semblance::align_stage
