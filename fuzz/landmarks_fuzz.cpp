// Any bytes as a file of landmarks.

#include <cmath>
#include <cstdint>
#include <cstdlib>

#include "align/landmarks.hpp"
#include "scratch_file.hpp"
#include "semblance/error.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const semblance::fuzz::ScratchFile file(std::string("landmarks") + SEMBLANCE_FUZZ_EXTENSION);
  file.write(data, size);
  try {
    const auto found = semblance::align_stage::LandmarkFile(file.path()).find("a.jpg");
    if (!found) return 0;
    for (const auto& point : *found) {
      if (!std::isfinite(point.x) || !std::isfinite(point.y)) std::abort();
    }
  } catch (const semblance::Error& error) {
    if (error.code() != semblance::ErrorCode::input || error.message().empty()) std::abort();
  }
  return 0;
}
