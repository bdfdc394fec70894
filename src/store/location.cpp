#include "store/location.hpp"

#include <algorithm>
#include <array>
#include <string_view>
#include <system_error>

#include "store/refuse.hpp"

namespace semblance::store_stage {
namespace fs = std::filesystem;

const char* const kKnownFormats =
    "a folder store, .npy, .npz, .fvecs, .fbin, .f16bin, .i8bin, .safetensors, .h5, .hdf5, .csv, .jsonl or "
    "raw float32 as file.f32:ROWSxDIM";

namespace {

constexpr std::array<std::string_view, 5> kSelecting{".npz", ".h5", ".hdf5", ".safetensors", ".f32"};

std::string lower_extension(const fs::path& path) {
  std::string extension = path.extension().string();
  for (char& c : extension) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return extension;
}

}  // namespace

Location locate(const std::string& location) {
  if (location.empty()) refuse("", "an embedding set needs a location: {}", kKnownFormats);
  auto exists = [](const fs::path& path) {
    std::error_code error;
    const fs::file_status status = fs::status(path, error);
    return fs::exists(status) || (error && error != std::errc::no_such_file_or_directory &&
                                  error != std::errc::not_a_directory && error != std::errc::filename_too_long);
  };
  auto whole = [&](std::size_t end) {
    const fs::path path = location.substr(0, end);
    return Location{path, lower_extension(path), end == std::string::npos ? "" : location.substr(end + 1)};
  };
  if (exists(location)) return whole(std::string::npos);
  Location missing{location, lower_extension(location), ""};
  for (std::size_t colon = location.find(':'); colon != std::string::npos; colon = location.find(':', colon + 1)) {
    Location at = whole(colon);
    const bool selects = std::find(kSelecting.begin(), kSelecting.end(), at.extension) != kSelecting.end();
    std::error_code error;
    if (exists(at.path) && !fs::is_directory(at.path, error)) {
      if (!selects) refuse(at.path.string(), "holds one array only; leave out ':{}'", at.selector);
      if (at.selector.empty()) refuse(at.path.string(), "names nothing after the colon");
      return at;
    }
    if (selects) missing.path = at.path;
  }
  refuse(missing.path.string(), "no such file or folder");
}

}  // namespace semblance::store_stage
