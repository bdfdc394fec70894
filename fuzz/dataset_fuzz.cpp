// Any bytes as an image dataset: it is refused with Error{input}, or every item has an id of its own and either bytes
// or a reason why there are none.

#include <cstdint>
#include <cstdlib>
#include <set>

#include "scratch_file.hpp"
#include "semblance/error.hpp"
#include "semblance/ingest.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const semblance::fuzz::ScratchFile file(std::string("input") + SEMBLANCE_FUZZ_EXTENSION);
  constexpr std::uint64_t kItemBytes = 1U << 20U;
  file.write(data, size);
  try {
    const auto dataset = semblance::open_dataset(file.path(), {.item_bytes = kItemBytes});
    std::set<std::string> ids;
    for (semblance::DatasetItem item; dataset->next(item);) {
      if (!ids.insert(item.id).second || item.id.empty()) std::abort();
      if (item.bytes.empty() == item.rejection.empty() || item.bytes.size() > kItemBytes) std::abort();
    }
    if (dataset->count() && *dataset->count() != ids.size()) std::abort();
    if (file.path().extension() == ".bin") {
      if (semblance::verification_pairs(file.path()).size() * 2 != ids.size()) std::abort();
    }
  } catch (const semblance::Error& error) {
    if (error.code() != semblance::ErrorCode::input || error.message().empty()) std::abort();
  }
  return 0;
}
