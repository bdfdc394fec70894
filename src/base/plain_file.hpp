#pragma once
// A whole file in memory.

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace semblance {

/// Reads a plain file of 1 to `limit` bytes. Returns an empty text, or why it can't be read ("isn't there", "is empty",
/// ...; the caller names the file) and leaves `bytes` empty. Pipes and devices are not even opened: a pipe would wait
/// for ever.
std::string read_plain_file(const std::filesystem::path& file, std::uint64_t limit, std::vector<std::uint8_t>& bytes);

}  // namespace semblance
