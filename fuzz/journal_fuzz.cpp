// Any bytes as what a killed embedding run left: refused with Error{input}, or replayed up to its last whole block. An
// input that begins with 'k' is what follows a journal's sound beginning, so that its blocks are reached.

#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "base/sha256.hpp"
#include "embed/journal.hpp"
#include "scratch_file.hpp"
#include "semblance/error.hpp"

namespace {

// A block as the journal writes it, with its right checksum.
std::string framed(const std::string& block) {
  const std::uint64_t length = block.size();
  semblance::Sha256 sum;
  sum.update(block.data(), block.size());
  return std::string(reinterpret_cast<const char*>(&length), sizeof length) + block + sum.finish();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const semblance::fuzz::ScratchFile file("embed.journal");
  const std::string bytes(reinterpret_cast<const char*>(data), size);
  const std::string content = bytes.starts_with('k') ? framed("key") + framed(bytes.substr(1)) : bytes;
  file.write(content.data(), content.size());
  try {
    semblance::embed_stage::Journal journal(file.path().parent_path(), "key", std::chrono::seconds(0));
    std::size_t bytes_read = 0;
    while (const auto entry = journal.replay()) {
      bytes_read += entry->id.size() + entry->rejection.size() + entry->embedding.size() * sizeof(float);
    }
    if (bytes_read > content.size()) std::abort();
  } catch (const semblance::Error& error) {
    if (error.code() != semblance::ErrorCode::input || error.message().empty()) std::abort();
  }
  return 0;
}
