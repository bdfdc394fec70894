#pragma once
// The one kind of pickle that is read: a pair of lists, of byte strings and of truths, as InsightFace's verification
// sets (.bin) hold their JPEG files and whether the faces of each pair are one person's. Nothing in a pickle is ever
// run: whatever calls, imports or builds an object is refused.

#include <cstdint>
#include <filesystem>
#include <vector>

namespace semblance::ingest_stage {

struct PickledPairs {
  /// Where a byte string lies in the file.
  struct Bytes {
    std::uint64_t offset = 0, size = 0;
  };
  std::vector<Bytes> images;
  std::vector<bool> same;
};

/// Reads where the strings lie, not the strings. Protocols 1 to 5, as Python 2 and 3 write them. Throws Error{input}
/// naming the file and the byte: not such a pickle, cut, or a string that reaches beyond the file.
PickledPairs read_pickled_pairs(const std::filesystem::path& file);

}  // namespace semblance::ingest_stage
