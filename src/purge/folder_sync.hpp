#pragma once
// Folders made, and files brought to disk.

#include <filesystem>

namespace semblance::purge_stage {

/// Makes a folder, and those above it. Throws Error{output}.
void make_folder(const std::filesystem::path& folder);

/// Writes what is buffered of the file system that `folder` is on. Throws Error{output}.
void sync_files(const std::filesystem::path& folder);

}  // namespace semblance::purge_stage
