// From a file to its fingerprint: limits, the format by its first bytes, one kind of error.

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <string_view>

#include "base/plain_file.hpp"
#include "picture/raster.hpp"
#include "semblance/error.hpp"

namespace semblance {
namespace picture_stage {
namespace {

// No JPEG is longer. A thread a pixel wide, within the limit of pixels, would take gigabytes to scale.
constexpr std::uint64_t kLongestSide = 65'535;

}  // namespace

void check_pixels(std::uint64_t width, std::uint64_t height, const PictureLimits& limits) {
  if (width == 0 || height == 0) throw Unreadable("has no pixels");
  if (std::max(width, height) > kLongestSide) {
    throw Unreadable(fmt::format("is {} x {} pixels; more than {} a side are not read", width, height, kLongestSide));
  }
  if (width <= limits.pixels && height <= limits.pixels / width) return;
  throw Unreadable(fmt::format("is {} x {} pixels; more than {} are not read", width, height, limits.pixels));
}

Raster blank(std::size_t width, std::size_t height, Channels channels) {
  const std::size_t bytes = width * height * static_cast<std::size_t>(channels);
  return {.width = width, .height = height, .channels = channels, .pixels = std::vector<std::uint8_t>(bytes)};
}

void check_content(Bytes content, const PictureLimits& limits) {
  if (content.empty()) throw Unreadable("is empty");
  if (content.size() > limits.bytes) {
    throw Unreadable(fmt::format("has {} bytes; more than {} are not read", content.size(), limits.bytes));
  }
}

std::vector<std::uint8_t> bytes_of(const std::filesystem::path& file, const PictureLimits& limits) {
  std::vector<std::uint8_t> content;
  if (const std::string why = read_plain_file(file, limits.bytes, content); !why.empty()) throw Unreadable(why);
  return content;
}

Window Window::within(std::size_t width, std::size_t height) const {
  Window seen{.left = std::min(left, width - 1), .top = std::min(top, height - 1)};
  seen.right = std::max(seen.left + 1, std::min(right, width));
  seen.bottom = std::max(seen.top + 1, std::min(bottom, height));
  return seen;
}

Part decode_part(Bytes file, Channels channels, const PictureLimits& limits, const Window& window) {
  const auto has = [&](std::size_t at, std::string_view text) {
    return file.size() >= at + text.size() && std::memcmp(file.data() + at, text.data(), text.size()) == 0;
  };
  const auto whole = [](Raster raster) { return Part{.pixels = std::move(raster)}; };
  if (has(0, "\xFF\xD8\xFF")) return decode_jpeg_part(file, channels, limits, window);
  if (has(0, "\x89PNG\r\n\x1A\n")) return whole(decode_png(file, channels, limits));
  if (has(0, "RIFF") && has(8, "WEBP")) return whole(decode_webp(file, channels, limits));
  if (has(0, "BM")) return whole(decode_bmp(file, channels, limits));
  if (has(0, "P5") || has(0, "P6")) return whole(decode_pnm(file, channels, limits));
  throw Unreadable("is no JPEG, PNG, WebP, BMP or PGM");
}

Raster decode(Bytes file, Channels channels, const PictureLimits& limits) {
  return decode_part(file, channels, limits, {}).pixels;
}

}  // namespace picture_stage

namespace {

PictureFingerprint fingerprint_of(picture_stage::Bytes content, const PictureLimits& limits) {
  const picture_stage::Raster grey = picture_stage::decode(content, picture_stage::Channels::grey, limits);
  return picture_fingerprint(grey.pixels.data(), grey.width, grey.height);
}

}  // namespace

PictureFingerprint read_picture(const std::filesystem::path& file, const PictureLimits& limits) {
  try {
    return fingerprint_of(picture_stage::bytes_of(file, limits), limits);
  } catch (const picture_stage::Unreadable& why) {
    throw Error(ErrorCode::input, "picture", file.string(), why.what());
  }
}

PictureFingerprint read_picture(std::span<const std::uint8_t> content, const std::string& name,
                                const PictureLimits& limits) {
  try {
    picture_stage::check_content(content, limits);
    return fingerprint_of(content, limits);
  } catch (const picture_stage::Unreadable& why) {
    throw Error(ErrorCode::input, "picture", name, why.what());
  }
}

}  // namespace semblance
