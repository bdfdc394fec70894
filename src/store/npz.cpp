#include "store/npz.hpp"

#include <archive.h>
#include <archive_entry.h>

#include <algorithm>
#include <cstring>
#include <new>
#include <optional>
#include <utility>
#include <vector>

#include "store/npy.hpp"
#include "store/pick.hpp"
#include "store/refuse.hpp"

namespace semblance::store_stage {
namespace {

// No more can come out of deflate: a length and a distance code of one bit each stand for 258 bytes.
constexpr std::uint64_t kMostDeflation = 1032;
constexpr std::size_t kEndRecordBytes = 22;

bool ends_like_a_zip(std::span<const std::byte> bytes) {
  constexpr std::size_t kLongestComment = 65535;
  if (bytes.size() < kEndRecordBytes) return false;
  const std::size_t last = bytes.size() - kEndRecordBytes;
  for (std::size_t comment = 0; comment <= std::min(last, kLongestComment); ++comment) {
    const std::byte* at = bytes.data() + last - comment;
    if (std::memcmp(at, "PK\x05\x06", 4) != 0) continue;
    const std::size_t said = std::to_integer<std::size_t>(at[20]) | std::to_integer<std::size_t>(at[21]) << 8U;
    if (said == comment) return true;
  }
  return false;
}

struct FreeArchive {
  void operator()(archive* open) const { archive_read_free(open); }
};

// One pass over the members, in the order of the zip's directory.
class ZipReader {
 public:
  explicit ZipReader(const MappedFile& file) : subject_(file.name()), archive_(archive_read_new()) {
    if (archive_ == nullptr) throw Error(ErrorCode::resource, "store", subject_, "libarchive has no memory");
    // The seeking reader alone: the streaming one would accept a zip whose directory is missing.
    archive_read_support_format_zip_seekable(archive_.get());
    if (archive_read_open_memory(archive_.get(), file.bytes().data(), file.bytes().size()) != ARCHIVE_OK) fail();
  }

  bool next() {
    archive_entry* entry = nullptr;
    const int result = archive_read_next_header(archive_.get(), &entry);
    if (result == ARCHIVE_EOF) return false;
    if (result < ARCHIVE_WARN) fail();
    const char* name = archive_entry_pathname(entry);
    if (name == nullptr) name = archive_entry_pathname_utf8(entry);  // a name that the current locale can't spell
    name_ = name == nullptr ? "" : name;
    size_ = archive_entry_size_is_set(entry) != 0 ? std::max<la_int64_t>(0, archive_entry_size(entry)) : 0;
    return true;
  }
  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] std::uint64_t size() const { return static_cast<std::uint64_t>(size_); }

  /// Up to `wanted` bytes that come next; fewer only at the member's end.
  std::size_t read(std::byte* into, std::size_t wanted) {
    std::size_t done = 0;
    while (done < wanted) {
      const la_ssize_t got = archive_read_data(archive_.get(), into + done, wanted - done);
      if (got < 0) fail();
      if (got == 0) break;
      done += static_cast<std::size_t>(got);
    }
    return done;
  }

 private:
  [[noreturn]] void fail() const {
    const char* why = archive_error_string(archive_.get());
    refuse(subject_, "its zip can't be read{}: {}",
           name_.empty() ? std::string() : fmt::format(" at member '{}'", name_), why == nullptr ? "damaged" : why);
  }
  std::string subject_;
  std::unique_ptr<archive, FreeArchive> archive_;
  std::string name_;
  la_int64_t size_ = 0;
};

// The first bytes of a member, enough for its .npy header.
std::vector<std::byte> read_head(ZipReader& zip) {
  std::vector<std::byte> head(static_cast<std::size_t>(std::min<std::uint64_t>(kNpyHeaderBytes, zip.size())));
  head.resize(zip.read(head.data(), head.size()));
  return head;
}

std::string array_name(const std::string& member) {
  return member.ends_with(".npy") ? member.substr(0, member.size() - 4) : member;
}

bool is_npy(std::span<const std::byte> head) {
  return head.size() >= 6 && std::memcmp(head.data(), "\x93NUMPY", 6) == 0;
}

struct Choice {
  std::string member;
  NpyHeader header;
};

Choice choose(const MappedFile& file, const std::string& wanted) {
  const std::string subject = file.name();
  std::vector<Candidate> candidates;
  std::vector<Choice> choices;
  for (ZipReader zip(file); zip.next();) {
    const std::vector<std::byte> head = read_head(zip);
    if (!is_npy(head)) continue;
    NpyHeader header = parse_npy_header(head, fmt::format("{}:{}", subject, array_name(zip.name())));
    candidates.push_back({array_name(zip.name()), fmt::format("({}) {}", fmt::join(header.shape, ", "), header.descr),
                          header.shape.size() == 2 && npy_layout(header).has_value()});
    choices.push_back({zip.name(), std::move(header)});
  }
  // An array of objects may well be the embeddings: say so, with the way out, rather than "no array".
  const auto eligible = std::count_if(candidates.begin(), candidates.end(), [](const auto& c) { return c.eligible; });
  if (wanted.empty() && eligible == 0 && choices.size() == 1) return choices.front();
  return choices[pick(candidates, array_name(wanted), subject)];
}

// NOLINTBEGIN(*-avoid-c-arrays): a shared block of bytes without filling it first has no other type
using Block = std::shared_ptr<std::byte[]>;

Block allocate(std::size_t bytes, const std::string& subject) {
  try {
    return std::make_shared_for_overwrite<std::byte[]>(bytes);
  } catch (const std::bad_alloc&) {
    throw Error(ErrorCode::resource, "store", subject,
                fmt::format("needs {} MB of memory to unpack, more than there is", bytes / 1'000'000));
  }
}
// NOLINTEND(*-avoid-c-arrays)

}  // namespace

RawArray read_npz(const std::shared_ptr<const MappedFile>& file, const std::string& name) {
  const std::string subject = file->name();
  if (!ends_like_a_zip(file->bytes())) {
    refuse(subject, "is truncated or not an .npz file: it has no end-of-directory record of a zip");
  }
  const Choice choice = choose(*file, name);
  const std::string array = array_name(choice.member);
  const ElementLayout layout = require_npy_matrix(choice.header, array, subject);
  const std::uint64_t rows = choice.header.shape[0];
  const std::uint64_t cols = choice.header.shape[1];
  const std::uint64_t bytes = checked_bytes(rows, cols, layout.type, subject);
  if (bytes / kMostDeflation > file->bytes().size()) {
    refuse(subject, "array '{}' says its shape is ({}, {}), more than the {} bytes of the file can unpack to", array,
           rows, cols, file->bytes().size());
  }
  ZipReader zip(*file);
  while (zip.next()) {
    if (zip.name() != choice.member) continue;
    std::vector<std::byte> header(choice.header.payload_at);
    zip.read(header.data(), header.size());
    const Block payload = allocate(bytes, subject);
    const std::size_t held = zip.read(payload.get(), bytes);
    std::byte beyond{};
    // Reading on to the member's end also makes libarchive check its CRC.
    if (held != bytes || zip.read(&beyond, 1) != 0) {
      refuse(subject, "array '{}' of shape ({}, {}) takes {} bytes and {} are there", array, rows, cols, bytes,
             held == bytes ? "more" : std::to_string(held));
    }
    return make_matrix({payload.get(), bytes}, layout, rows, cols, payload, subject);
  }
  refuse(subject, "array '{}' can't be found again", array);
}

}  // namespace semblance::store_stage
