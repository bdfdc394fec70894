#include "align/warp.hpp"

#include <cmath>

namespace semblance::align_stage {

std::optional<Similarity> nearest_similarity(const Landmarks& from, const Landmarks& to) {
  Point from_mean;
  Point to_mean;
  for (std::size_t k = 0; k < from.size(); ++k) {
    from_mean.x += from[k].x / static_cast<double>(from.size());
    from_mean.y += from[k].y / static_cast<double>(from.size());
    to_mean.x += to[k].x / static_cast<double>(to.size());
    to_mean.y += to[k].y / static_cast<double>(to.size());
  }
  // As complex numbers: the slope of a regression of `to` on `from`.
  double squares = 0;
  double along = 0;
  double across = 0;
  for (std::size_t k = 0; k < from.size(); ++k) {
    const Point u{from[k].x - from_mean.x, from[k].y - from_mean.y};
    const Point v{to[k].x - to_mean.x, to[k].y - to_mean.y};
    squares += u.x * u.x + u.y * u.y;
    along += u.x * v.x + u.y * v.y;
    across += u.x * v.y - u.y * v.x;
  }
  if (!(squares > 0) || along * along + across * across <= 0) return std::nullopt;
  Similarity result{.a = along / squares, .b = across / squares};
  const Point moved = result(from_mean);
  result.c = to_mean.x - moved.x;
  result.d = to_mean.y - moved.y;
  return result;
}

Similarity from_aligned(std::size_t side, const FaceTemplate& to) {
  // Centres of pixels lie at whole numbers, so that pictures of other sizes are shifted, too.
  const double shrunk = static_cast<double>(kT112.side) / static_cast<double>(side);
  const double shift = (shrunk - 1) / 2;
  return {.a = to.scale * shrunk, .b = 0, .c = to.scale * shift + to.x, .d = to.scale * shift + to.y};
}

picture_stage::Raster warp(const picture_stage::Raster& picture, const Similarity& to_template, std::size_t side) {
  const double scale = to_template.a * to_template.a + to_template.b * to_template.b;
  Similarity back{.a = to_template.a / scale, .b = -to_template.b / scale};
  const Point origin = back({to_template.c, to_template.d});
  back.c = -origin.x;
  back.d = -origin.y;
  const auto channels = static_cast<std::size_t>(picture.channels);
  const auto width = static_cast<std::ptrdiff_t>(picture.width);
  const auto height = static_cast<std::ptrdiff_t>(picture.height);
  picture_stage::Raster result = picture_stage::blank(side, side, picture.channels);
  for (std::size_t y = 0; y < side; ++y) {
    for (std::size_t x = 0; x < side; ++x) {
      const Point at = back({static_cast<double>(x), static_cast<double>(y)});
      // Beyond one pixel around the picture all is black; casting would overflow.
      if (!(at.x > -1 && at.y > -1 && at.x < static_cast<double>(width) && at.y < static_cast<double>(height)))
        continue;
      const double left = std::floor(at.x);
      const double top = std::floor(at.y);
      const double right_part = at.x - left;
      const double bottom_part = at.y - top;
      const auto column = static_cast<std::ptrdiff_t>(left);
      const auto row = static_cast<std::ptrdiff_t>(top);
      for (std::size_t c = 0; c < channels; ++c) {
        const auto pixel = [&](std::ptrdiff_t px, std::ptrdiff_t py) {
          if (px < 0 || py < 0 || px >= width || py >= height) return 0.0;
          return static_cast<double>(picture.pixels[static_cast<std::size_t>(py * width + px) * channels + c]);
        };
        const double above = (1 - right_part) * pixel(column, row) + right_part * pixel(column + 1, row);
        const double below = (1 - right_part) * pixel(column, row + 1) + right_part * pixel(column + 1, row + 1);
        result.pixels[(y * side + x) * channels + c] =
            static_cast<std::uint8_t>(std::lround((1 - bottom_part) * above + bottom_part * below));
      }
    }
  }
  return result;
}

}  // namespace semblance::align_stage
