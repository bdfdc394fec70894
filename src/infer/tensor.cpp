#include "infer/tensor.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

namespace semblance::infer_stage {
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

void draw(const picture_stage::Raster& picture, const Region& from, std::size_t width, std::size_t height,
          const InputFormat& format, std::span<float> tensor) {
  const std::vector<Between> columns = samples(from.left, from.width, picture.width, width);
  const std::vector<Between> rows = samples(from.top, from.height, picture.height, height);
  // A face in the network's own size needs no blending; the numbers are the same.
  const auto is_pixel = [](const Between& at) { return at.part == 0; };
  const bool on_pixels = std::ranges::all_of(columns, is_pixel) && std::ranges::all_of(rows, is_pixel);
  const bool in_a_row = std::ranges::adjacent_find(columns, [](const Between& left, const Between& right) {
                          return right.low != left.low + 1;
                        }) == columns.end();
  const std::uint8_t* pixels = picture.pixels.data();
  for (std::size_t c = 0; c < 3; ++c) {
    const std::span<float> plane =
        tensor.subspan((format.blue_first ? 2 - c : c) * format.height * format.width, format.height * format.width);
    const auto mean = static_cast<float>(format.mean[c]);
    const auto divisor = static_cast<float>(format.divisor[c]);
    if (width < format.width || height < format.height) std::ranges::fill(plane, -mean / divisor);
    if (on_pixels) {
      std::array<float, 256> value{};
      for (std::size_t byte = 0; byte < value.size(); ++byte) value[byte] = (static_cast<float>(byte) - mean) / divisor;
      for (std::size_t y = 0; y < height; ++y) {
        const std::uint8_t* row = pixels + rows[y].low * picture.width * 3 + c;
        float* const out = plane.data() + y * format.width;
        if (in_a_row) {
          row += 3 * columns.front().low;
          for (std::size_t x = 0; x < width; ++x) out[x] = value[row[3 * x]];
        } else {
          for (std::size_t x = 0; x < width; ++x) out[x] = value[row[3 * columns[x].low]];
        }
      }
      continue;
    }
    for (std::size_t y = 0; y < height; ++y) {
      const std::uint8_t* low = pixels + rows[y].low * picture.width * 3 + c;
      const std::uint8_t* high = pixels + rows[y].high * picture.width * 3 + c;
      for (std::size_t x = 0; x < width; ++x) {
        const Between& at = columns[x];
        const auto across = [&](const std::uint8_t* row) {
          const auto left = static_cast<float>(row[3 * at.low]);
          return left + at.part * (static_cast<float>(row[3 * at.high]) - left);
        };
        const float above = across(low);
        const float value = above + rows[y].part * (across(high) - above);
        plane[y * format.width + x] = (value - mean) / divisor;
      }
    }
  }
}

}  // namespace semblance::infer_stage
