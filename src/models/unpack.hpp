#pragma once
// One file out of an archive.

#include <cstdint>
#include <filesystem>
#include <string>

namespace semblance::models_stage {

/// Unpacks the file `member` of a .zip or .tar (compressed or not) to `to`: its path in the archive or, where it names
/// no folder, the only file of that name. Nothing else is unpacked, and the archive's names lead nowhere. Throws
/// Error{input} if it isn't there, is there twice, unpacks to more than `limit` bytes, or the archive is cut or broken;
/// Error{output}.
void unpack_member(const std::filesystem::path& archive, const std::string& member, const std::filesystem::path& to,
                   std::uint64_t limit);

}  // namespace semblance::models_stage
