// JPEG through TurboJPEG, which reports by value: it neither jumps through our frames nor prints.

#include <turbojpeg.h>

#include <memory>
#include <string_view>

#include "picture/raster.hpp"

namespace semblance::picture_stage {
namespace {

struct Close {
  void operator()(void* handle) const { tjDestroy(handle); }
};
using Handle = std::unique_ptr<void, Close>;

// libjpeg fills what is missing of a cut file with grey and calls that a warning. Others (bytes too many, an odd
// marker) leave the picture as every viewer shows it.
bool is_cut(std::string_view warning) { return warning.find("remature end") != std::string_view::npos; }

void decode(void* handle, Bytes file, std::vector<std::uint8_t>& pixels, std::size_t width, std::size_t height,
            int format) {
  const int flags = TJFLAG_ACCURATEDCT | TJFLAG_LIMITSCANS;
  if (tjDecompress2(handle, file.data(), file.size(), pixels.data(), static_cast<int>(width), 0,
                    static_cast<int>(height), format, flags) == 0) {
    return;
  }
  const std::string why = tjGetErrorStr2(handle);
  if (tjGetErrorCode(handle) == TJERR_FATAL || is_cut(why)) throw Unreadable("broken JPEG: " + why);
}

// CMYK as Adobe writes it: inverted, so that each ink's byte is what it lets through.
void fill_from_cmyk(Raster& raster, const std::vector<std::uint8_t>& cmyk) {
  for (std::size_t i = 0; i < raster.width * raster.height; ++i) {
    const unsigned key = cmyk[4 * i + 3];
    put(raster, i, cmyk[4 * i] * key / 255, cmyk[4 * i + 1] * key / 255, cmyk[4 * i + 2] * key / 255);
  }
}

}  // namespace

Raster decode_jpeg(Bytes file, Channels channels, const PictureLimits& limits) {
  const Handle handle(tjInitDecompress());
  if (!handle) throw std::bad_alloc();
  int width = 0;
  int height = 0;
  int subsampling = 0;
  int colours = 0;
  if (tjDecompressHeader3(handle.get(), file.data(), file.size(), &width, &height, &subsampling, &colours) != 0) {
    throw Unreadable(std::string("broken JPEG: ") + tjGetErrorStr2(handle.get()));
  }
  check_pixels(static_cast<std::uint64_t>(width), static_cast<std::uint64_t>(height), limits);
  const auto w = static_cast<std::size_t>(width);
  const auto h = static_cast<std::size_t>(height);
  Raster raster = blank(w, h, channels);
  if (colours == TJCS_CMYK || colours == TJCS_YCCK) {
    std::vector<std::uint8_t> cmyk(4 * w * h);
    decode(handle.get(), file, cmyk, w, h, TJPF_CMYK);
    fill_from_cmyk(raster, cmyk);
  } else {
    decode(handle.get(), file, raster.pixels, w, h, channels == Channels::grey ? TJPF_GRAY : TJPF_RGB);
  }
  return upright(std::move(raster), jpeg_orientation(file));
}

std::vector<std::uint8_t> encode_jpeg(const Raster& raster, int quality) {
  const Handle handle(tjInitCompress());
  if (!handle) throw std::bad_alloc();
  const auto width = static_cast<int>(raster.width);
  const auto height = static_cast<int>(raster.height);
  std::vector<std::uint8_t> file(tjBufSize(width, height, TJSAMP_420));
  std::uint8_t* data = file.data();
  unsigned long size = file.size();
  const int flags = TJFLAG_ACCURATEDCT | TJFLAG_NOREALLOC;
  if (tjCompress2(handle.get(), raster.pixels.data(), width, 0, height, TJPF_RGB, &data, &size, TJSAMP_420, quality,
                  flags) != 0) {
    throw Unreadable(std::string("can't be written as JPEG: ") + tjGetErrorStr2(handle.get()));
  }
  file.resize(size);
  return file;
}

}  // namespace semblance::picture_stage
