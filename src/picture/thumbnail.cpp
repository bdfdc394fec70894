// Small pictures for pages: the whole picture in a square, as JPEG.

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "picture/raster.hpp"
#include "picture/scale.hpp"
#include "semblance/error.hpp"

namespace semblance {
namespace {

using namespace picture_stage;

constexpr std::uint8_t kBeside = 128;
constexpr std::size_t kBlurredSide = 8;

void check(const ThumbnailOptions& options) {
  if (options.side < 8 || options.side > 2048) {
    throw Error(ErrorCode::internal, "picture", "thumbnail", fmt::format("{} pixels a side", options.side));
  }
  if (options.quality < 1 || options.quality > 100) {
    throw Error(ErrorCode::internal, "picture", "thumbnail", fmt::format("quality {}", options.quality));
  }
}

// The length that goes with `side` in the same proportions.
std::size_t shorter(std::size_t length, std::size_t longest, std::size_t side) {
  const double exact = static_cast<double>(side) * static_cast<double>(length) / static_cast<double>(longest);
  return std::max<std::size_t>(static_cast<std::size_t>(std::lround(exact)), 1);
}

Raster fitted(Raster picture, const ThumbnailOptions& options) {
  const std::size_t longest = std::max(picture.width, picture.height);
  const std::size_t width = shorter(picture.width, longest, options.side);
  const std::size_t height = shorter(picture.height, longest, options.side);
  if (options.blur) {
    picture =
        scaled(picture, shorter(picture.width, longest, kBlurredSide), shorter(picture.height, longest, kBlurredSide));
  }
  return scaled(picture, width, height);
}

Raster in_square(const Raster& picture, std::size_t side) {
  Raster square = blank(side, side, picture.channels);
  std::fill(square.pixels.begin(), square.pixels.end(), kBeside);
  const auto channels = static_cast<std::size_t>(picture.channels);
  const std::size_t left = (side - picture.width) / 2;
  const std::size_t top = (side - picture.height) / 2;
  const std::size_t line = picture.width * channels;
  for (std::size_t y = 0; y < picture.height; ++y) {
    std::copy_n(picture.pixels.data() + y * line, line, square.pixels.data() + ((top + y) * side + left) * channels);
  }
  return square;
}

std::vector<std::uint8_t> thumbnail_of(Bytes content, const ThumbnailOptions& options, const PictureLimits& limits) {
  return encode_jpeg(in_square(fitted(decode(content, Channels::rgb, limits), options), options.side), options.quality);
}

}  // namespace

std::vector<std::uint8_t> make_thumbnail(const std::filesystem::path& file, const ThumbnailOptions& options,
                                         const PictureLimits& limits) {
  check(options);
  try {
    return thumbnail_of(bytes_of(file, limits), options, limits);
  } catch (const Unreadable& why) {
    throw Error(ErrorCode::input, "picture", file.string(), why.what());
  }
}

std::vector<std::uint8_t> make_thumbnail(std::span<const std::uint8_t> content, const std::string& name,
                                         const ThumbnailOptions& options, const PictureLimits& limits) {
  check(options);
  try {
    check_content(content, limits);
    return thumbnail_of(content, options, limits);
  } catch (const Unreadable& why) {
    throw Error(ErrorCode::input, "picture", name, why.what());
  }
}

}  // namespace semblance
