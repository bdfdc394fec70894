#pragma once
// Large pictures made small before a network sees them: bilinear scaling alone skips pixels below a half.

#include "picture/raster.hpp"

namespace semblance::align_stage {

/// The picture halved, four pixels averaged, as often as `factor`, by which it is going to be shrunk, is 2 or more;
/// `room` holds what comes of it. A picture that isn't halved is returned as it is.
const picture_stage::Raster& halved_to(const picture_stage::Raster& picture, double factor,
                                       picture_stage::Raster& room);

}  // namespace semblance::align_stage
