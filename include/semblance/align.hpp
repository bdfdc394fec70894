#pragma once
// Where a picture's face is, and which pictures have none worth looking at.

#include <filesystem>

namespace semblance {

/// A picture with several faces: take the largest, or leave the picture out.
enum class SeveralFaces { largest, reject };

/// How pictures become aligned faces. With neither landmarks nor a detector they are aligned already: cropped to the
/// matcher's template, at any size. Limits are off by default: a picture that is left out can't be found to leak.
struct AlignOptions {
  /// Five landmarks a picture, a line each: its id and ten numbers. A picture without landmarks is rejected.
  std::filesystem::path landmarks;
  /// Card of a face detector with five landmarks (docs/formats.md, "Detector cards"). Not both.
  std::filesystem::path detector;
  SeveralFaces several = SeveralFaces::largest;  ///< largest: area - 2 x (distance to the picture's centre) squared
  double min_face = 0;                           ///< least side of a detected face's box, in pixels of the picture
  double max_turn = 0;       ///< most distance of the nose from the eyes' middle, along the line through the eyes, in
                             ///< eye distances: frontal 0, half profile about 0.35; 0: any
  double min_sharpness = 0;  ///< least variance of the Laplacian of the aligned face's grey values (0 to 255)
};

}  // namespace semblance
