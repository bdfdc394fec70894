// Any bytes as a card: of a matcher, of a matcher's network, of a detector.

#include <cstdint>
#include <cstdlib>

#include "align/detector_card.hpp"
#include "embed/network_card.hpp"
#include "scratch_file.hpp"
#include "semblance/error.hpp"
#include "store/matcher_card.hpp"

namespace {

template <class Read>
void try_to(const Read& read) {
  try {
    read();
  } catch (const semblance::Error& error) {
    if (error.code() != semblance::ErrorCode::input || error.message().empty()) std::abort();
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const semblance::fuzz::ScratchFile file(std::string("card") + SEMBLANCE_FUZZ_EXTENSION);
  // What the corpus' cards name as their weights.
  static const semblance::fuzz::ScratchFile weights("weights.onnx");
  file.write(data, size);
  weights.write("w", 1);
  try_to([] { semblance::read_matcher_card(file.path()); });
  try_to([] {
    const auto card = semblance::embed_stage::read_network_card(file.path());
    if (card.input.width == 0 || card.input.height == 0 || card.matcher.dimension == 0) std::abort();
  });
  try_to([] {
    const auto card = semblance::align_stage::read_detector_card(file.path());
    const bool boxes = card.family == semblance::align_stage::DetectorFamily::boxes;
    if (card.sides.empty() || (!boxes && card.input.width % 32 != 0) || boxes != card.landmarks.has_value())
      std::abort();
  });
  return 0;
}
