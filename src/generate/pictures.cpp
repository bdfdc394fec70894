#include "generate/pictures.hpp"

#include <algorithm>
#include <cmath>

namespace semblance::generate_stage {

using picture_stage::Raster;

infer_stage::Shape picture_shape(const GeneratorCard& card, std::size_t batch) {
  const auto count = static_cast<std::int64_t>(batch);
  const auto channels = static_cast<std::int64_t>(card.channels);
  const auto height = static_cast<std::int64_t>(card.height);
  const auto width = static_cast<std::int64_t>(card.width);
  return card.channels_last ? infer_stage::Shape{count, height, width, channels}
                            : infer_stage::Shape{count, channels, height, width};
}

Made picture_of(const GeneratorCard& card, std::span<const float> values) {
  Made made;
  if (!std::ranges::all_of(values, [](float v) { return std::isfinite(v); })) {
    made.why = "the network gives numbers for it that aren't finite";
    return made;
  }
  constexpr double kWhite = 255;
  const double scale = kWhite / (card.white - card.black);
  const auto factor = static_cast<float>(scale);
  const auto offset = static_cast<float>(0.5 - card.black * scale);
  Raster picture = picture_stage::blank(card.width, card.height, card.channels);
  const auto channels = static_cast<std::size_t>(card.channels);
  const std::size_t plane = card.width * card.height;
  for (std::size_t i = 0; i < plane; ++i) {
    for (std::size_t c = 0; c < channels; ++c) {
      const std::size_t channel = card.blue_first ? 2 - c : c;
      const float value = values[card.channels_last ? i * channels + channel : channel * plane + i];
      const float grey = std::clamp(value * factor + offset, 0.0F, 255.0F);
      picture.pixels[i * channels + c] = static_cast<std::uint8_t>(grey);
    }
  }
  bool plain = true;
  for (std::size_t i = channels; plain && i < picture.pixels.size(); ++i) {
    plain = picture.pixels[i] == picture.pixels[i - channels];
  }
  if (plain) {
    made.why = "the network gives one colour everywhere for it";
    return made;
  }
  made.picture = std::move(picture);
  return made;
}

PictureDigest digest_of(const Raster& picture) {
  PictureDigest digest;
  const auto channels = static_cast<std::size_t>(picture.channels);
  const auto value = [&](std::size_t pixel, std::size_t c) {
    return static_cast<double>(picture.pixels[pixel * channels + (channels == 1 ? 0 : c)]);
  };
  const std::size_t pixels = picture.width * picture.height;
  for (std::size_t c = 0; c < 3; ++c) {
    for (std::size_t i = 0; i < pixels; ++i) digest.mean[c] += value(i, c);
    digest.mean[c] /= static_cast<double>(pixels);
  }
  std::size_t at = 0;
  for (std::size_t row = 0; row < kGoldenGrid; ++row) {
    for (std::size_t column = 0; column < kGoldenGrid; ++column) {
      const std::size_t y = (2 * row + 1) * picture.height / (2 * kGoldenGrid);
      const std::size_t x = (2 * column + 1) * picture.width / (2 * kGoldenGrid);
      for (std::size_t c = 0; c < 3; ++c) digest.pixels[at++] = value(y * picture.width + x, c);
    }
  }
  return digest;
}

}  // namespace semblance::generate_stage
