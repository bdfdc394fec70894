// Any bytes as the answers that a reviewer exported.

#include <cstdint>
#include <cstdlib>

#include "review/answers.hpp"
#include "scratch_file.hpp"
#include "semblance/error.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const semblance::fuzz::ScratchFile file(std::string("answers") + SEMBLANCE_FUZZ_EXTENSION);
  constexpr std::size_t kPairs = 3;
  file.write(data, size);
  try {
    // The pack that the corpus' answers name.
    const auto answers = semblance::review_stage::read_answers(file.path(), "pack", kPairs);
    if (answers.reviewer.empty() || answers.answers.size() != kPairs) std::abort();
  } catch (const semblance::Error& error) {
    if (error.code() != semblance::ErrorCode::input || error.message().empty()) std::abort();
  }
  return 0;
}
