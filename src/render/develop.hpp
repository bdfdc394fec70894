#pragma once
// From light to a picture: lens, sensor, tones.

#include "render/vector.hpp"
#include "semblance/render.hpp"

namespace semblance::render_stage {

/// `light`: linear pixels, shape (side, side). sRGB pixels, shape (side, side, 3).
std::vector<std::uint8_t> develop(std::vector<Vec3> light, std::size_t side, const FaceView& view);

}  // namespace semblance::render_stage
