#include "align/warp.hpp"

#include <algorithm>
#include <array>
#include <cstring>

#include "align/blend.hpp"

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

namespace {

/// A place between the pixels of a picture, in units of 1/kBlendUnit from one pixel left of it and above.
struct Place {
  std::int64_t x = 0, y = 0;
};

// A picture is black outside, so that places far away can be moved to its border.
std::int64_t units(double at, double size) {
  return static_cast<std::int64_t>((std::min(size, std::max(-1.0, at)) + 1) * static_cast<double>(kBlendUnit) + 0.5);
}

/// A picture's colours between its pixels.
class Sampler {
 public:
  explicit Sampler(const picture_stage::Raster& picture)
      : pixels_(picture.pixels.data()),
        width_(static_cast<std::ptrdiff_t>(picture.width)),
        height_(static_cast<std::ptrdiff_t>(picture.height)) {}

  /// Writes a byte beyond the three of `out`.
  void operator()(const Place& place, std::uint8_t* out) const {
    const std::ptrdiff_t x = (place.x >> kBlendBits) - 1;
    const std::ptrdiff_t y = (place.y >> kBlendBits) - 1;
    const BlendWeights weights(static_cast<std::int32_t>(place.x % kBlendUnit),
                               static_cast<std::int32_t>(place.y % kBlendUnit));
    // Two bytes more than the two pixels are read, which must be the row's.
    if (x >= 0 && y >= 0 && x + 2 < width_ && y + 1 < height_) {
      const std::uint8_t* const corner = pixels_ + 3 * (y * width_ + x);
      return blend(corner, corner + 3 * width_, weights, out);
    }
    std::array<std::uint8_t, 6> above{};
    std::array<std::uint8_t, 6> below{};
    take(x, y, above);
    take(x, y + 1, below);
    blend_plain(above.data(), below.data(), weights, out);
  }

 private:
  void take(std::ptrdiff_t x, std::ptrdiff_t y, std::array<std::uint8_t, 6>& two) const {
    if (y < 0 || y >= height_) return;
    for (std::ptrdiff_t k = 0; k < 2; ++k) {
      if (x + k < 0 || x + k >= width_) continue;
      std::memcpy(two.data() + 3 * k, pixels_ + 3 * (y * width_ + x + k), 3);
    }
  }

  const std::uint8_t* pixels_;
  std::ptrdiff_t width_, height_;
};

}  // namespace

picture_stage::Raster warp(const picture_stage::Raster& picture, const Similarity& to_template, std::size_t side) {
  const double scale = to_template.a * to_template.a + to_template.b * to_template.b;
  Similarity back{.a = to_template.a / scale, .b = -to_template.b / scale};
  const Point origin = back({to_template.c, to_template.d});
  back.c = -origin.x;
  back.d = -origin.y;
  picture_stage::Raster result = picture_stage::blank(side, side, picture_stage::Channels::rgb);
  const auto width = static_cast<double>(picture.width);
  const auto height = static_cast<double>(picture.height);
  const Sampler sample(picture);
  std::vector<Place> row(side);
  std::vector<std::uint8_t> line(3 * side + 1);
  for (std::size_t y = 0; y < side; ++y) {
    for (std::size_t x = 0; x < side; ++x) {
      const Point at = back({static_cast<double>(x), static_cast<double>(y)});
      row[x] = {.x = units(at.x, width), .y = units(at.y, height)};
    }
    for (std::size_t x = 0; x < side; ++x) sample(row[x], line.data() + 3 * x);
    std::copy_n(line.begin(), 3 * side, result.pixels.begin() + static_cast<std::ptrdiff_t>(3 * side * y));
  }
  return result;
}

}  // namespace semblance::align_stage
