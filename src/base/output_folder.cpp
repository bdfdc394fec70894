#include "base/output_folder.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstring>
#include <optional>
#include <system_error>
#include <utility>
#include <vector>

#include "semblance/error.hpp"

namespace semblance {
namespace fs = std::filesystem;

namespace {

constexpr std::size_t kBufferBytes = std::size_t{1} << 18U;

bool written_by_semblance(const fs::path& folder) {
  for (const char* marker : {"report.json", "store.json", "scores.json", "case.json", "experiment.json", "review.json",
                             "purge.json", "compare.json", "model.json", "generator.json"}) {
    if (fs::exists(folder / marker)) return true;
  }
  return false;
}

[[noreturn]] void refuse(const fs::path& where, const std::string& why) {
  throw Error(ErrorCode::output, "output", where.string(), why);
}

// The process that a staging folder of this target names; none for any other name.
std::optional<pid_t> owner_of(const std::string& name, const std::string& target) {
  const std::string begin = fmt::format(".{}.partial-", target);
  if (!name.starts_with(begin)) return std::nullopt;
  pid_t owner = 0;
  const char* const end = name.data() + name.size();
  const auto [stop, fault] = std::from_chars(name.data() + begin.size(), end, owner);
  if (fault != std::errc() || stop != end || owner <= 0) return std::nullopt;
  return owner;
}

// What runs that were killed left behind. Beside one that was being put in place (".old" holds what it replaces) both
// stay: somebody may want either.
void remove_stale(const fs::path& parent, const std::string& target) {
  std::vector<fs::path> stale;
  std::error_code failed;
  for (fs::directory_iterator at(parent, failed), end; !failed && at != end; at.increment(failed)) {
    const auto owner = owner_of(at->path().filename().string(), target);
    if (!owner || *owner == ::getpid() || ::kill(*owner, 0) == 0 || errno != ESRCH) continue;
    std::error_code ignored;
    if (!fs::exists(at->path().string() + ".old", ignored)) stale.push_back(at->path());
  }
  for (const fs::path& one : stale) fs::remove_all(one, failed);
}

void sync_folder(const fs::path& folder) {
  const int descriptor = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) return;  // some file systems don't let folders be opened; the files themselves are synced
  ::fsync(descriptor);
  ::close(descriptor);
}

}  // namespace

OutputFolder::OutputFolder(fs::path target, bool overwrite) : target_(std::move(target)) {
  if (target_.filename().empty()) target_ = target_.parent_path();  // "report/" means "report"
  if (target_.empty()) refuse("--out", "is empty; name a folder to write to");
  std::error_code error;
  const fs::file_status status = fs::status(target_, error);
  if (fs::exists(status)) {
    if (!fs::is_directory(status)) refuse(target_, "exists and is not a folder; name another with --out");
    const bool empty = fs::is_empty(target_, error);
    if (error) refuse(target_, "cannot be listed: " + error.message());
    if (!empty && !overwrite) refuse(target_, "exists and is not empty; choose another --out or pass --overwrite");
    if (!empty && !written_by_semblance(target_)) {
      refuse(target_, "holds files that Semblance did not write, so --overwrite leaves it alone; choose another --out");
    }
  }
  const fs::path absolute = fs::absolute(target_);
  fs::create_directories(absolute.parent_path(), error);
  if (error) refuse(target_, "its parent folder cannot be made: " + error.message());
  remove_stale(absolute.parent_path(), absolute.filename().string());
  staging_ = absolute.parent_path() / fmt::format(".{}.partial-{}", absolute.filename().string(), ::getpid());
  fs::remove_all(staging_, error);
  if (!fs::create_directory(staging_, error)) refuse(target_, "cannot be written: " + error.message());
}

OutputFolder::~OutputFolder() {
  if (committed_) return;
  std::error_code ignored;  // nothing better can be done while another error is on its way
  fs::remove_all(staging_, ignored);
}

void OutputFolder::commit() {
  sync_folder(staging_);
  std::error_code error;
  const fs::path old = staging_.string() + ".old";
  const bool replaces = fs::exists(target_, error);
  if (replaces) {
    fs::rename(target_, old, error);
    if (error) refuse(target_, "cannot be replaced: " + error.message());
  }
  fs::rename(staging_, target_, error);
  if (error) {
    std::error_code ignored;
    if (replaces) fs::rename(old, target_, ignored);
    refuse(target_, "cannot be put in place: " + error.message());
  }
  committed_ = true;
  sync_folder(fs::absolute(target_).parent_path());
  if (replaces) fs::remove_all(old, error);
}

OutputFile::OutputFile(fs::path file) : file_(std::move(file)) {
  descriptor_ = ::open(file_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  if (descriptor_ < 0) fail("cannot be opened for writing");
  buffer_.reserve(kBufferBytes);
}

OutputFile::~OutputFile() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

void OutputFile::write(const void* data, std::size_t bytes) {
  if (buffer_.size() + bytes > kBufferBytes) flush();
  if (bytes >= kBufferBytes) {
    const std::string kept = std::exchange(buffer_, std::string(static_cast<const char*>(data), bytes));
    flush();
    buffer_.reserve(kBufferBytes);
    return;
  }
  buffer_.append(static_cast<const char*>(data), bytes);
}

void OutputFile::flush() {
  std::size_t done = 0;
  while (done < buffer_.size()) {
    const ssize_t n = ::write(descriptor_, buffer_.data() + done, buffer_.size() - done);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) fail("cannot be written");
    done += static_cast<std::size_t>(n);
  }
  buffer_.clear();
}

void OutputFile::rewrite(std::size_t offset, std::string_view text) {
  flush();
  while (!text.empty()) {
    const ssize_t n = ::pwrite(descriptor_, text.data(), text.size(), static_cast<off_t>(offset));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) fail("cannot be written");
    text.remove_prefix(static_cast<std::size_t>(n));
    offset += static_cast<std::size_t>(n);
  }
}

void OutputFile::close() {
  flush();
  if (::fsync(descriptor_) != 0 && errno != EINVAL && errno != EROFS) fail("cannot be synced to disk");
  const int descriptor = std::exchange(descriptor_, -1);
  if (::close(descriptor) != 0) fail("cannot be closed");
}

void OutputFile::fail(const char* doing) const {
  throw Error(ErrorCode::output, "output", file_.string(), fmt::format("{}: {}", doing, std::strerror(errno)));
}

}  // namespace semblance
