// Windows bitmaps without compression: 8 bits with a palette, 24 and 32 bits.

#include <cstdlib>

#include "picture/raster.hpp"

namespace semblance::picture_stage {
namespace {

constexpr std::size_t kFileHeader = 14;
constexpr std::size_t kInfoHeader = 40;

std::uint32_t number(Bytes file, std::size_t at, std::size_t length) {
  std::uint32_t value = 0;
  for (std::size_t i = length; i-- > 0;) value = value << 8U | file[at + i];
  return value;
}

}  // namespace

Raster decode_bmp(Bytes file, Channels channels, const PictureLimits& limits) {
  if (file.size() < kFileHeader + kInfoHeader) throw Unreadable("truncated BMP");
  const std::size_t header = number(file, kFileHeader, 4);
  const auto wide = static_cast<std::int32_t>(number(file, 18, 4));
  const auto high = static_cast<std::int32_t>(number(file, 22, 4));  // negative: the first row is the top one
  const std::uint32_t bits = number(file, 28, 2);
  const std::uint32_t compression = number(file, 30, 4);
  const bool plain = compression == 0 || (compression == 3 && bits == 32);
  if (header < kInfoHeader || !plain || (bits != 8 && bits != 24 && bits != 32)) {
    throw Unreadable("a kind of BMP that isn't read (plain 8, 24 and 32 bits are)");
  }
  if (wide < 0) throw Unreadable("broken BMP: a negative width");
  const auto width = static_cast<std::size_t>(wide);
  const auto height = static_cast<std::size_t>(std::llabs(high));
  check_pixels(width, height, limits);
  const std::size_t start = number(file, 10, 4);
  const std::size_t stride = (width * bits / 8 + 3) / 4 * 4;
  if (start > file.size() || (file.size() - start) / stride < height) throw Unreadable("truncated BMP");
  const std::size_t palette = kFileHeader + header;
  if (bits == 8 && (start < palette || palette > file.size())) throw Unreadable("broken BMP palette");
  const std::size_t colours = bits == 8 ? (start - palette) / 4 : 0;

  Raster raster = blank(width, height, channels);
  for (std::size_t y = 0; y < height; ++y) {
    const std::size_t row = start + stride * (high < 0 ? y : height - 1 - y);
    for (std::size_t x = 0; x < width; ++x) {
      std::size_t at = row + x * bits / 8;
      if (bits == 8) {
        if (file[at] >= colours) throw Unreadable("broken BMP: a colour that its palette hasn't");
        at = palette + 4 * static_cast<std::size_t>(file[at]);
      }
      put(raster, y * width + x, file[at + 2], file[at + 1], file[at]);
    }
  }
  return raster;
}

}  // namespace semblance::picture_stage
