#pragma once
// What a matcher's card says of its network and of the pictures that go in.

#include <filesystem>

#include "infer/card_tables.hpp"
#include "store/matcher_card.hpp"

namespace semblance::embed_stage {

/// The part of an aligned 112 x 112 face that the network sees: all of it (T112), or columns 8 to 103 (T96).
enum class Template { t112, t96 };

struct NetworkCard {
  MatcherCard matcher;
  std::filesystem::path weights;  ///< ONNX file
  infer_stage::InputFormat input;
  Template view = Template::t112;
};

/// Reads the card and, where it names one, checks the weights' checksum. Throws Error{input} naming card and field.
NetworkCard read_network_card(const std::filesystem::path& file);

}  // namespace semblance::embed_stage
