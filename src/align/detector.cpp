#include "align/detector.hpp"

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "infer/tensor.hpp"
#include "semblance/error.hpp"

namespace semblance::align_stage {
namespace {

using picture_stage::Raster;

// Half as wide and high, four pixels averaged: bilinear scaling alone skips pixels below a half.
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

Detector::Detector(const std::filesystem::path& runtime, DetectorCard card)
    : card_(std::move(card)), network_(runtime, card_.weights, card_.input.height, card_.input.width) {
  try {
    read_outputs(network_.run(std::vector<float>(3 * card_.input.height * card_.input.width)), card_);
  } catch (const std::invalid_argument& why) {
    throw Error(ErrorCode::input, "align", card_.weights.string(), why.what());
  }
}

std::vector<Face> Detector::faces(const Raster& picture) const {
  const std::size_t longer = std::max(picture.width, picture.height);
  std::vector<float> tensor(3 * card_.input.height * card_.input.width);
  for (const std::size_t side : card_.sides) {
    Raster smaller;
    const Raster* source = &picture;
    while (std::max(source->width, source->height) >= 2 * side && std::min(source->width, source->height) >= 2) {
      smaller = halved(*source);
      source = &smaller;
    }
    const auto scaled = [&](std::size_t length) {
      const double exact = static_cast<double>(length) * static_cast<double>(side) / static_cast<double>(longer);
      return std::max<std::size_t>(1, static_cast<std::size_t>(std::lround(exact)));
    };
    const std::size_t width = scaled(picture.width);
    const std::size_t height = scaled(picture.height);
    infer_stage::draw(*source,
                      {.width = static_cast<double>(source->width), .height = static_cast<double>(source->height)},
                      width, height, card_.input, tensor);
    std::vector<Face> found = suppress(read_outputs(network_.run(tensor), card_), card_.overlap);
    if (found.empty()) continue;
    // Centres of pixels lie at whole numbers, on both sides.
    const double across = static_cast<double>(picture.width) / static_cast<double>(width);
    const double down = static_cast<double>(picture.height) / static_cast<double>(height);
    const auto x_of = [&](double x) { return (x + 0.5) * across - 0.5; };
    const auto y_of = [&](double y) { return (y + 0.5) * down - 0.5; };
    for (Face& face : found) {
      face = {.left = x_of(face.left),
              .top = y_of(face.top),
              .right = x_of(face.right),
              .bottom = y_of(face.bottom),
              .score = face.score,
              .landmarks = face.landmarks};
      for (Point& point : face.landmarks) point = {x_of(point.x), y_of(point.y)};
    }
    return found;
  }
  return {};
}

}  // namespace semblance::align_stage
