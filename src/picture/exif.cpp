// The one thing that EXIF is read for: which way up a photograph is (CIPA DC-008, tag 0x0112).

#include <algorithm>
#include <array>
#include <optional>

#include "picture/raster.hpp"

namespace semblance::picture_stage {
namespace {

constexpr unsigned kOrientationTag = 0x0112;

// The TIFF structure within an EXIF segment; every read is checked against its end.
class Tiff {
 public:
  Tiff(Bytes bytes, bool little) : bytes_(bytes), little_(little) {}

  [[nodiscard]] std::optional<std::size_t> number(std::size_t at, std::size_t length) const {
    if (at > bytes_.size() || length > bytes_.size() - at) return std::nullopt;
    std::size_t value = 0;
    for (std::size_t i = 0; i < length; ++i) value = value << 8U | bytes_[little_ ? at + length - 1 - i : at + i];
    return value;
  }

 private:
  Bytes bytes_;
  bool little_;
};

unsigned orientation_of(Bytes tiff) {
  if (tiff.size() < 8 || tiff[0] != tiff[1] || (tiff[0] != 'I' && tiff[0] != 'M')) return 1;
  const Tiff reader(tiff, tiff[0] == 'I');
  const std::size_t directory = *reader.number(4, 4);
  const std::size_t entries = reader.number(directory, 2).value_or(0);
  for (std::size_t i = 0; i < entries; ++i) {
    const std::size_t entry = directory + 2 + 12 * i;
    const auto tag = reader.number(entry, 2);
    if (!tag) return 1;
    if (*tag != kOrientationTag) continue;
    const std::size_t value = reader.number(entry + 8, 2).value_or(1);
    return value >= 1 && value <= 8 ? static_cast<unsigned>(value) : 1;
  }
  return 1;
}

}  // namespace

unsigned jpeg_orientation(Bytes file) {
  constexpr std::array<std::uint8_t, 6> kExif = {'E', 'x', 'i', 'f', 0, 0};
  // Segments up to the scan: marker 0xFF xx, length of two bytes that counts itself.
  for (std::size_t at = 2; at + 4 <= file.size() && file[at] == 0xFF;) {
    const unsigned marker = file[at + 1];
    const std::size_t length = static_cast<std::size_t>(file[at + 2]) << 8U | file[at + 3];
    if (marker == 0xDA || length < 2 || length > file.size() - at - 2) return 1;
    const Bytes segment = file.subspan(at + 4, length - 2);
    if (marker == 0xE1 && segment.size() > kExif.size() && std::equal(kExif.begin(), kExif.end(), segment.begin())) {
      return orientation_of(segment.subspan(kExif.size()));
    }
    at += 2 + length;
  }
  return 1;
}

Raster upright(Raster picture, unsigned orientation) {
  if (orientation <= 1 || orientation > 8) return picture;
  const bool turned = orientation >= 5;  // rows of the file are columns of the picture
  const bool from_right = orientation == 2 || orientation == 3 || orientation == 7 || orientation == 8;
  const bool from_below = orientation == 3 || orientation == 4 || orientation == 6 || orientation == 7;
  Raster shown =
      blank(turned ? picture.height : picture.width, turned ? picture.width : picture.height, picture.channels);
  const auto bytes = static_cast<std::size_t>(picture.channels);
  for (std::size_t y = 0; y < shown.height; ++y) {
    for (std::size_t x = 0; x < shown.width; ++x) {
      std::size_t column = turned ? y : x;
      std::size_t row = turned ? x : y;
      if (from_right) column = picture.width - 1 - column;
      if (from_below) row = picture.height - 1 - row;
      for (std::size_t c = 0; c < bytes; ++c) {
        shown.pixels[(y * shown.width + x) * bytes + c] = picture.pixels[(row * picture.width + column) * bytes + c];
      }
    }
  }
  return shown;
}

}  // namespace semblance::picture_stage
