#include "ingest/sources.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <system_error>

namespace semblance {
namespace ingest_stage {
namespace {

constexpr std::array<std::string_view, 7> kPictures = {".jpg", ".jpeg", ".png", ".webp", ".bmp", ".pgm", ".ppm"};

std::string lower(std::string text) {
  std::ranges::transform(text, text.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? char(c - 'A' + 'a') : c; });
  return text;
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
  const auto is_loose = [](const std::string& path) { return path.find('/') == std::string::npos; };
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
  const std::string name = lower(location.filename().string());
  if (name.ends_with(".csv")) return open_list(location, options);
  if (name.ends_with(".rec")) return open_recordio(location, options);
  if (name.ends_with(".bin")) return open_verification_set(location, options);
  if (name.ends_with(".lmdb") || name.ends_with(".mdb")) return open_lmdb(location, options);
  for (const char* extension : {".zip", ".tar", ".tar.gz", ".tgz", ".tar.zst", ".tar.xz"}) {
    if (name.ends_with(extension)) return open_archive(location, options);
  }
  refuse(location,
         "is no image dataset that is read: give a folder, a list (.csv), an archive (.zip, .tar, .tar.gz, .tgz, "
         ".tar.zst, .tar.xz), RecordIO (.rec), LMDB (.lmdb, .mdb, or a folder with data.mdb) or a verification set "
         "(.bin)");
}

}  // namespace semblance
