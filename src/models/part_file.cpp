#include "models/part_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <nlohmann/json.hpp>
#include <system_error>

#include "base/whole_file.hpp"
#include "semblance/error.hpp"

namespace semblance::models_stage {

namespace fs = std::filesystem;
using Json = nlohmann::json;

PartFile::PartFile(fs::path file, std::string url) : file_(std::move(file)), url_(std::move(url)) {
  part_ = file_.string() + ".part";
  state_ = file_.string() + ".part.json";
  descriptor_ = ::open(part_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
  if (descriptor_ < 0) fail("can't be opened for writing");
  if (::flock(descriptor_, LOCK_EX | LOCK_NB) != 0) {
    ::close(descriptor_);
    throw Error(ErrorCode::input, "models", part_.string(),
                "is being downloaded by another process; wait for it, or stop it");
  }
  std::ifstream in(state_, std::ios::binary);
  const Json state = Json::parse(in, nullptr, false);
  const auto text = [&](const char* key) {
    return state.is_object() && state.contains(key) && state[key].is_string() ? state[key].get<std::string>() : "";
  };
  struct stat status {};
  if (text("url") == url_ && ::fstat(descriptor_, &status) == 0) {
    size_ = static_cast<std::uint64_t>(status.st_size);
    mark_ = text("mark");
  }
}

PartFile::~PartFile() {
  if (descriptor_ < 0) return;
  if (size_ == 0) {  // nothing that a next call could use
    std::error_code ignored;
    fs::remove(part_, ignored);
    fs::remove(state_, ignored);
  }
  ::close(descriptor_);
}

void PartFile::begin(std::uint64_t from, const std::string& mark) {
  if (::ftruncate(descriptor_, static_cast<off_t>(from)) != 0) fail("can't be cut");
  if (::lseek(descriptor_, static_cast<off_t>(from), SEEK_SET) < 0) fail("can't be written");
  size_ = from;
  mark_ = mark;
  write_whole_file(state_, Json({{"url", url_}, {"mark", mark_}}).dump(2, ' ', false, Json::error_handler_t::replace));
}

void PartFile::write(std::span<const char> bytes) {
  while (!bytes.empty()) {
    const ssize_t done = ::write(descriptor_, bytes.data(), bytes.size());
    if (done < 0 && errno == EINTR) continue;
    if (done < 0) fail("can't be written");
    bytes = bytes.subspan(static_cast<std::size_t>(done));
    size_ += static_cast<std::uint64_t>(done);
  }
}

void PartFile::discard() {
  if (::ftruncate(descriptor_, 0) != 0) fail("can't be cut");
  size_ = 0;
  mark_.clear();
  std::error_code ignored;
  fs::remove(state_, ignored);
}

void PartFile::finish() {
  if (::fsync(descriptor_) != 0 && errno != EINVAL && errno != EROFS) fail("can't be synced to disk");
  std::error_code error;
  fs::rename(part_, file_, error);
  if (error) throw Error(ErrorCode::output, "models", file_.string(), "can't be put in place: " + error.message());
  fs::remove(state_, error);
  ::close(descriptor_);
  descriptor_ = -1;
}

void PartFile::fail(const char* doing) const {
  throw Error(ErrorCode::output, "models", part_.string(), fmt::format("{}: {}", doing, std::strerror(errno)));
}

}  // namespace semblance::models_stage
