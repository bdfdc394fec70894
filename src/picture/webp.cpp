// WebP through libwebp.

#include <webp/decode.h>

#include <memory>

#include "picture/raster.hpp"

namespace semblance::picture_stage {
namespace {

struct Free {
  void operator()(std::uint8_t* pixels) const { WebPFree(pixels); }
};

}  // namespace

Raster decode_webp(Bytes file, Channels channels, const PictureLimits& limits) {
  WebPBitstreamFeatures features;
  if (WebPGetFeatures(file.data(), file.size(), &features) != VP8_STATUS_OK) throw Unreadable("broken WebP header");
  if (features.has_animation != 0) throw Unreadable("an animated WebP is no single picture");
  check_pixels(static_cast<std::uint64_t>(features.width), static_cast<std::uint64_t>(features.height), limits);
  int width = 0;
  int height = 0;
  const std::unique_ptr<std::uint8_t, Free> rgba(WebPDecodeRGBA(file.data(), file.size(), &width, &height));
  if (!rgba) throw Unreadable("broken or truncated WebP");
  const auto w = static_cast<std::size_t>(width);
  const auto h = static_cast<std::size_t>(height);
  Raster raster = blank(w, h, channels);
  for (std::size_t i = 0; i < w * h; ++i) {
    const std::uint8_t* pixel = rgba.get() + 4 * i;
    const unsigned opaque = pixel[3];
    const auto seen = [&](unsigned value) { return (value * opaque + 128U * (255U - opaque) + 127U) / 255U; };
    put(raster, i, seen(pixel[0]), seen(pixel[1]), seen(pixel[2]));
  }
  return raster;
}

}  // namespace semblance::picture_stage
