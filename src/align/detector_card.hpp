#pragma once
// What a face detector's card says.

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "infer/card_tables.hpp"

namespace semblance::align_stage {

/// How a network's outputs become boxes and landmarks.
enum class DetectorFamily {
  scrfd,  ///< distances from two anchors a cell (Guo et al., arXiv 2105.04714)
  yunet,  ///< offsets from one prior a cell (Wu, Peng and Yu 2023)
  boxes,  ///< boxes as they are, without landmarks, which a second network finds
};

/// A network that finds 68 landmarks in a picture that a face fills.
struct LandmarkCard {
  std::string name, sha256;  ///< sha256: of the card file
  std::filesystem::path weights;
  infer_stage::InputFormat input;
};

struct DetectorCard {
  std::string name, sha256;  ///< sha256: of the card file
  std::filesystem::path weights;
  infer_stage::InputFormat input;
  DetectorFamily family = DetectorFamily::scrfd;
  std::optional<LandmarkCard> landmarks;  ///< with DetectorFamily::boxes, and only then
  double score = 0.5;                     ///< faces with less aren't seen
  double overlap = 0.4;                   ///< of two boxes that share more of their union, the weaker goes
  /// Lengths, in pixels of the input, that a picture's longer side is scaled to, tried in this order until a face is
  /// found: where a face fills the input, or is tiny, detectors fail.
  std::vector<std::size_t> sides = {320, 640, 160};
};

/// Reads the card and, where it names one, that of its landmarks' network: NAME.toml or NAME.json beside it, or
/// ../NAME/card.toml or card.json, as installed cards lie. Throws Error{input} naming card and field.
DetectorCard read_detector_card(const std::filesystem::path& file);

}  // namespace semblance::align_stage
