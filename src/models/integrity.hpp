#pragma once
// Whether a file is the one that was promised.

#include <filesystem>
#include <string>

namespace semblance::models_stage {

/// A promise: a SHA-256 in hexadecimal, and Subresource Integrity as npm has it, "sha512-<base64>" (also sha256,
/// sha384; of several, separated by blanks, the strongest counts). Either may be empty.
struct Promise {
  std::string sha256, integrity;

  [[nodiscard]] bool empty() const { return sha256.empty() && integrity.empty(); }
};

/// Nothing if the file keeps it, else what differs, both sums named. Throws Error{input} if the file can't be read.
std::string broken_promise(const std::filesystem::path& file, const Promise& promise);

/// Nothing if the text is such an integrity, else what is wrong with it.
std::string integrity_fault(const std::string& text);

}  // namespace semblance::models_stage
