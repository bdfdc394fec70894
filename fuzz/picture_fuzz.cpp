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
      // A part, the last bytes' of the file, is read wherever the whole is.
      const auto byte = [&](std::size_t k) { return size > k ? std::size_t{data[size - 1 - k]} : 0; };
      Window window{.left = byte(0), .top = byte(1)};
      window.right = window.left + byte(2);
      window.bottom = window.top + byte(3);
      const Part part = decode_part({data, size}, channels, limits, window);
      const Window seen = window.within(raster.width, raster.height);
      if (part.left > seen.left || part.left + part.pixels.width < seen.right) std::abort();
      if (part.top > seen.top || part.top + part.pixels.height < seen.bottom) std::abort();
      if (part.pixels.pixels.size() != part.pixels.width * part.pixels.height * static_cast<std::size_t>(channels))
        std::abort();
    } catch (const Unreadable& why) {
      if (std::strlen(why.what()) == 0) std::abort();
    }
  }
  return 0;
}
