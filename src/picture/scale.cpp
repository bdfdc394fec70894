#include "picture/scale.hpp"

#include <algorithm>
#include <cmath>

namespace semblance::picture_stage {
namespace {

// Which pixels of a line make one of the new line, and how much of each.
struct Taps {
  std::size_t first = 0;
  std::vector<double> weights;  // sum to 1
};

std::vector<Taps> taps_of(std::size_t from, std::size_t to) {
  const double step = static_cast<double>(from) / static_cast<double>(to);
  const double reach = std::max(step, 1.0);
  std::vector<Taps> all(to);
  for (std::size_t i = 0; i < to; ++i) {
    const double middle = (static_cast<double>(i) + 0.5) * step;
    Taps& taps = all[i];
    taps.first = static_cast<std::size_t>(std::max(middle - reach, 0.0));
    const auto last = static_cast<std::size_t>(std::min(std::ceil(middle + reach), static_cast<double>(from)));
    double total = 0;
    for (std::size_t k = taps.first; k < last; ++k) {
      const double distance = std::abs(static_cast<double>(k) + 0.5 - middle) / reach;
      taps.weights.push_back(std::max(1 - distance, 0.0));
      total += taps.weights.back();
    }
    for (double& weight : taps.weights) weight /= total;
  }
  return all;
}

}  // namespace

Raster scaled(const Raster& picture, std::size_t width, std::size_t height) {
  const auto channels = static_cast<std::size_t>(picture.channels);
  const std::vector<Taps> across = taps_of(picture.width, width);
  const std::vector<Taps> down = taps_of(picture.height, height);
  const std::size_t line = width * channels;
  // Lines of the picture at their new width, as many as one line of the result is made of: line k is at k % held.
  std::size_t held = 1;
  for (const Taps& taps : down) held = std::max(held, taps.weights.size());
  std::vector<double> narrow(held * line);
  std::size_t narrowed = 0;  // lines so far
  const auto narrow_next = [&] {
    const std::uint8_t* from = picture.pixels.data() + narrowed * picture.width * channels;
    double* to = narrow.data() + narrowed % held * line;
    for (const Taps& taps : across) {
      for (std::size_t c = 0; c < channels; ++c) {
        double sum = 0;
        for (std::size_t k = 0; k < taps.weights.size(); ++k) {
          sum += taps.weights[k] * from[(taps.first + k) * channels + c];
        }
        *to++ = sum;
      }
    }
    ++narrowed;
  };
  Raster result = blank(width, height, picture.channels);
  std::vector<double> sums(line);
  for (std::size_t y = 0; y < height; ++y) {
    const std::size_t first = down[y].first;
    while (narrowed < first + down[y].weights.size()) narrow_next();
    std::fill(sums.begin(), sums.end(), 0.0);
    for (std::size_t k = 0; k < down[y].weights.size(); ++k) {
      const double* from = narrow.data() + (first + k) % held * line;
      for (std::size_t i = 0; i < line; ++i) sums[i] += down[y].weights[k] * from[i];
    }
    for (std::size_t i = 0; i < line; ++i) {
      result.pixels[y * line + i] = static_cast<std::uint8_t>(std::clamp(std::lround(sums[i]), 0L, 255L));
    }
  }
  return result;
}

}  // namespace semblance::picture_stage
