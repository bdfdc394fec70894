#pragma once
// Faces in a picture, by a detector's network.

#include <optional>
#include <vector>

#include "align/detector_card.hpp"
#include "align/landmark_network.hpp"
#include "align/landmarks.hpp"
#include "infer/network.hpp"
#include "picture/raster.hpp"

namespace semblance::align_stage {

struct Face {
  /// Pixels of the picture, whose centres lie at whole numbers; may reach beyond it.
  double left = 0, top = 0, right = 0, bottom = 0;
  double score = 0;
  Landmarks landmarks{};
};

/// Thread-safe: any number of threads may look for faces at once.
class Detector {
 public:
  /// Throws Error{resource} without ONNX Runtime; Error{input} if the network can't be loaded or its outputs, for a
  /// black picture, aren't those of the card's family.
  Detector(const Runtime& runtime, DetectorCard card);

  /// Faces of an RGB picture, the strongest first: at the first of the card's scales that shows any. Throws
  /// Error{input} if the network fails.
  [[nodiscard]] std::vector<Face> faces(const picture_stage::Raster& picture) const;
  /// The landmarks of one of these faces: its own, or those that the card's second network finds. Throws Error{input}
  /// if that fails.
  [[nodiscard]] Landmarks landmarks(const picture_stage::Raster& picture, const Face& face) const;
  [[nodiscard]] const DetectorCard& card() const { return card_; }
  [[nodiscard]] const std::string& engine() const { return network_.engine(); }

 private:
  DetectorCard card_;
  infer_stage::Network network_;
  std::optional<LandmarkNetwork> landmark_network_;
};

/// Boxes and landmarks, in pixels of the network's input, that outputs of a family stand for: one score (SCRFD) or two
/// to be multiplied (YuNet), a box and five points for every cell of the grids of strides 8, 16 and 32; or boxes, a row
/// of 4 numbers each, and a score for each. Faces under card.score, and what isn't finite, are left out. Outputs may
/// come in any order. Throws std::invalid_argument if they aren't the family's.
std::vector<Face> read_outputs(const std::vector<infer_stage::Tensor>& outputs, const DetectorCard& card);

/// Greedy non-maximum suppression: the strongest first; a face whose box shares more than `overlap` of the union with
/// one that stays goes.
std::vector<Face> suppress(std::vector<Face> faces, double overlap);

}  // namespace semblance::align_stage
