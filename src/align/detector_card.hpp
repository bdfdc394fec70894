#pragma once
// What a face detector's card says.

#include <filesystem>
#include <string>
#include <vector>

#include "infer/card_tables.hpp"

namespace semblance::align_stage {

/// How a network's outputs become boxes and landmarks.
enum class DetectorFamily {
  scrfd,  ///< distances from two anchors a cell (Guo et al., arXiv 2105.04714)
  yunet,  ///< offsets from one prior a cell (Wu, Peng and Yu 2023)
};

struct DetectorCard {
  std::string name, sha256;  ///< sha256: of the card file
  std::filesystem::path weights;
  infer_stage::InputFormat input;
  DetectorFamily family = DetectorFamily::scrfd;
  double score = 0.5;    ///< faces with less aren't seen
  double overlap = 0.4;  ///< of two boxes that share more of their union, the weaker goes
  /// Lengths, in pixels of the input, that a picture's longer side is scaled to, tried in this order until a face is
  /// found: where a face fills the input, or is tiny, detectors fail.
  std::vector<std::size_t> sides = {320, 640, 160};
};

/// Throws Error{input} naming card and field.
DetectorCard read_detector_card(const std::filesystem::path& file);

}  // namespace semblance::align_stage
