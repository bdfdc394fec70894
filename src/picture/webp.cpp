// WebP through libwebp.

#include <webp/decode.h>

#include <memory>

#include "picture/grey.hpp"

namespace semblance::picture_stage {
namespace {

struct Free {
  void operator()(std::uint8_t* pixels) const { WebPFree(pixels); }
};

}  // namespace

Grey decode_webp(Bytes file, const PictureLimits& limits) {
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
  Grey grey{.width = w, .height = h, .pixels = std::vector<std::uint8_t>(w * h)};
  for (std::size_t i = 0; i < grey.pixels.size(); ++i) {
    const std::uint8_t* pixel = rgba.get() + 4 * i;
    const unsigned opaque = pixel[3];
    grey.pixels[i] =
        static_cast<std::uint8_t>((luma(pixel[0], pixel[1], pixel[2]) * opaque + 128U * (255U - opaque) + 127U) / 255U);
  }
  return grey;
}

}  // namespace semblance::picture_stage
