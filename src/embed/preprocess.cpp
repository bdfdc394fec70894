#include "embed/preprocess.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

namespace semblance::embed_stage {
namespace {

/// Where a row or column of the result lies between two of the picture.
struct Between {
  std::size_t low = 0, high = 0;
  float part = 0;  ///< of `high`
};

// `from` and `length`: the part of `pixels` that `count` samples are spread over.
std::vector<Between> samples(double from, double length, std::size_t pixels, std::size_t count) {
  std::vector<Between> result(count);
  const auto last = static_cast<double>(pixels - 1);
  for (std::size_t k = 0; k < count; ++k) {
    const double centre = from + (static_cast<double>(k) + 0.5) * length / static_cast<double>(count) - 0.5;
    const double at = std::clamp(centre, 0.0, last);
    const auto low = static_cast<std::size_t>(at);
    result[k] = {low, std::min(low + 1, pixels - 1), static_cast<float>(at - static_cast<double>(low))};
  }
  return result;
}

}  // namespace

void preprocess(const picture_stage::Raster& picture, const NetworkCard& card, std::span<float> tensor) {
  const auto width = static_cast<double>(picture.width);
  // T96 is T112 without 8 of its 112 columns on either side.
  const double left = card.view == Template::t96 ? width * 8 / 112 : 0;
  const std::vector<Between> columns = samples(left, width - 2 * left, picture.width, card.width);
  const std::vector<Between> rows = samples(0, static_cast<double>(picture.height), picture.height, card.height);
  const std::uint8_t* pixels = picture.pixels.data();
  for (std::size_t c = 0; c < 3; ++c) {
    float* plane = tensor.data() + (card.blue_first ? 2 - c : c) * card.height * card.width;
    const auto mean = static_cast<float>(card.mean[c]);
    const auto divisor = static_cast<float>(card.divisor[c]);
    for (std::size_t y = 0; y < card.height; ++y) {
      const std::uint8_t* low = pixels + rows[y].low * picture.width * 3 + c;
      const std::uint8_t* high = pixels + rows[y].high * picture.width * 3 + c;
      for (std::size_t x = 0; x < card.width; ++x) {
        const Between& at = columns[x];
        const auto across = [&](const std::uint8_t* row) {
          const auto from = static_cast<float>(row[3 * at.low]);
          return from + at.part * (static_cast<float>(row[3 * at.high]) - from);
        };
        const float above = across(low);
        const float value = above + rows[y].part * (across(high) - above);
        plane[y * card.width + x] = (value - mean) / divisor;
      }
    }
  }
}

}  // namespace semblance::embed_stage
