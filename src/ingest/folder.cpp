// A folder of pictures, and a list of them.

#include <fmt/format.h>

#include <algorithm>
#include <system_error>

#include "base/csv.hpp"
#include "base/plain_file.hpp"
#include "ingest/sources.hpp"

namespace semblance::ingest_stage {
namespace {

namespace fs = std::filesystem;

// Files on disk with their ids and labels known beforehand.
class Files : public Dataset {
 public:
  struct Entry {
    std::string id, identity, path;
  };
  Files(fs::path root, std::vector<Entry> entries, std::uint64_t limit)
      : root_(std::move(root)), entries_(std::move(entries)), limit_(limit) {}

  bool next(DatasetItem& item) override {
    if (at_ == entries_.size()) return false;
    const Entry& entry = entries_[at_++];
    item.id = entry.id;
    item.identity = entry.identity;
    item.path = entry.path;
    item.rejection = read_plain_file(root_ / entry.path, limit_, item.bytes);
    return true;
  }
  [[nodiscard]] std::optional<std::size_t> count() const override { return entries_.size(); }

 private:
  fs::path root_;
  std::vector<Entry> entries_;
  std::uint64_t limit_;
  std::size_t at_ = 0;
};

std::vector<std::string> pictures_below(const fs::path& folder) {
  constexpr int kDeepest = 32;  // links may lead in circles
  std::vector<std::string> paths;
  std::error_code failed;
  fs::recursive_directory_iterator walk(folder, fs::directory_options::follow_directory_symlink, failed);
  if (failed) refuse(folder, "can't be read: " + failed.message());
  for (const fs::recursive_directory_iterator end; walk != end; walk.increment(failed)) {
    if (walk.depth() >= kDeepest)
      refuse(folder, fmt::format("is deeper than {} folders at '{}'", kDeepest, walk->path().string()));
    if (walk->is_directory(failed)) {
      if (walk->path().filename().string().starts_with('.')) walk.disable_recursion_pending();
      continue;
    }
    const std::string path = walk->path().lexically_relative(folder).generic_string();
    if (is_picture_name(path)) paths.push_back(path);
  }
  if (failed) refuse(folder, "can't be read to its end: " + failed.message());
  std::ranges::sort(paths);
  return paths;
}

}  // namespace

std::unique_ptr<Dataset> open_folder(const fs::path& folder, const DatasetOptions& options) {
  const std::vector<std::string> paths = pictures_below(folder);
  if (paths.empty()) {
    refuse(folder, "holds no picture (.jpg, .jpeg, .png, .webp, .bmp, .pgm, .ppm) at any depth");
  }
  const bool people = folders_are_people(folder, paths, options.labels);
  std::vector<Files::Entry> entries;
  entries.reserve(paths.size());
  for (const std::string& path : paths) entries.push_back({path, people ? folder_of(path) : std::string(), path});
  return std::make_unique<Files>(folder, std::move(entries), options.item_bytes);
}

std::unique_ptr<Dataset> open_list(const fs::path& list, const DatasetOptions& options) {
  CsvReader csv(list);
  std::vector<std::string> fields;
  if (!csv.next(fields)) refuse(list, "is empty; a list has the columns path and, if known, identity and id");
  const auto column = [&](std::string_view name) {
    return static_cast<std::size_t>(std::ranges::find(fields, name) - fields.begin());
  };
  const std::size_t columns = fields.size();
  const std::size_t path = column("path");
  const std::size_t identity = column("identity");
  const std::size_t id = column("id");
  if (path == columns) refuse(list, "has no column 'path'; the first line of a list names its columns");
  std::vector<Files::Entry> entries;
  std::vector<std::string> ids;
  std::size_t labelled = 0;
  while (csv.next(fields)) {
    if (fields.size() != columns) {
      refuse(list, fmt::format("line {} has {} fields, the first line {}", csv.line(), fields.size(), columns));
    }
    if (fields[path].empty()) refuse(list, fmt::format("line {} has no path", csv.line()));
    Files::Entry entry{fields[path], {}, fields[path]};
    if (id < columns && !fields[id].empty()) entry.id = fields[id];
    if (identity < columns) entry.identity = fields[identity];
    labelled += entry.identity.empty() ? 0 : 1;
    ids.push_back(entry.id);
    entries.push_back(std::move(entry));
  }
  if (entries.empty()) refuse(list, "lists no image");
  if (labelled != 0 && labelled != entries.size()) {
    refuse(list, fmt::format("{} of {} images have an identity; label all or none", labelled, entries.size()));
  }
  refuse_doubles(list, std::move(ids));
  return std::make_unique<Files>(list.parent_path(), std::move(entries), options.item_bytes);
}

}  // namespace semblance::ingest_stage
