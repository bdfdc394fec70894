#include "align/shrink.hpp"

#include <algorithm>
#include <cstdint>

namespace semblance::align_stage {
namespace {

using picture_stage::Raster;

// Half as wide and high, four pixels averaged.
Raster halved(const Raster& picture) {
  Raster half = picture_stage::blank(picture.width / 2, picture.height / 2, picture.channels);
  const auto channels = static_cast<std::size_t>(picture.channels);
  const std::size_t row = picture.width * channels;
  for (std::size_t y = 0; y < half.height; ++y) {
    const std::uint8_t* above = picture.pixels.data() + 2 * y * row;
    for (std::size_t x = 0; x < half.width; ++x) {
      for (std::size_t c = 0; c < channels; ++c) {
        const std::uint8_t* at = above + 2 * x * channels + c;
        const unsigned sum = 2U + at[0] + at[channels] + at[row] + at[row + channels];
        half.pixels[(y * half.width + x) * channels + c] = static_cast<std::uint8_t>(sum / 4);
      }
    }
  }
  return half;
}

}  // namespace

const Raster& halved_to(const Raster& picture, double factor, Raster& room) {
  const Raster* result = &picture;
  for (; factor >= 2 && std::min(result->width, result->height) >= 2; factor /= 2) {
    room = halved(*result);
    result = &room;
  }
  return *result;
}

}  // namespace semblance::align_stage
