#include "align/warp.hpp"

#include <algorithm>
#include <array>
#include <cmath>
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

// A picture is black outside, so that places far away can be moved to its border. 65,535 pixels a side fit.
std::int32_t units(double at, double size) {
  return static_cast<std::int32_t>((std::min(size, std::max(-1.0, at)) + 1) * static_cast<double>(kBlendUnit) + 0.5);
}

/// Places between the pixels of a picture, in units of 1/kBlendUnit from one pixel left of it and above.
struct Places {
  explicit Places(std::size_t count) : x(count), y(count) {}
  std::vector<std::int32_t> x, y;
};

// units(slope * k + intercept + shift - offset) for k = 0, 1, ...; a loop of its own, which compilers vectorise.
void fill(std::vector<std::int32_t>& places, double slope, double intercept, double shift, double offset, double size) {
  std::int32_t* const out = places.data();
  const auto count = static_cast<std::int32_t>(places.size());
  for (std::int32_t k = 0; k < count; ++k) out[k] = units(slope * k + intercept + shift - offset, size);
}

/// A picture's colours between its pixels.
class Sampler {
 public:
  explicit Sampler(const picture_stage::Raster& picture)
      : pixels_(picture.pixels.data()),
        width_(static_cast<std::ptrdiff_t>(picture.width)),
        height_(static_cast<std::ptrdiff_t>(picture.height)) {}

  /// The colours of places on a line; writes a byte beyond the three of each in `out`.
  void operator()(const Places& line, std::uint8_t* out) const {
    const std::size_t count = line.x.size();
    if (count == 0) return;
    // What holds for both ends holds between them.
    if (is_inside(line.x.front(), line.y.front()) && is_inside(line.x.back(), line.y.back())) {
      std::size_t k = 0;
      for (; k + 4 <= count; k += 4) four_inside(line.x.data() + k, line.y.data() + k, out + 3 * k);
      for (; k < count; ++k) {
        const std::uint8_t* const corner = corner_of(line.x[k], line.y[k]);
        blend(corner, corner + 3 * width_, weights(line.x[k], line.y[k]), out + 3 * k);
      }
      return;
    }
    for (std::size_t k = 0; k < count; ++k) at_edge(line.x[k], line.y[k], out + 3 * k);
  }

 private:
  static std::ptrdiff_t pixel_of(std::int32_t place) { return (place >> kBlendBits) - 1; }
  static BlendWeights weights(std::int32_t x, std::int32_t y) { return {x & (kBlendUnit - 1), y & (kBlendUnit - 1)}; }

  // Two bytes more than the two pixels are read, which must be the row's.
  [[nodiscard]] bool is_inside(std::int32_t x, std::int32_t y) const {
    return pixel_of(x) >= 0 && pixel_of(y) >= 0 && pixel_of(x) + 2 < width_ && pixel_of(y) + 1 < height_;
  }

  [[nodiscard]] const std::uint8_t* corner_of(std::int32_t x, std::int32_t y) const {
    return pixels_ + 3 * (pixel_of(y) * width_ + pixel_of(x));
  }

  void four_inside(const std::int32_t* x, const std::int32_t* y, std::uint8_t* out) const {
    std::array<const std::uint8_t*, 4> corner;
    std::array<std::int32_t, 4> right;
    std::array<std::int32_t, 4> bottom;
    for (std::size_t k = 0; k < 4; ++k) {
      corner[k] = corner_of(x[k], y[k]);
      right[k] = x[k] & (kBlendUnit - 1);
      bottom[k] = y[k] & (kBlendUnit - 1);
    }
    blend_four(corner, 3 * width_, right.data(), bottom.data(), out);
  }

  void at_edge(std::int32_t x, std::int32_t y, std::uint8_t* out) const {
    std::array<std::uint8_t, 6> above{};
    std::array<std::uint8_t, 6> below{};
    take(pixel_of(x), pixel_of(y), above);
    take(pixel_of(x), pixel_of(y) + 1, below);
    blend_plain(above.data(), below.data(), weights(x, y), out);
  }

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

Similarity inverse(const Similarity& of) {
  const double scale = of.a * of.a + of.b * of.b;
  Similarity back{.a = of.a / scale, .b = -of.b / scale};
  const Point origin = back({of.c, of.d});
  back.c = -origin.x;
  back.d = -origin.y;
  return back;
}

}  // namespace

picture_stage::Window footprint(const Similarity& to_template, std::size_t side) {
  const Similarity back = inverse(to_template);
  const double end = static_cast<double>(side) - 1;
  const std::array<Point, 4> corners = {back({0, 0}), back({end, 0}), back({0, end}), back({end, end})};
  const auto [left, right] = std::ranges::minmax(corners, {}, &Point::x);
  const auto [top, bottom] = std::ranges::minmax(corners, {}, &Point::y);
  // A pixel more on every side against rounding, and the two to the right that the sampler reads at once.
  const auto from = [](double at) {
    return static_cast<std::size_t>(std::max(0.0, std::min(1e9, std::floor(at) - 1)));
  };
  const auto to = [](double at) { return static_cast<std::size_t>(std::max(0.0, std::min(1e9, std::floor(at) + 5))); };
  return {.left = from(left.x), .top = from(top.y), .right = to(right.x), .bottom = to(bottom.y)};
}

picture_stage::Raster warp(const picture_stage::Part& picture, const Similarity& to_template, std::size_t side) {
  const Similarity back = inverse(to_template);
  picture_stage::Raster result = picture_stage::blank(side, side, picture_stage::Channels::rgb);
  const auto left = static_cast<double>(picture.left);
  const auto top = static_cast<double>(picture.top);
  const auto width = static_cast<double>(picture.pixels.width);
  const auto height = static_cast<double>(picture.pixels.height);
  const Sampler sample(picture.pixels);
  Places row(side);
  std::vector<std::uint8_t> line(3 * side + 1);
  for (std::size_t y = 0; y < side; ++y) {
    const auto down = static_cast<double>(y);
    fill(row.x, back.a, -(back.b * down), back.c, left, width);
    fill(row.y, back.b, back.a * down, back.d, top, height);
    sample(row, line.data());
    std::copy_n(line.begin(), 3 * side, result.pixels.begin() + static_cast<std::ptrdiff_t>(3 * side * y));
  }
  return result;
}

}  // namespace semblance::align_stage
