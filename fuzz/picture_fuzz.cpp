// Any bytes as a picture: Unreadable with a reason, or as many pixels as its size says.

#include <cstdint>
#include <cstdlib>
#include <cstring>

#include "picture/raster.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace semblance::picture_stage;
  semblance::PictureLimits limits;
  limits.pixels = 1U << 20U;
  for (const Channels channels : {Channels::grey, Channels::rgb}) {
    try {
      const Raster raster = decode({data, size}, channels, limits);
      if (raster.width == 0 || raster.height == 0 || raster.width * raster.height > limits.pixels) std::abort();
      if (raster.pixels.size() != raster.width * raster.height * static_cast<std::size_t>(channels)) std::abort();
    } catch (const Unreadable& why) {
      if (std::strlen(why.what()) == 0) std::abort();
    }
  }
  return 0;
}
