// Any bytes under a known extension: read_embeddings either refuses them with Error{input} or gives a set that keeps
// the promises of its header. Everything else is a finding.

#include <cmath>
#include <cstdint>
#include <cstdlib>

#include "scratch_file.hpp"
#include "semblance/error.hpp"
#include "semblance/store.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const semblance::fuzz::ScratchFile file(std::string("input") + SEMBLANCE_FUZZ_EXTENSION);
  file.write(data, size);
  try {
    const semblance::EmbeddingSet set = semblance::read_embeddings({file.path().string(), {}});
    if (set.matrix.rows == 0 || set.matrix.cols == 0) std::abort();
    if (set.ids.size() != set.matrix.rows || set.identity.size() != set.matrix.rows) std::abort();
    for (std::size_t row = 0; row < set.matrix.rows; ++row) {
      if (set.identity[row] >= set.identity_names.size() || set.order[row] >= set.matrix.rows) std::abort();
      for (const float value : set.matrix.row(row)) {
        if (!std::isfinite(value)) std::abort();
      }
    }
  } catch (const semblance::Error& error) {
    if (error.code() != semblance::ErrorCode::input || error.message().empty()) std::abort();
  }
  return 0;
}
