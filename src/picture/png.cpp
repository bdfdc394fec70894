// PNG through libpng's simplified interface, which reports by value and prints nothing.

#include <png.h>

#include <memory>

#include "picture/grey.hpp"

namespace semblance::picture_stage {
namespace {

struct Free {
  void operator()(png_image* image) const { png_image_free(image); }
};

}  // namespace

Grey decode_png(Bytes file, const PictureLimits& limits) {
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
  std::vector<std::uint8_t> rgb(3 * width * height);
  if (png_image_finish_read(&image, &behind, rgb.data(), 0, nullptr) == 0) refuse();
  return grey_of_rgb(rgb, width, height);
}

}  // namespace semblance::picture_stage
