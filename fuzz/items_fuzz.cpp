// Any bytes as the items CSV of a sound three-row array.

#include <array>
#include <cstdint>
#include <cstdlib>

#include "scratch_file.hpp"
#include "semblance/error.hpp"
#include "semblance/store.hpp"

namespace {

constexpr std::array<float, 6> kRows = {1, 2, 3, 4, 5, 6};

const semblance::fuzz::ScratchFile& sound_array() {
  static const semblance::fuzz::ScratchFile file("rows.f32");
  file.write(kRows.data(), sizeof kRows);
  return file;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const std::string array = sound_array().path().string() + ":3x2";
  static const semblance::fuzz::ScratchFile items(std::string("items") + SEMBLANCE_FUZZ_EXTENSION);
  items.write(data, size);
  try {
    const semblance::EmbeddingSet set = semblance::read_embeddings({array, items.path()});
    if (set.ids.size() != 3 || set.identity.size() != 3 || set.identity_names.empty()) std::abort();
  } catch (const semblance::Error& error) {
    if (error.code() != semblance::ErrorCode::input || error.message().empty()) std::abort();
  }
  return 0;
}
