// Any bytes as a card: of a matcher, of a matcher's network or process, of a detector, of a generator.

#include <cmath>
#include <cstdint>
#include <cstdlib>

#include "align/detector_card.hpp"
#include "embed/network_card.hpp"
#include "generate/generator_card.hpp"
#include "pipe/protocol.hpp"
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
    for (std::size_t c = 0; c < 3; ++c) {
      if (!std::isfinite(card.input.mean[c]) || !std::isfinite(card.input.divisor[c])) std::abort();
    }
  });
  try_to([] {
    const auto card = semblance::align_stage::read_detector_card(file.path());
    const bool boxes = card.family == semblance::align_stage::DetectorFamily::boxes;
    if (card.sides.empty() || (!boxes && card.input.width % 32 != 0) || boxes != card.landmarks.has_value())
      std::abort();
  });
  try_to([] {
    const auto card = semblance::generate_stage::read_generator_card(file.path());
    if (card.z == 0 || card.batch == 0 || card.width == 0 || card.height == 0 || card.black == card.white) std::abort();
  });
  try_to([] {
    const auto card = semblance::pipe_stage::read_process_card(file.path());
    if (card.name.empty() || card.command.empty() || card.batch == 0 || !(card.timeout.count() > 0)) std::abort();
  });
  return 0;
}
