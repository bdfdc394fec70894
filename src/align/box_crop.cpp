#include "align/box_crop.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

#include "align/shrink.hpp"
#include "infer/tensor.hpp"

namespace semblance::align_stage {

using picture_stage::Raster;

std::optional<Raster> box_crop(const Raster& picture, const Face& face, double margin, std::size_t side) {
  // A pixel's centre lies at a whole number, its edges half a pixel off.
  const auto cut = [&](double low, double high, std::size_t size) {
    const double more = margin / 2 * (high - low);
    const auto most = static_cast<double>(size);
    return std::pair{std::clamp(low - more + 0.5, 0.0, most), std::clamp(high + more + 0.5, 0.0, most)};
  };
  const auto [left, right] = cut(face.left, face.right, picture.width);
  const auto [top, bottom] = cut(face.top, face.bottom, picture.height);
  if (!(right > left && bottom > top)) return std::nullopt;
  Raster room;
  const Raster& source = halved_to(picture, std::min(right - left, bottom - top) / static_cast<double>(side), room);
  const double x = static_cast<double>(source.width) / static_cast<double>(picture.width);
  const double y = static_cast<double>(source.height) / static_cast<double>(picture.height);
  infer_stage::InputFormat format{.width = side, .height = side};
  format.divisor = {1, 1, 1};
  std::vector<float> planes(3 * side * side);
  infer_stage::draw(source,
                    {.left = left * x, .top = top * y, .width = (right - left) * x, .height = (bottom - top) * y}, side,
                    side, format, planes);
  Raster face_picture = picture_stage::blank(side, side, picture_stage::Channels::rgb);
  for (std::size_t i = 0; i < side * side; ++i) {
    for (std::size_t c = 0; c < 3; ++c) {
      face_picture.pixels[3 * i + c] = static_cast<std::uint8_t>(std::lround(planes[c * side * side + i]));
    }
  }
  return face_picture;
}

}  // namespace semblance::align_stage
