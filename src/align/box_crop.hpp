#pragma once
// A face as its detector's box shows it, for matchers that take no template.

#include <optional>

#include "align/detector.hpp"
#include "picture/raster.hpp"

namespace semblance::align_stage {

/// The face's box, wider and higher by `margin` of its sides in all, cut where the picture ends, scaled bilinearly to
/// (side, side) pixels whatever its shape, as FaceNet's own tools do. None where nothing of it lies in the picture.
std::optional<picture_stage::Raster> box_crop(const picture_stage::Raster& picture, const Face& face, double margin,
                                              std::size_t side);

}  // namespace semblance::align_stage
