// From a file to its fingerprint: limits, the format by its first bytes, one kind of error.

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <string_view>
#include <system_error>

#include "picture/raster.hpp"
#include "semblance/error.hpp"

namespace semblance {
namespace picture_stage {

void check_pixels(std::uint64_t width, std::uint64_t height, const PictureLimits& limits) {
  if (width == 0 || height == 0) throw Unreadable("has no pixels");
  if (width <= limits.pixels && height <= limits.pixels / width) return;
  throw Unreadable(fmt::format("is {} x {} pixels; more than {} are not read", width, height, limits.pixels));
}

Raster blank(std::size_t width, std::size_t height, Channels channels) {
  const std::size_t bytes = width * height * static_cast<std::size_t>(channels);
  return {.width = width, .height = height, .channels = channels, .pixels = std::vector<std::uint8_t>(bytes)};
}

namespace {

std::vector<std::uint8_t> bytes_of(const std::filesystem::path& file, const PictureLimits& limits) {
  std::error_code failed;
  const auto status = std::filesystem::status(file, failed);
  // Not even opened unless it is a plain file: a pipe would wait for ever.
  if (failed || !std::filesystem::exists(status)) throw Unreadable("isn't there");
  if (!std::filesystem::is_regular_file(status)) throw Unreadable("is no file");
  const auto size = std::filesystem::file_size(file, failed);
  if (failed) throw Unreadable("cannot be read: " + failed.message());
  if (size == 0) throw Unreadable("is empty");
  if (size > limits.bytes) {
    throw Unreadable(fmt::format("has {} bytes; more than {} are not read", size, limits.bytes));
  }
  std::ifstream in(file, std::ios::binary);
  if (!in) throw Unreadable(std::string("cannot be read: ") + std::strerror(errno));
  std::vector<std::uint8_t> content(size);
  in.read(reinterpret_cast<char*>(content.data()), static_cast<std::streamsize>(size));
  if (static_cast<std::uintmax_t>(in.gcount()) != size) throw Unreadable("cannot be read to its end");
  return content;
}

}  // namespace

Raster decode(Bytes file, Channels channels, const PictureLimits& limits) {
  const auto has = [&](std::size_t at, std::string_view text) {
    return file.size() >= at + text.size() && std::memcmp(file.data() + at, text.data(), text.size()) == 0;
  };
  if (has(0, "\xFF\xD8\xFF")) return decode_jpeg(file, channels, limits);
  if (has(0, "\x89PNG\r\n\x1A\n")) return decode_png(file, channels, limits);
  if (has(0, "RIFF") && has(8, "WEBP")) return decode_webp(file, channels, limits);
  if (has(0, "BM")) return decode_bmp(file, channels, limits);
  if (has(0, "P5") || has(0, "P6")) return decode_pnm(file, channels, limits);
  throw Unreadable("is no JPEG, PNG, WebP, BMP or PGM");
}

}  // namespace picture_stage

PictureFingerprint read_picture(const std::filesystem::path& file, const PictureLimits& limits) {
  using namespace picture_stage;
  try {
    const Raster grey = decode(bytes_of(file, limits), Channels::grey, limits);
    return picture_fingerprint(grey.pixels.data(), grey.width, grey.height);
  } catch (const Unreadable& why) {
    throw Error(ErrorCode::input, "picture", file.string(), why.what());
  }
}

}  // namespace semblance
