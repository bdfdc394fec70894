// Archives, through libarchive, entry by entry: nothing is unpacked onto the disk, so a name can't lead anywhere.

#include <archive.h>
#include <archive_entry.h>
#include <fmt/format.h>

#include <array>
#include <memory>

#include "ingest/archive_entry.hpp"
#include "purge/writers.hpp"
#include "report/text.hpp"

namespace semblance::purge_stage {
namespace {

namespace fs = std::filesystem;

struct Free {
  void operator()(::archive* open) const { archive_free(open); }
  void operator()(::archive_entry* entry) const { archive_entry_free(entry); }
};
using Archive = std::unique_ptr<::archive, Free>;

const char* reason(::archive* open) {
  const char* text = archive_error_string(open);
  return text != nullptr ? text : "unknown fault";
}

class Copier {
 public:
  Copier(const fs::path& from, const fs::path& to)
      : from_(from), to_(to), in_(archive_read_new()), out_(archive_write_new()) {
    if (!in_ || !out_) throw Error(ErrorCode::resource, "purge", from.string(), "libarchive has no memory");
    archive_read_support_format_zip_seekable(in_.get());
    archive_read_support_format_tar(in_.get());
    archive_read_support_filter_all(in_.get());
    constexpr std::size_t kBlock = 1U << 20U;
    if (archive_read_open_filename(in_.get(), from_.c_str(), kBlock) != ARCHIVE_OK) read_failed("");
  }

  // The next picture's id; none at the end.
  std::optional<std::string> next() {
    const ingest_stage::Utf8Names names;
    for (;;) {
      const int result = archive_read_next_header(in_.get(), &entry_);
      if (result == ARCHIVE_EOF) return std::nullopt;
      if (result == ARCHIVE_FATAL) read_failed("");
      if (result == ARCHIVE_RETRY) continue;
      if (out_format_ == 0) open_output();
      auto id = ingest_stage::picture_of_entry(entry_);
      if (id) return id;
    }
  }

  void copy(const std::string& id) {
    if (ingest_stage::is_link(entry_)) {
      refuse(from_.string(), fmt::format("holds '{}' as a link to another entry, which can't be kept by itself; --how "
                                         "list names what is kept and copies nothing",
                                         id));
    }
    const std::unique_ptr<::archive_entry, Free> entry(archive_entry_new());
    archive_entry_copy_pathname(entry.get(), id.c_str());
    archive_entry_set_filetype(entry.get(), AE_IFREG);
    archive_entry_set_perm(entry.get(), archive_entry_perm(entry_));
    if (archive_entry_mtime_is_set(entry_) != 0) {
      archive_entry_set_mtime(entry.get(), archive_entry_mtime(entry_), archive_entry_mtime_nsec(entry_));
    }
    if (archive_entry_size_is_set(entry_) != 0) archive_entry_set_size(entry.get(), archive_entry_size(entry_));
    write_header(entry.get(), id);
    for (std::array<char, 1U << 16U> block{};;) {
      const la_ssize_t got = archive_read_data(in_.get(), block.data(), block.size());
      if (got < 0) read_failed(id);
      if (got == 0) break;
      if (archive_write_data(out_.get(), block.data(), static_cast<std::size_t>(got)) != got) write_failed();
    }
    if (archive_write_finish_entry(out_.get()) != ARCHIVE_OK) write_failed();
  }

  void close() {
    if (archive_write_close(out_.get()) != ARCHIVE_OK) write_failed();
  }

 private:
  // As the input is packed: known once its first entry was read.
  void open_output() {
    out_format_ = archive_format(in_.get()) & ARCHIVE_FORMAT_BASE_MASK;
    if (out_format_ == ARCHIVE_FORMAT_ZIP) {
      check(archive_write_set_format_zip(out_.get()));
      check(archive_write_zip_set_compression_store(out_.get()));
    } else {
      check(archive_write_set_format_gnutar(out_.get()));
      for (int k = 0; k < archive_filter_count(in_.get()); ++k) {
        const int filter = archive_filter_code(in_.get(), k);
        if (filter == ARCHIVE_FILTER_NONE) continue;
        check(archive_write_add_filter(out_.get(), filter));
        // Without the time of day, or the same dataset would not be the same bytes.
        if (filter == ARCHIVE_FILTER_GZIP) {
          check(archive_write_set_filter_option(out_.get(), "gzip", "timestamp", nullptr));
        }
      }
    }
    if (archive_write_open_filename(out_.get(), to_.c_str()) != ARCHIVE_OK) write_failed();
  }

  void write_header(::archive_entry* entry, const std::string& id) {
    std::optional<ingest_stage::Utf8Names> names;
    if (report_stage::valid_utf8(id) == id) names.emplace();
    if (archive_write_header(out_.get(), entry) < ARCHIVE_WARN) write_failed();
  }

  void check(int result) const {
    if (result >= ARCHIVE_WARN) return;
    refuse(from_.string(),
           fmt::format("is packed in a way that can't be written ({}); --how list names what is kept and "
                       "copies nothing",
                       reason(out_.get())));
  }
  [[noreturn]] void read_failed(const std::string& id) const {
    refuse(from_.string(),
           id.empty()
               ? fmt::format("is no archive, or is cut or broken ({})", reason(in_.get()))
               : fmt::format("holds '{}', which can't be unpacked ({}) and so can't be kept; --how list names what "
                             "is kept and copies nothing",
                             id, reason(in_.get())));
  }
  [[noreturn]] void write_failed() const {
    throw Error(ErrorCode::output, "purge", to_.string(), fmt::format("cannot be written: {}", reason(out_.get())));
  }

  fs::path from_, to_;
  Archive in_, out_;
  ::archive_entry* entry_ = nullptr;
  int out_format_ = 0;
};

}  // namespace

void write_archive(const Job& job) {
  Copier copier(job.items.location, job.folder / job.items.location.filename());
  Meter meter(job.progress, job.items.items.size());
  std::size_t k = 0;
  while (const auto id = copier.next()) {
    if (k == job.items.items.size() || job.items.items[k].id != *id) {
      refuse(job.items.location.string(), "changed while it was read");
    }
    meter.done();
    if (job.kept[k++]) copier.copy(*id);
  }
  if (k != job.items.items.size()) refuse(job.items.location.string(), "changed while it was read");
  copier.close();
}

}  // namespace semblance::purge_stage
