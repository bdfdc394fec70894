// Where an item's picture lies below a folder.

#include <algorithm>
#include <system_error>

#include "semblance/picture.hpp"

namespace semblance {
namespace {

namespace fs = std::filesystem;

constexpr std::array<const char*, 15> kExtensions = {"",     ".jpg",  ".jpeg", ".png",  ".webp", ".bmp", ".pgm", ".ppm",
                                                     ".JPG", ".JPEG", ".PNG",  ".WEBP", ".BMP",  ".PGM", ".PPM"};

// Relative, without "..", and something that can be a file's name at all.
bool stays_inside(const fs::path& name) {
  return !name.empty() && name.is_relative() &&
         std::none_of(name.begin(), name.end(), [](const fs::path& part) { return part == ".."; }) &&
         name.native().find('\0') == fs::path::string_type::npos;
}

std::optional<fs::path> file_at(const fs::path& folder, const fs::path& name) {
  if (!stays_inside(name)) return std::nullopt;
  std::error_code ignored;
  fs::path file = folder / name;
  return fs::is_regular_file(file, ignored) ? std::optional(std::move(file)) : std::nullopt;
}

}  // namespace

std::optional<fs::path> find_picture(const fs::path& folder, const PictureName& name) {
  if (auto file = file_at(folder, fs::path(name.path))) return file;
  const fs::path id(name.id);
  const fs::path identity(name.identity);
  if (!stays_inside(id)) return std::nullopt;
  for (const char* extension : kExtensions) {
    fs::path file = id;
    file += extension;
    if (auto found = file_at(folder, file)) return found;
    if (identity.empty() || !stays_inside(identity)) continue;
    if (auto found = file_at(folder, identity / file)) return found;
  }
  return std::nullopt;
}

}  // namespace semblance
