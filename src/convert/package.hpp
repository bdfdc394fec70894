#pragma once
// Files of an npm package, from its archive or its folder.

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace semblance::convert_stage {

/// By their path in the package.
using PackageFiles = std::map<std::string, std::vector<std::uint8_t>>;

/// The package's files whose path begins with `prefix`, as "model/face_": of a .tgz (any tar archive that libarchive
/// reads, whose files lie in one folder, whatever its name), or of a folder that holds them, or holds them in
/// "package". More than 256 MiB of them are refused. Throws Error{input} naming `package`: not there, no archive, cut,
/// no such file.
PackageFiles read_package(const std::filesystem::path& package, const std::string& prefix);

/// Throws Error{input} naming the package.
[[noreturn]] void refuse_package(const std::filesystem::path& package, const std::string& why);

}  // namespace semblance::convert_stage
