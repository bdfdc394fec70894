#pragma once
// Where things lie: nothing may be written into an input, or read out of a folder that is replaced.

#include <filesystem>
#include <string>

namespace semblance {

/// Does `inner` lie below `outer`, or are they the same? Links are followed; neither needs to exist.
bool lies_within(const std::filesystem::path& inner, const std::filesystem::path& outer);

/// Refuses (Error{usage}) an output that is the input, lies in it, or has it inside. `what` names the input.
void check_apart(const std::filesystem::path& out, const std::filesystem::path& input, const std::string& what);

/// Refuses (Error{usage}) an input that lies in the output.
void check_not_inside(const std::filesystem::path& input, const std::filesystem::path& out, const std::string& what);

}  // namespace semblance
