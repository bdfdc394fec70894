#pragma once
// A face moved, turned and scaled to a template.

#include <optional>

#include "align/landmarks.hpp"
#include "picture/raster.hpp"

namespace semblance::align_stage {

/// The five-point template of 112 x 112 pixels that ArcFace made common.
inline constexpr Landmarks kTemplate112 = {
    {{38.2946, 51.6963}, {73.5318, 51.5014}, {56.0252, 71.7366}, {41.5493, 92.3655}, {70.7299, 92.2041}}};

/// Where the five landmarks lie in the square picture that a matcher takes.
struct FaceTemplate {
  std::size_t side = 0;  ///< pixels
  Landmarks landmarks;
  double scale = 1, x = 0, y = 0;     ///< kTemplate112 times `scale`, then moved by (x, y), is `landmarks`
  std::optional<double> margin = {};  ///< instead of all that: the detector's box, larger by this part of its sides
};

constexpr FaceTemplate template_from_112(std::size_t side, double scale, double x, double y) {
  FaceTemplate result{.side = side, .landmarks = kTemplate112, .scale = scale, .x = x, .y = y};
  for (Point& point : result.landmarks) point = {scale * point.x + x, scale * point.y + y};
  return result;
}

inline constexpr FaceTemplate kT112 = template_from_112(112, 1, 0, 0);
/// dlib's face chip of 150 x 150 pixels with padding 0.25. dlib itself aligns by the corners of the eyes; this is where
/// the five landmarks come to lie.
inline constexpr FaceTemplate kDlibChip = template_from_112(150, 1.494, -9.5, -30);

/// (x, y) -> (a x - b y + c, b x + a y + d): no reflection.
struct Similarity {
  double a = 1, b = 0, c = 0, d = 0;
  [[nodiscard]] Point operator()(const Point& p) const { return {a * p.x - b * p.y + c, b * p.x + a * p.y + d}; }
};

/// The similarity that brings `from` nearest to `to` by least squares (Umeyama 1991); none if all of `from` is one
/// point or the best one shrinks everything to a point.
std::optional<Similarity> nearest_similarity(const Landmarks& from, const Landmarks& to);

/// What takes a picture of this side that is aligned to kTemplate112 to the template.
Similarity from_aligned(std::size_t side, const FaceTemplate& to);

/// The pixels that warp looks at.
picture_stage::Window footprint(const Similarity& to_template, std::size_t side);

/// The picture as the template sees it: (side, side) pixels, bilinear, black outside. RGB. Of a part that holds the
/// footprint the same pixels come as of the whole.
picture_stage::Raster warp(const picture_stage::Part& picture, const Similarity& to_template, std::size_t side);

}  // namespace semblance::align_stage
