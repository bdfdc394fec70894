#pragma once
// A single output file that appears whole or not at all.

#include <filesystem>
#include <string_view>

namespace semblance {

/// Writes a hidden sibling (".<name>.partial-<pid>") and renames it, so that a file of that name is replaced in one
/// step. Makes the folders above it. Throws Error{output} naming the file, and leaves nothing then.
void write_whole_file(const std::filesystem::path& file, std::string_view text);

}  // namespace semblance
