#pragma once
// A decoded picture.

#include <cstddef>
#include <cstdint>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

#include "semblance/picture.hpp"

namespace semblance::picture_stage {

using Bytes = std::span<const std::uint8_t>;

/// What is asked of a decoder: one byte a pixel, or three with red first.
enum class Channels : std::size_t { grey = 1, rgb = 3 };

struct Raster {
  std::size_t width = 0, height = 0;
  Channels channels = Channels::grey;
  std::vector<std::uint8_t> pixels;  ///< row-major, shape (height, width, channels)
};

Raster blank(std::size_t width, std::size_t height, Channels channels);

/// Columns from `left` to before `right`, rows from `top` to before `bottom`. The default takes in any picture.
struct Window {
  std::size_t left = 0, top = 0, right = SIZE_MAX, bottom = SIZE_MAX;
  /// What of it lies in a picture of this size; a pixel of the picture at least.
  [[nodiscard]] Window within(std::size_t width, std::size_t height) const;
};

/// A part of a picture, and where in the whole it lies.
struct Part {
  Raster pixels;
  std::size_t left = 0, top = 0;  ///< its first pixel's place
};

/// Why a file is no picture; read_picture names the file.
struct Unreadable : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// Refuses no pixels, more than the limit, and more than 65,535 a side.
void check_pixels(std::uint64_t width, std::uint64_t height, const PictureLimits& limits);

/// Rec. 601 luma, which is what a JPEG's grey channel holds.
inline std::uint8_t luma(unsigned red, unsigned green, unsigned blue) {
  return static_cast<std::uint8_t>((red * 19595U + green * 38470U + blue * 7471U + 32768U) >> 16U);
}

/// Sets pixel `i`, counted row by row.
inline void put(Raster& raster, std::size_t i, unsigned red, unsigned green, unsigned blue) {
  if (raster.channels == Channels::grey) {
    raster.pixels[i] = luma(red, green, blue);
    return;
  }
  raster.pixels[3 * i] = static_cast<std::uint8_t>(red);
  raster.pixels[3 * i + 1] = static_cast<std::uint8_t>(green);
  raster.pixels[3 * i + 2] = static_cast<std::uint8_t>(blue);
}

/// Decodes JPEG (EXIF orientation applied), PNG, WebP, BMP, PGM or PPM, told apart by content; transparent parts show
/// mid-grey. Throws Unreadable. Thread-safe.
Raster decode(Bytes file, Channels channels, const PictureLimits& limits);

/// The same pixels, those in the window at least: more of them, or all, where the format or the file's orientation has
/// it so. What makes decode throw makes it throw, outside the window as well.
Part decode_part(Bytes file, Channels channels, const PictureLimits& limits, const Window& window);

/// A file's content, refused before it's read where it's larger than the limit or no plain file.
std::vector<std::uint8_t> bytes_of(const std::filesystem::path& file, const PictureLimits& limits);

/// Refuses content that is empty or larger than the limit.
void check_content(Bytes content, const PictureLimits& limits);

/// As JPEG, chroma at half the resolution; rgb only. Quality from 1 to 100.
std::vector<std::uint8_t> encode_jpeg(const Raster& raster, int quality);

/// As PNG: the same pixels come back; the same bytes wherever libpng and zlib are the same.
std::vector<std::uint8_t> encode_png(const Raster& raster);

/// As PGM or PPM: the same pixels come back, at no cost.
std::vector<std::uint8_t> encode_pnm(const Raster& raster);

/// Each decodes one format; throws Unreadable.
Part decode_jpeg_part(Bytes file, Channels channels, const PictureLimits& limits, const Window& window);
Raster decode_png(Bytes file, Channels channels, const PictureLimits& limits);
Raster decode_webp(Bytes file, Channels channels, const PictureLimits& limits);
Raster decode_bmp(Bytes file, Channels channels, const PictureLimits& limits);
Raster decode_pnm(Bytes file, Channels channels, const PictureLimits& limits);

/// The EXIF orientation (1 to 8) of a JPEG; 1 where it has none.
unsigned jpeg_orientation(Bytes file);
/// The picture as its orientation shows it.
Raster upright(Raster picture, unsigned orientation);

}  // namespace semblance::picture_stage
