#pragma once
// Where a picture's face is, and which pictures have none worth looking at.

#include <cstddef>
#include <filesystem>
#include <string>

#include "semblance/runtime.hpp"

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

struct DetectorCheck {
  std::string detector, engine;  ///< the card's name; library, version and device
  std::size_t pictures =
      12;                 ///< faces drawn by formulas (render_face), 320 pixels a side, turned by 10 degrees at most
  std::size_t found = 0;  ///< of them
  /// Mean distance of the five landmarks from where they are, in distances of the eyes; 0 where nothing was found.
  /// Drawn faces aren't quite what detectors learnt: about 0.1 is good, over 0.3 says that colours or scaling are
  /// wrong.
  double landmark_error = 0;
  double seconds_per_image = 0;  ///< of one thread, landmarks included
};

/// Runs a detector's card (and that of its landmarks) on drawn faces. Throws Error: input (the cards, weights, a
/// network that isn't the card's), usage (a device that it can't have), resource (no libonnxruntime).
DetectorCheck check_detector(const std::filesystem::path& card, const Runtime& runtime);

}  // namespace semblance
