// Pictures in an archive, through libarchive, read where they lie: nothing is unpacked, so a name can't lead anywhere.

#include <archive.h>
#include <archive_entry.h>
#include <fmt/format.h>

#include <memory>

#include "ingest/archive_entry.hpp"
#include "ingest/sources.hpp"

namespace semblance::ingest_stage {
namespace {

struct Free {
  void operator()(::archive* open) const { archive_read_free(open); }
};

class Reader {
 public:
  explicit Reader(std::filesystem::path file) : file_(std::move(file)), archive_(archive_read_new()) {
    if (!archive_) throw Error(ErrorCode::resource, "ingest", file_.string(), "libarchive has no memory");
    archive_read_support_format_zip_seekable(archive_.get());
    archive_read_support_format_tar(archive_.get());
    archive_read_support_filter_all(archive_.get());
    constexpr std::size_t kBlock = 1U << 20U;
    if (archive_read_open_filename(archive_.get(), file_.c_str(), kBlock) != ARCHIVE_OK) fail();
  }

  // The next picture's name, or none at the end.
  std::optional<std::string> next() {
    const Utf8Names names;
    ::archive_entry* entry = nullptr;
    for (;;) {
      const int result = archive_read_next_header(archive_.get(), &entry);
      if (result == ARCHIVE_EOF) return std::nullopt;
      if (result == ARCHIVE_RETRY) continue;
      if (result == ARCHIVE_FATAL) fail();
      auto name = picture_of_entry(entry);
      link_ = is_link(entry);
      if (name) return name;
    }
  }

  void read(std::uint64_t limit, DatasetItem& item) {
    item.bytes.clear();
    item.rejection.clear();
    if (link_) {
      item.rejection = "is a link to another entry, and links in archives aren't followed";
      return;
    }
    constexpr std::size_t kBlock = 1U << 16U;
    for (;;) {
      const std::size_t before = item.bytes.size();
      item.bytes.resize(before + kBlock);
      const la_ssize_t got = archive_read_data(archive_.get(), item.bytes.data() + before, kBlock);
      item.bytes.resize(before + static_cast<std::size_t>(std::max<la_ssize_t>(got, 0)));
      if (got < 0) {
        item.rejection = std::string("can't be unpacked: ") + why();
      } else if (item.bytes.size() > limit) {
        item.rejection = fmt::format("unpacks to more than {} bytes", limit);
      } else if (got == 0) {
        if (item.bytes.empty()) item.rejection = "is empty";
        return;
      }
      if (item.rejection.empty()) continue;
      item.bytes.clear();
      return;
    }
  }

 private:
  [[nodiscard]] const char* why() const {
    const char* text = archive_error_string(archive_.get());
    return text != nullptr ? text : "unknown fault";
  }
  [[noreturn]] void fail() const { refuse(file_, fmt::format("is no archive, or is cut or broken ({})", why())); }

  std::filesystem::path file_;
  std::unique_ptr<::archive, Free> archive_;
  bool link_ = false;  ///< is the entry one?
};

class Archive : public Dataset {
 public:
  Archive(const std::filesystem::path& file, bool people, std::size_t count, std::uint64_t limit)
      : reader_(file), people_(people), count_(count), limit_(limit) {}

  bool next(DatasetItem& item) override {
    const auto name = reader_.next();
    if (!name) return false;
    item.id = item.path = *name;
    item.identity = people_ ? folder_of(*name) : std::string();
    reader_.read(limit_, item);
    return true;
  }
  [[nodiscard]] std::optional<std::size_t> count() const override { return count_; }

 private:
  Reader reader_;
  bool people_;
  std::size_t count_;
  std::uint64_t limit_;
};

}  // namespace

Utf8Names::Utf8Names() : utf8_(::newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr)) {
  if (utf8_ != nullptr) before_ = ::uselocale(utf8_);
}

Utf8Names::~Utf8Names() {
  if (utf8_ == nullptr) return;
  ::uselocale(before_);
  ::freelocale(utf8_);
}

bool is_link(::archive_entry* entry) {
  return archive_entry_hardlink(entry) != nullptr || archive_entry_filetype(entry) == AE_IFLNK;
}

std::optional<std::string> picture_of_entry(::archive_entry* entry) {
  const char* name = archive_entry_pathname(entry);
  if (name == nullptr || (archive_entry_filetype(entry) != AE_IFREG && !is_link(entry))) return std::nullopt;
  std::string path = name;
  while (path.starts_with("./")) path.erase(0, 2);
  if (!is_picture_name(path)) return std::nullopt;
  return path;
}

std::unique_ptr<Dataset> open_archive(const std::filesystem::path& file, const DatasetOptions& options) {
  // The names first: whether folders are people, and how many there are, is known only at the end.
  std::vector<std::string> names;
  for (Reader reader(file); auto name = reader.next();) names.push_back(std::move(*name));
  if (names.empty()) refuse(file, "holds no picture (.jpg, .jpeg, .png, .webp, .bmp, .pgm, .ppm)");
  const bool people = folders_are_people(file, names, options.labels);
  const std::size_t count = names.size();
  refuse_doubles(file, std::move(names));
  return std::make_unique<Archive>(file, people, count, options.item_bytes);
}

}  // namespace semblance::ingest_stage
