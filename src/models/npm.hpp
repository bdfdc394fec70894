#pragma once
// Packages of an npm registry, without an npm client.

#include <filesystem>
#include <string>

#include "models/download.hpp"

namespace semblance::models_stage {

/// Fetches the tarball of `package` ("name@version") from the registry at that address to `file`, as download does.
/// Nothing of it is run. Throws as download; Error{input} if the registry hasn't got it.
Download download_package(const std::string& registry, const std::string& package, const std::filesystem::path& file,
                          const DownloadOptions& options);

/// "name" of "name@version".
std::string package_name(const std::string& package);

}  // namespace semblance::models_stage
