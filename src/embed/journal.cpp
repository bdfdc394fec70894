#include "embed/journal.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <sstream>
#include <system_error>
#include <utility>

#include "base/sha256.hpp"
#include "semblance/error.hpp"

namespace semblance::embed_stage {
namespace {

namespace fs = std::filesystem;

// A block: its length in 8 bytes, itself, its SHA-256 in 64 hexadecimal digits. The first holds the key, the others
// entries: three lengths (id, rejection, embedding's bytes) in 4 bytes each, and what they are the lengths of.
constexpr std::size_t kDigest = 64;
constexpr std::size_t kLargestBlock = std::size_t{1} << 32U;

std::string digest(const std::string& block) {
  Sha256 sum;
  sum.update(block.data(), block.size());
  return sum.finish();
}

template <class Integer>
void put(std::string& bytes, std::size_t value) {
  const auto narrow = static_cast<Integer>(value);
  bytes.append(reinterpret_cast<const char*>(&narrow), sizeof narrow);
}

std::string framed(const std::string& block) {
  std::string bytes;
  put<std::uint64_t>(bytes, block.size());
  return bytes + block + digest(block);
}

// What differs first, line by line.
std::string difference(const std::string& here, const std::string& there) {
  std::istringstream ours(here);
  std::istringstream theirs(there);
  std::string a;
  std::string b;
  while (std::getline(ours, a)) {
    if (!std::getline(theirs, b)) return a;
    if (a != b) return fmt::format("'{}' there, '{}' here", b, a);
  }
  return "more there than here";
}

}  // namespace

Journal::Journal(const fs::path& folder, std::string key, std::chrono::duration<double> interval)
    : file_(folder / "embed.journal"), key_(std::move(key)), interval_(interval), in_(file_, std::ios::binary) {
  // A journal that breaks off before its key was whole says nothing, and is begun anew.
  if (!in_ || !next_block()) return;
  if (block_ != key_) {
    throw Error(ErrorCode::input, "embed", file_.string(),
                fmt::format("is the checkpoint of another run ({}); delete it, or choose another folder with "
                            "--checkpoint",
                            difference(key_, block_)));
  }
  at_ = block_.size();
}

bool Journal::next_block() {
  std::uint64_t length = 0;
  if (!in_.read(reinterpret_cast<char*>(&length), sizeof length) || length > kLargestBlock) return false;
  std::error_code failed;
  if (whole_ + sizeof length + length + kDigest > fs::file_size(file_, failed) || failed) return false;
  std::string sum(kDigest, '\0');
  block_.resize(length);
  in_.read(block_.data(), static_cast<std::streamsize>(length));
  if (!in_.read(sum.data(), kDigest) || sum != digest(block_)) return false;
  whole_ += sizeof length + length + kDigest;
  at_ = 0;
  return true;
}

std::optional<JournalEntry> Journal::replay() {
  if (whole_ == 0 || (at_ == block_.size() && (!in_ || !next_block()))) {
    in_.close();
    in_.setstate(std::ios::failbit);
    block_.clear();
    at_ = 0;
    return std::nullopt;
  }
  std::array<std::uint32_t, 3> lengths{};
  const auto take = [&](void* to, std::size_t bytes) {
    if (bytes > block_.size() - at_) throw Error(ErrorCode::input, "embed", file_.string(), "is no checkpoint of ours");
    if (bytes == 0) return;  // `to` may be null then
    std::memcpy(to, block_.data() + at_, bytes);
    at_ += bytes;
  };
  take(lengths.data(), sizeof lengths);
  if (std::max({lengths[0], lengths[1], lengths[2]}) > block_.size()) {
    throw Error(ErrorCode::input, "embed", file_.string(), "is no checkpoint of ours");
  }
  JournalEntry entry{.id = std::string(lengths[0], '\0'),
                     .rejection = std::string(lengths[1], '\0'),
                     .embedding = std::vector<float>(lengths[2] / sizeof(float))};
  take(entry.id.data(), entry.id.size());
  take(entry.rejection.data(), entry.rejection.size());
  take(entry.embedding.data(), entry.embedding.size() * sizeof(float));
  return entry;
}

void Journal::append(const DatasetItem& item, const std::vector<float>& embedding) {
  const std::size_t bytes = item.rejection.empty() ? embedding.size() * sizeof(float) : 0;
  put<std::uint32_t>(pending_, item.id.size());
  put<std::uint32_t>(pending_, item.rejection.size());
  put<std::uint32_t>(pending_, bytes);
  pending_ += item.id;
  pending_ += item.rejection;
  pending_.append(reinterpret_cast<const char*>(embedding.data()), bytes);
}

void Journal::write_if_due() {
  if (pending_.empty() || std::chrono::steady_clock::now() - written_ < interval_) return;
  write();
  written_ = std::chrono::steady_clock::now();
}

void Journal::write() {
  const auto fail = [&](const char* doing) {
    throw Error(
        ErrorCode::output, "embed", file_.string(),
        fmt::format("the checkpoint {}: {}; --checkpoint-interval 0 does without", doing, std::strerror(errno)));
  };
  std::error_code failed;
  fs::create_directories(file_.parent_path(), failed);
  const int descriptor = ::open(file_.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
  if (descriptor < 0) fail("cannot be opened");
  const std::string bytes = (whole_ == 0 ? framed(key_) : std::string()) + framed(pending_);
  // Over whatever was left of a block that never became whole.
  bool written = ::ftruncate(descriptor, static_cast<off_t>(whole_)) == 0;
  for (std::size_t done = 0; written && done < bytes.size();) {
    const ssize_t n = ::pwrite(descriptor, bytes.data() + done, bytes.size() - done, static_cast<off_t>(whole_ + done));
    if (n < 0 && errno == EINTR) continue;
    written = n >= 0;
    done += static_cast<std::size_t>(std::max<ssize_t>(n, 0));
  }
  written = written && (::fsync(descriptor) == 0 || errno == EINVAL);
  const int why = errno;
  ::close(descriptor);
  errno = why;
  if (!written) fail("cannot be written");
  whole_ += bytes.size();
  pending_.clear();
}

void Journal::remove() noexcept {
  std::error_code ignored;  // one that stays behind is refused or gone on with, never wrong
  fs::remove(file_, ignored);
  if (fs::is_empty(file_.parent_path(), ignored) && !ignored) fs::remove(file_.parent_path(), ignored);
}

}  // namespace semblance::embed_stage
