// PNG through libpng's simplified interface, which reports by value and prints nothing.

#include <png.h>

#include <memory>

#include "picture/raster.hpp"
#include "semblance/error.hpp"

namespace semblance::picture_stage {
namespace {

struct Free {
  void operator()(png_image* image) const { png_image_free(image); }
};

}  // namespace

Raster decode_png(Bytes file, Channels channels, const PictureLimits& limits) {
  png_image image = {};
  image.version = PNG_IMAGE_VERSION;
  const std::unique_ptr<png_image, Free> release(&image);
  const auto refuse = [&] { throw Unreadable(std::string("broken PNG: ") + image.message); };
  if (png_image_begin_read_from_memory(&image, file.data(), file.size()) == 0) refuse();
  check_pixels(image.width, image.height, limits);
  image.format = PNG_FORMAT_RGB;
  const png_color behind = {.red = 128, .green = 128, .blue = 128};  // what shows through transparent parts
  const std::size_t width = image.width;
  const std::size_t height = image.height;
  Raster rgb = blank(width, height, Channels::rgb);
  if (png_image_finish_read(&image, &behind, rgb.pixels.data(), 0, nullptr) == 0) refuse();
  if (channels == Channels::rgb) return rgb;
  Raster grey = blank(width, height, channels);
  for (std::size_t i = 0; i < width * height; ++i) {
    put(grey, i, rgb.pixels[3 * i], rgb.pixels[3 * i + 1], rgb.pixels[3 * i + 2]);
  }
  return grey;
}

std::vector<std::uint8_t> encode_png(const Raster& raster) {
  png_image image = {};
  image.version = PNG_IMAGE_VERSION;
  const std::unique_ptr<png_image, Free> release(&image);
  image.width = static_cast<png_uint_32>(raster.width);
  image.height = static_cast<png_uint_32>(raster.height);
  image.format = raster.channels == Channels::grey ? PNG_FORMAT_GRAY : PNG_FORMAT_RGB;
  const auto write = [&](void* into, png_alloc_size_t& bytes) {
    if (png_image_write_to_memory(&image, into, &bytes, 0, raster.pixels.data(), 0, nullptr) != 0) return;
    throw Error(ErrorCode::internal, "picture", "libpng", image.message);
  };
  png_alloc_size_t bytes = PNG_IMAGE_PNG_SIZE_MAX(image);
  std::vector<std::uint8_t> file(bytes);
  write(file.data(), bytes);
  file.resize(bytes);
  return file;
}

}  // namespace semblance::picture_stage
