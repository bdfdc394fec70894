// Pictures that are files: a folder of them, or a list.

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <map>
#include <unordered_set>

#include "base/csv.hpp"
#include "base/output_folder.hpp"
#include "base/places.hpp"
#include "purge/folder_sync.hpp"
#include "purge/writers.hpp"

namespace semblance::purge_stage {
namespace {

namespace fs = std::filesystem;

// Where the picture really lies. It has to be a file of the dataset: what a link leads to elsewhere isn't ours to copy.
fs::path source_of(const fs::path& root, const Item& item) {
  std::error_code failed;
  const fs::path source = fs::canonical(root / item.path, failed);
  if (failed) refuse((root / item.path).string(), "can't be kept: " + failed.message() + kListInstead);
  if (!lies_within(source, root)) {
    refuse((root / item.path).string(),
           fmt::format("leads out of the dataset, to '{}'{}", source.string(), kListInstead));
  }
  if (!fs::is_regular_file(source, failed)) {
    refuse((root / item.path).string(), std::string("can't be kept: it is no file") + kListInstead);
  }
  return source;
}

void put(const fs::path& source, const fs::path& target, bool link) {
  if (link) {
    if (::link(source.c_str(), target.c_str()) == 0) return;
    const std::string why = errno == EXDEV ? std::string("lies on another file system than --out")
                                           : std::string("can't be linked: ") + std::strerror(errno);
    throw Error(ErrorCode::output, "purge", source.string(), why + "; use --how copy");
  }
  std::error_code failed;
  fs::copy_file(source, target, failed);
  if (failed) throw Error(ErrorCode::output, "purge", target.string(), "cannot be written: " + failed.message());
}

// Lines of a list come from outside: a path may not lead anywhere but below the output.
void check_below(const Items& items, const Item& item) {
  const fs::path path(item.path);
  const bool climbs = std::ranges::any_of(path, [](const fs::path& part) { return part == ".."; });
  if (!path.is_absolute() && !climbs) return;
  refuse(items.location.string(),
         fmt::format("lists '{}', which does not lie below the list's folder{}", item.path, kListInstead));
}

// The list itself, line for line, without the removed.
void write_lines(const Job& job) {
  CsvReader csv(job.items.location);
  std::vector<std::string> fields;
  OutputFile out(job.folder / job.items.location.filename());
  const auto write = [&] {
    std::string line;
    for (const std::string& field : fields) (line += csv_field(field)) += ',';
    line.back() = '\n';
    out.write(line);
  };
  csv.next(fields);
  write();
  for (const bool kept : job.kept) {
    csv.next(fields);
    if (kept) write();
  }
  out.close();
}

}  // namespace

void Meter::done() {
  ++count_;
  const auto now = std::chrono::steady_clock::now();
  if (!progress_ || (count_ != total_ && now - last_ < std::chrono::milliseconds(200))) return;
  last_ = now;
  if (!progress_(count_, total_)) throw Error(ErrorCode::interrupted, "purge", "", "stopped; nothing was written");
}

void write_pictures(const Job& job) {
  const bool list = job.items.kind == Kind::list;
  const fs::path folder = list ? fs::absolute(job.items.location).parent_path() : job.items.location;
  const fs::path root = fs::canonical(folder);
  std::unordered_set<std::string> made, written;
  Meter meter(job.progress, job.items.items.size());
  for (std::size_t k = 0; k < job.items.items.size(); ++k) {
    const Item& item = job.items.items[k];
    meter.done();
    if (!job.kept[k]) continue;
    if (list) check_below(job.items, item);
    const std::string path = fs::path(item.path).lexically_normal().generic_string();
    if (list && !written.insert(path).second) continue;  // one picture under two ids
    const fs::path target = job.folder / path;
    if (list && target == job.folder / job.items.location.filename()) {
      refuse(job.items.location.string(), "lists itself");
    }
    if (made.insert(target.parent_path()).second) make_folder(target.parent_path());
    put(source_of(root, item), target, job.link);
  }
  if (list) write_lines(job);
  sync_files(job.folder);
}

void write_kept_list(const Job& job) {
  const bool files = job.items.kind == Kind::folder || job.items.kind == Kind::list;
  const fs::path folder =
      job.items.kind == Kind::list ? fs::absolute(job.items.location).parent_path() : fs::absolute(job.items.location);
  OutputFile out(job.folder / "kept.csv");
  out.write(files ? "id,identity,path\n" : "id,identity\n");
  for (std::size_t k = 0; k < job.items.items.size(); ++k) {
    const Item& item = job.items.items[k];
    if (!job.kept[k] || item.id.empty()) continue;
    out.write(csv_field(item.id) + ',' + csv_field(item.identity));
    if (files) out.write(',' + csv_field((folder / item.path).lexically_normal().string()));
    out.write("\n");
  }
  out.close();
}

}  // namespace semblance::purge_stage
