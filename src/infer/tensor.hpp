#pragma once
// Pictures as networks take them.

#include <span>

#include "infer/card_tables.hpp"
#include "picture/raster.hpp"

namespace semblance::infer_stage {

/// A rectangle of a picture, in pixels; edges may lie between them.
struct Region {
  double left = 0, top = 0, width = 0, height = 0;
};

/// Draws `from` of an RGB picture into the tensor's top left (width, height) pixels, bilinear, and black into the rest;
/// colour order and scaling as `format` says. `tensor` has shape (3, format.height, format.width).
void draw(const picture_stage::Raster& picture, const Region& from, std::size_t width, std::size_t height,
          const InputFormat& format, std::span<float> tensor);

}  // namespace semblance::infer_stage
