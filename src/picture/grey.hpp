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

struct Grey {
  std::size_t width = 0, height = 0;
  std::vector<std::uint8_t> pixels;  ///< row-major
};

/// Why a file is no picture; read_picture names the file.
struct Unreadable : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// Refuses no pixels and more than the limit.
void check_pixels(std::uint64_t width, std::uint64_t height, const PictureLimits& limits);

/// Rec. 601 luma, which is what a JPEG's grey channel holds.
inline std::uint8_t luma(unsigned red, unsigned green, unsigned blue) {
  return static_cast<std::uint8_t>((red * 19595U + green * 38470U + blue * 7471U + 32768U) >> 16U);
}

/// Pixels of three bytes, red first, as grey.
Grey grey_of_rgb(Bytes rgb, std::size_t width, std::size_t height);

/// Each decodes one format; throws Unreadable.
Grey decode_jpeg(Bytes file, const PictureLimits& limits);
Grey decode_png(Bytes file, const PictureLimits& limits);
Grey decode_webp(Bytes file, const PictureLimits& limits);
Grey decode_bmp(Bytes file, const PictureLimits& limits);
Grey decode_pnm(Bytes file, const PictureLimits& limits);

/// The EXIF orientation (1 to 8) of a JPEG; 1 where it has none.
unsigned jpeg_orientation(Bytes file);
/// The picture as its orientation shows it.
Grey upright(Grey picture, unsigned orientation);

}  // namespace semblance::picture_stage
