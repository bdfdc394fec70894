#include "ingest/sources.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>
#include <system_error>
#include <utility>

namespace semblance {
namespace ingest_stage {
namespace {

using Open = std::unique_ptr<Dataset> (*)(const std::filesystem::path&, const DatasetOptions&);

/// Kinds of file, by how their names end.
constexpr std::array<std::pair<std::string_view, Open>, 11> kFiles = {{{".csv", open_list},
                                                                       {".rec", open_recordio},
                                                                       {".bin", open_verification_set},
                                                                       {".lmdb", open_lmdb},
                                                                       {".mdb", open_lmdb},
                                                                       {".zip", open_archive},
                                                                       {".tar", open_archive},
                                                                       {".tar.gz", open_archive},
                                                                       {".tgz", open_archive},
                                                                       {".tar.zst", open_archive},
                                                                       {".tar.xz", open_archive}}};

constexpr std::array<std::string_view, 7> kPictures = {".jpg", ".jpeg", ".png", ".webp", ".bmp", ".pgm", ".ppm"};

std::string lower(std::string text) {
  std::ranges::transform(text, text.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? char(c - 'A' + 'a') : c; });
  return text;
}

Open opener_of(const std::string& name) {
  const std::string plain = lower(name);
  const auto at = std::ranges::find_if(kFiles, [&](const auto& kind) { return plain.ends_with(kind.first); });
  return at == kFiles.end() ? nullptr : at->second;
}

}  // namespace

bool is_picture_name(const std::string& path) {
  for (const auto& part : std::filesystem::path(path)) {
    const std::string name = part.string();
    if (name.starts_with('.') && name != "." && name != "..") return false;
  }
  const std::string extension = lower(std::filesystem::path(path).extension().string());
  return std::ranges::find(kPictures, extension) != kPictures.end();
}

std::string folder_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string::npos ? std::string() : path.substr(0, slash);
}

bool folders_are_people(const std::filesystem::path& subject, const std::vector<std::string>& paths,
                        FolderLabels labels) {
  if (labels == FolderLabels::none) return false;
  const auto is_loose = [](const std::string& path) { return folder_of(path).empty(); };
  const auto loose = std::ranges::find_if(paths, is_loose);
  const auto nested = std::ranges::find_if_not(paths, is_loose);
  if (loose != paths.end() && nested != paths.end()) {
    refuse(subject, fmt::format("'{}' lies in a folder and '{}' doesn't: are folders people? Give every person a "
                                "folder, or say --labels none",
                                *nested, *loose));
  }
  return loose == paths.end();
}

void refuse_doubles(const std::filesystem::path& subject, std::vector<std::string> ids) {
  std::ranges::sort(ids);
  const auto twice = std::ranges::adjacent_find(ids);
  if (twice != ids.end())
    refuse(subject, fmt::format("'{}' stands in it twice; every image needs an id of its own", *twice));
}

}  // namespace ingest_stage

bool is_dataset_name(const std::string& name) { return ingest_stage::opener_of(name) != nullptr; }

std::unique_ptr<Dataset> open_dataset(const std::filesystem::path& location, const DatasetOptions& options) {
  using namespace ingest_stage;
  if (const auto card = generator_of(location)) return open_generator(*card, options);
  std::error_code failed;
  const auto status = std::filesystem::status(location, failed);
  if (!std::filesystem::exists(status)) refuse(location, "isn't there");
  if (std::filesystem::is_directory(status)) {
    return std::filesystem::exists(location / "data.mdb") ? open_lmdb(location, options)
                                                          : open_folder(location, options);
  }
  if (!std::filesystem::is_regular_file(status)) refuse(location, "is neither a folder nor a file");
  if (const Open open = opener_of(location.filename().string())) return open(location, options);
  refuse(location,
         "is no image dataset that is read: give a folder, a list (.csv), an archive (.zip, .tar, .tar.gz, .tgz, "
         ".tar.zst, .tar.xz), RecordIO (.rec), LMDB (.lmdb, .mdb, or a folder with data.mdb) or a verification set "
         "(.bin)");
}

}  // namespace semblance
