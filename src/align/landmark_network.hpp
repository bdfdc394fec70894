#pragma once
// Landmarks of a face that a detector found without any.

#include "align/detector_card.hpp"
#include "align/landmarks.hpp"
#include "infer/network.hpp"
#include "picture/raster.hpp"

namespace semblance::align_stage {

/// Points that the network gives, in the order of the iBUG 300-W annotation (Sagonas et al. 2013).
inline constexpr std::size_t kPointsOfFace = 68;

/// Thread-safe: any number of threads may look at once.
class LandmarkNetwork {
 public:
  /// Throws Error{resource} without ONNX Runtime; Error{input} if the network can't be loaded or gives another number
  /// of points.
  LandmarkNetwork(const Runtime& runtime, LandmarkCard card);

  /// The five landmarks of the face in a box of an RGB picture: the middles of the eyes' outlines, the tip of the nose,
  /// the corners of the mouth. The network sees the square around the box. Throws Error{input} if the network fails.
  [[nodiscard]] Landmarks find(const picture_stage::Raster& picture, Point top_left, Point bottom_right) const;

 private:
  LandmarkCard card_;
  infer_stage::Network network_;
};

}  // namespace semblance::align_stage
