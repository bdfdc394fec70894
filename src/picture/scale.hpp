#pragma once
// A picture at another size.

#include "picture/raster.hpp"

namespace semblance::picture_stage {

/// By a triangle filter, as wide as a pixel of the smaller of the two pictures on either side of its middle; beyond the
/// edge there is nothing, and the weights that are left make up the whole. Sides at least 1. Deterministic (float64 in
/// fixed order). Source: the antialiased bilinear filter of Pillow's Image.resize, which rounds its weights.
Raster scaled(const Raster& picture, std::size_t width, std::size_t height);

}  // namespace semblance::picture_stage
