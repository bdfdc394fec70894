// Binary PGM and PPM (netpbm's P5 and P6), 8 or 16 bits.

#include <fmt/format.h>

#include "picture/raster.hpp"

namespace semblance::picture_stage {
namespace {

class Header {
 public:
  explicit Header(Bytes file) : file_(file) {}

  // The next number, after blanks and comments.
  std::size_t number() {
    while (at_ < file_.size() && (is_blank(file_[at_]) || file_[at_] == '#')) {
      if (file_[at_] == '#') {
        while (at_ < file_.size() && file_[at_] != '\n') ++at_;
      } else {
        ++at_;
      }
    }
    std::size_t value = 0;
    std::size_t digits = 0;
    for (; at_ < file_.size() && file_[at_] >= '0' && file_[at_] <= '9'; ++at_, ++digits) {
      value = value * 10 + (file_[at_] - std::size_t{'0'});
      if (digits > 9) break;
    }
    if (digits == 0 || digits > 9) throw Unreadable("broken PGM header");
    return value;
  }

  // One blank stands between the header and the pixels.
  Bytes pixels() {
    if (at_ >= file_.size() || !is_blank(file_[at_])) throw Unreadable("broken PGM header");
    return file_.subspan(at_ + 1);
  }

 private:
  static bool is_blank(std::uint8_t c) { return c == ' ' || (c >= '\t' && c <= '\r'); }
  Bytes file_;
  std::size_t at_ = 2;
};

}  // namespace

Raster decode_pnm(Bytes file, Channels channels, const PictureLimits& limits) {
  Header header(file);
  const std::size_t width = header.number();
  const std::size_t height = header.number();
  const std::size_t largest = header.number();
  check_pixels(width, height, limits);
  if (largest == 0 || largest > 65535) throw Unreadable("broken PGM header");
  const Bytes data = header.pixels();
  const std::size_t values = file[1] == '6' ? 3 : 1;
  const std::size_t depth = largest > 255 ? 2 : 1;
  if (data.size() / values / depth / width < height) throw Unreadable("truncated PGM");
  const auto value = [&](std::size_t i) {
    const std::size_t raw = depth == 1 ? data[i] : static_cast<std::size_t>(data[2 * i]) << 8U | data[2 * i + 1];
    return static_cast<unsigned>(std::min(raw, largest) * 255 / largest);
  };
  Raster raster = blank(width, height, channels);
  for (std::size_t i = 0; i < width * height; ++i) {
    const std::size_t last = values - 1;
    put(raster, i, value(values * i), value(values * i + last / 2), value(values * i + last));
  }
  return raster;
}

std::vector<std::uint8_t> encode_pnm(const Raster& raster) {
  const std::string header =
      fmt::format("P{}\n{} {}\n255\n", raster.channels == Channels::grey ? 5 : 6, raster.width, raster.height);
  std::vector<std::uint8_t> file(header.begin(), header.end());
  file.insert(file.end(), raster.pixels.begin(), raster.pixels.end());
  return file;
}

}  // namespace semblance::picture_stage
