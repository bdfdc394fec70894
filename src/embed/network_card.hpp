#pragma once
// What a matcher's card says of its network and of the pictures that go in.

#include <filesystem>
#include <optional>

#include "infer/card_tables.hpp"
#include "semblance/embed.hpp"
#include "store/matcher_card.hpp"

namespace semblance::embed_stage {

/// The part of an aligned 112 x 112 face that the network sees: all of it (T112), or columns 8 to 103 (T96); or dlib's
/// chip, which shows more of the chin and is aligned to by itself; or a detector's box, not aligned at all.
enum class Template { t112, t96, dlib, box };

/// What becomes of the embeddings of a face and of its mirror image.
enum class FlipFusion {
  none,           ///< the face alone
  sum,            ///< added up
  concatenate,    ///< one after the other: `dimension` is twice the network's
  norm_weighted,  ///< added up, each times its norm, which is the network's second output (AdaFace)
};

struct NetworkCard {
  std::filesystem::path file;  ///< the card
  MatcherCard matcher;
  std::filesystem::path weights;  ///< ONNX file; .caffemodel or .pb for OpenCV
  infer_stage::InputFormat input;
  Template view = Template::t112;
  double margin = 0;    ///< of a box: this part of its sides is added
  bool whiten = false;  ///< each picture less its mean, over its standard deviation
  FlipFusion flip = FlipFusion::none;
  std::optional<GoldenCosines> golden;
};

/// Reads the card and, where it names one, checks the weights' checksum. Throws Error{input} naming card and field.
NetworkCard read_network_card(const std::filesystem::path& file);

}  // namespace semblance::embed_stage
