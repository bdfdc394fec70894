#pragma once
// From a picture to its aligned face, whatever says where the face is.

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "align/detector.hpp"
#include "align/warp.hpp"
#include "picture/raster.hpp"
#include "semblance/align.hpp"
#include "semblance/facts.hpp"

namespace semblance::align_stage {

struct Aligned {
  std::optional<picture_stage::Raster>
      face;         ///< RGB, in the template; or as it came, where that is kT112 and it is aligned
  std::string why;  ///< there is none: the kind of reason, and after a colon its details
};

/// Thread-safe.
class Aligner {
 public:
  virtual ~Aligner() = default;
  /// `id`: the item's. `file`: what it holds, of any format that picture_stage::decode reads. Throws
  /// picture_stage::Unreadable; Error{input} if a network fails.
  [[nodiscard]] virtual Aligned align(const std::string& id, picture_stage::Bytes file) const = 0;
  /// What the store's card says of it; empty: nothing.
  [[nodiscard]] virtual std::string note() const { return {}; }
  /// All that it depends on beside the template: "alignment" (aligned, landmarks, detector) first.
  [[nodiscard]] virtual Facts facts() const { return {{"alignment", "aligned"}}; }
};

/// Pictures that are aligned already are so to kTemplate112, whatever the template: that is how datasets come.
/// Throws Error: usage (options that contradict each other or are out of range), input (a file or card), resource (no
/// ONNX Runtime where a detector needs it).
std::unique_ptr<Aligner> make_aligner(const AlignOptions& options, const Runtime& runtime,
                                      const FaceTemplate& face_template = kT112);

/// The face that a picture is about: largest area - 2 x (distance to the picture's centre) squared, as InsightFace
/// chooses; the first of equals. `faces` isn't empty.
const Face& main_face(const std::vector<Face>& faces, const picture_stage::Raster& picture);

/// AlignOptions::max_turn's measure; infinite where both eyes are one point.
double turn_of(const Landmarks& landmarks);

/// AlignOptions::min_sharpness's measure.
double sharpness_of(const picture_stage::Raster& face);

}  // namespace semblance::align_stage
