#pragma once
// A face moved, turned and scaled to a template.

#include <optional>

#include "align/landmarks.hpp"
#include "picture/raster.hpp"

namespace semblance::align_stage {

/// The five-point template of 112 x 112 pixels that ArcFace made common.
inline constexpr std::size_t kTemplateSide = 112;
inline constexpr Landmarks kTemplate112 = {
    {{38.2946, 51.6963}, {73.5318, 51.5014}, {56.0252, 71.7366}, {41.5493, 92.3655}, {70.7299, 92.2041}}};

/// (x, y) -> (a x - b y + c, b x + a y + d): no reflection.
struct Similarity {
  double a = 1, b = 0, c = 0, d = 0;
  [[nodiscard]] Point operator()(const Point& p) const { return {a * p.x - b * p.y + c, b * p.x + a * p.y + d}; }
};

/// The similarity that brings `from` nearest to `to` by least squares (Umeyama 1991); none if all of `from` is one
/// point or the best one shrinks everything to a point.
std::optional<Similarity> nearest_similarity(const Landmarks& from, const Landmarks& to);

/// The picture as the template sees it: (side, side) pixels, bilinear, black outside. Same channels.
picture_stage::Raster warp(const picture_stage::Raster& picture, const Similarity& to_template, std::size_t side);

}  // namespace semblance::align_stage
