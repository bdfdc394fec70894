#include "align/warp.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>
#include <vector>

#include "align/blend.hpp"
#include "base/rng.hpp"

namespace semblance::align_stage {
namespace {

picture_stage::Raster noise(std::size_t width, std::size_t height) {
  picture_stage::Raster picture = picture_stage::blank(width, height, picture_stage::Channels::rgb);
  Rng rng(width * 1000 + height);
  for (auto& byte : picture.pixels) byte = static_cast<std::uint8_t>(uniform_index(rng, 256));
  return picture;
}

// Bilinear in float64, black outside; written apart from the product's.
double colour_at(const picture_stage::Raster& picture, double x, double y, std::size_t channel) {
  double sum = 0;
  for (int dy = 0; dy < 2; ++dy) {
    for (int dx = 0; dx < 2; ++dx) {
      const double px = std::floor(x) + dx;
      const double py = std::floor(y) + dy;
      if (px < 0 || py < 0 || px >= static_cast<double>(picture.width) || py >= static_cast<double>(picture.height))
        continue;
      const auto at = static_cast<std::size_t>(py * static_cast<double>(picture.width) + px);
      sum += (1 - std::abs(x - px)) * (1 - std::abs(y - py)) * picture.pixels[3 * at + channel];
    }
  }
  return sum;
}

TEST(Warp, IsBilinear) {
  const std::vector<Similarity> views = {
      {.a = 1, .b = 0, .c = 0, .d = 0},        {.a = 0.7, .b = 0.4, .c = -20, .d = 13},
      {.a = -1.3, .b = 0.2, .c = 90, .d = 60}, {.a = 0.2, .b = 0, .c = 30, .d = 30},
      {.a = 3, .b = -3, .c = 10, .d = 200},    {.a = 1, .b = 0, .c = 1e7, .d = -1e9},
      {.a = 1e-7, .b = 0, .c = 5, .d = 5},     {.a = 1, .b = 0, .c = 0.4999, .d = 0.5}};
  for (const auto& [width, height] :
       std::vector<std::pair<std::size_t, std::size_t>>{{97, 61}, {2, 90}, {1, 1}, {3, 3}}) {
    const picture_stage::Raster picture = noise(width, height);
    for (const Similarity& view : views) {
      const std::size_t side = 40;
      const picture_stage::Raster seen = warp({.pixels = picture}, view, side);
      ASSERT_EQ(seen.pixels.size(), 3 * side * side);
      const double scale = view.a * view.a + view.b * view.b;
      double worst = 0;
      for (std::size_t k = 0; k < seen.pixels.size(); ++k) {
        const double u = static_cast<double>(k / 3 % side) - view.c;
        const double v = static_cast<double>(k / 3 / side) - view.d;
        const double want =
            colour_at(picture, (view.a * u + view.b * v) / scale, (view.a * v - view.b * u) / scale, k % 3);
        worst = std::max(worst, std::abs(want - seen.pixels[k]));
      }
      // Half a level of rounding, a twentieth of the weights', and a place moved by 1/32768 of a pixel.
      EXPECT_LE(worst, 0.5 + 0.05 + 255.0 * 2 / 32768) << width << " x " << height << ", a = " << view.a;
    }
  }
}

TEST(Warp, PartOfAPictureIsEnough) {
  const picture_stage::Raster picture = noise(97, 61);
  for (const Similarity& view :
       {Similarity{.a = 1.9, .b = 0.3, .c = -50, .d = -40}, Similarity{.a = -2, .b = 1, .c = 120, .d = 10},
        Similarity{.a = 1, .b = 0, .c = 20, .d = -40}, Similarity{.a = 1, .b = 0, .c = -500, .d = 0}}) {
    const picture_stage::Window seen = footprint(view, 40).within(picture.width, picture.height);
    picture_stage::Part part{
        .pixels = picture_stage::blank(seen.right - seen.left, seen.bottom - seen.top, picture_stage::Channels::rgb),
        .left = seen.left,
        .top = seen.top};
    for (std::size_t y = 0; y < part.pixels.height; ++y) {
      std::copy_n(picture.pixels.data() + 3 * ((seen.top + y) * picture.width + seen.left), 3 * part.pixels.width,
                  part.pixels.pixels.data() + 3 * y * part.pixels.width);
    }
    ASSERT_LT(part.pixels.pixels.size(), picture.pixels.size());
    EXPECT_EQ(warp(part, view, 40).pixels, warp({.pixels = picture}, view, 40).pixels) << view.c;
  }
}

TEST(Warp, EveryWayToBlendGivesTheSameBytes) {
  Rng rng(3);
  for (int k = 0; k < 100'000; ++k) {
    // Two rows of eight bytes, four times.
    std::array<std::array<std::uint8_t, 16>, 4> pixels;
    std::array<const std::uint8_t*, 4> corner;
    std::array<std::int32_t, 4> right;
    std::array<std::int32_t, 4> bottom;
    for (std::size_t i = 0; i < 4; ++i) {
      for (auto& byte : pixels[i]) byte = static_cast<std::uint8_t>(k % 3 == 0 ? 255 : uniform_index(rng, 256));
      corner[i] = pixels[i].data();
      right[i] = static_cast<std::int32_t>(k % 2 == 0 ? uniform_index(rng, kBlendUnit) : kBlendUnit - 1);
      bottom[i] = static_cast<std::int32_t>(uniform_index(rng, kBlendUnit));
    }
    std::array<std::uint8_t, 13> four;
    blend_four(corner, 8, right.data(), bottom.data(), four.data());
    for (std::size_t i = 0; i < 4; ++i) {
      const BlendWeights weights(right[i], bottom[i]);
      const auto all = {weights.top_left(), weights.top_right(), weights.bottom_left(), weights.bottom_right()};
      ASSERT_GE(std::min(all), 0);
      ASSERT_EQ(std::accumulate(all.begin(), all.end(), 0), kBlendUnit);
      std::array<std::uint8_t, 4> one;
      std::array<std::uint8_t, 4> plain;
      blend(corner[i], corner[i] + 8, weights, one.data());
      blend_plain(corner[i], corner[i] + 8, weights, plain.data());
      for (std::size_t c = 0; c < 3; ++c) {
        ASSERT_EQ(one[c], plain[c]);
        ASSERT_EQ(four[3 * i + c], plain[c]);
      }
      ASSERT_TRUE(k % 3 != 0 || one[0] == 255) << "white stays white";
    }
  }
}

}  // namespace
}  // namespace semblance::align_stage
