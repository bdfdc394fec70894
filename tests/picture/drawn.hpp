#pragma once
// Pictures drawn for the tests: patterns of whole numbers that Python draws alike, and soft scenes that stand for
// photographs.

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

#include "base/rng.hpp"
#include "semblance/picture.hpp"

namespace semblance::testing {

struct Drawn {
  std::size_t width = 0, height = 0;
  std::vector<std::uint8_t> grey;

  [[nodiscard]] PictureFingerprint fingerprint() const { return picture_fingerprint(grey.data(), width, height); }
};

/// `value(x, y)` is cut to 0..255.
template <class Value>
Drawn draw(std::size_t width, std::size_t height, const Value& value) {
  Drawn drawn{.width = width, .height = height, .grey = std::vector<std::uint8_t>(width * height)};
  for (std::size_t y = 0; y < height; ++y) {
    for (std::size_t x = 0; x < width; ++x) {
      const double v = value(static_cast<double>(x), static_cast<double>(y));
      drawn.grey[y * width + x] = static_cast<std::uint8_t>(std::clamp(std::lround(v), 0L, 255L));
    }
  }
  return drawn;
}

/// The same whole numbers as oracle.py's pattern.
inline Drawn pattern(std::size_t width, std::size_t height, std::size_t seed) {
  Drawn drawn{.width = width, .height = height, .grey = std::vector<std::uint8_t>(width * height)};
  for (std::size_t y = 0; y < height; ++y) {
    for (std::size_t x = 0; x < width; ++x) {
      const std::size_t v = (x * x * (3 + seed) + y * y * 5 + x * y * (7 - seed) + 31 * x * seed) / 64 + 11 * x + 5 * y;
      drawn.grey[y * width + x] = static_cast<std::uint8_t>(v % 256);
    }
  }
  return drawn;
}

/// Forty blobs of random place, size and brightness, in coordinates from 0 to 1: can be drawn at any size and crop.
class Scene {
 public:
  explicit Scene(std::uint64_t seed) {
    Rng rng(derive_seed(seed, "scene"));
    for (int i = 0; i < 40; ++i) {
      blobs_.push_back(
          {uniform_unit(rng), uniform_unit(rng), 0.02 + 0.1 * uniform_unit(rng), 160 * (uniform_unit(rng) - 0.5)});
    }
  }
  [[nodiscard]] double at(double x, double y) const {
    double value = 128;
    for (const Blob& b : blobs_) {
      const double d = ((x - b.x) * (x - b.x) + (y - b.y) * (y - b.y)) / (2 * b.size * b.size);
      value += b.height * std::exp(-d);
    }
    return value;
  }
  /// The part of the scene from (left, top) on, `extent` of its side.
  [[nodiscard]] Drawn drawn(std::size_t side, double left = 0, double top = 0, double extent = 1) const {
    const double step = extent / static_cast<double>(side);
    return draw(side, side, [&](double x, double y) { return at(left + (x + 0.5) * step, top + (y + 0.5) * step); });
  }

 private:
  struct Blob {
    double x, y, size, height;
  };
  std::vector<Blob> blobs_;
};

}  // namespace semblance::testing
