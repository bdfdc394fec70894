#pragma once
// Where things lie: nothing may be written into an input, or read out of a folder that is replaced.

#include <filesystem>
#include <string>

namespace semblance::purge_stage {

/// Does `inner` lie below `outer`, or are they the same? Links are followed; neither needs to exist.
bool lies_within(const std::filesystem::path& inner, const std::filesystem::path& outer);

/// Refuses (Error{usage}) an output that is the input, lies in it, or has it inside. `what` names the input.
void check_apart(const std::filesystem::path& out, const std::filesystem::path& input, const std::string& what);

/// Refuses (Error{usage}) an input that lies in the output.
void check_not_inside(const std::filesystem::path& input, const std::filesystem::path& out, const std::string& what);

/// Makes a folder, and those above it. Throws Error{output}.
void make_folder(const std::filesystem::path& folder);

/// Writes what is buffered of the file system that `folder` is on. Throws Error{output}.
void sync_files(const std::filesystem::path& folder);

}  // namespace semblance::purge_stage
