// LMDB: image files by key. Keys that begin with "__" (a length, a list of keys) are no images.

#include <fmt/format.h>
#include <lmdb.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <string_view>

#include "ingest/sources.hpp"

namespace semblance::ingest_stage {
namespace {

namespace fs = std::filesystem;

struct Close {
  void operator()(MDB_env* environment) const { mdb_env_close(environment); }
  void operator()(MDB_txn* transaction) const { mdb_txn_abort(transaction); }
  void operator()(MDB_cursor* cursor) const { mdb_cursor_close(cursor); }
};

// Keys are any bytes; ids are text.
std::string text_of(std::string_view key) {
  const bool plain =
      std::ranges::all_of(key, [](char c) { return static_cast<unsigned char>(c) >= 0x20 && c != 0x7f; });
  if (plain) return std::string(key);
  std::string hex = "0x";
  for (const char c : key) hex += fmt::format("{:02x}", static_cast<unsigned char>(c));
  return hex;
}

// Every key with its value, in the database's order. Nothing is written, not even a lock.
class Entries {
 public:
  explicit Entries(const fs::path& location) : location_(location) {
    MDB_env* environment = nullptr;
    check(mdb_env_create(&environment));
    environment_.reset(environment);
    const unsigned whole_file = fs::is_directory(location) ? 0U : unsigned{MDB_NOSUBDIR};
    check(mdb_env_open(environment, location.c_str(), MDB_RDONLY | MDB_NOLOCK | whole_file, 0));
    MDB_txn* transaction = nullptr;
    check(mdb_txn_begin(environment, nullptr, MDB_RDONLY, &transaction));
    transaction_.reset(transaction);
    MDB_dbi database = 0;
    check(mdb_dbi_open(transaction, nullptr, 0, &database));
    check_whole(transaction, database);
    MDB_cursor* cursor = nullptr;
    check(mdb_cursor_open(transaction, database, &cursor));
    cursor_.reset(cursor);
  }

  struct Entry {
    std::string_view key, value;  ///< until the next call
  };
  std::optional<Entry> next() {
    while (true) {
      MDB_val key{};
      MDB_val value{};
      const int status = mdb_cursor_get(cursor_.get(), &key, &value, MDB_NEXT);
      if (status == MDB_NOTFOUND) return std::nullopt;
      check(status);
      const Entry entry{{static_cast<const char*>(key.mv_data), key.mv_size},
                        {static_cast<const char*>(value.mv_data), value.mv_size}};
      if (!entry.key.starts_with("__")) return entry;
    }
  }

 private:
  // The file is mapped, and a page beyond its end would be no error but the end of the program. (It may end before the
  // last page that was ever given out, so what counts is how many are in use: those of the entries and of the free
  // list, and two heads.)
  void check_whole(MDB_txn* transaction, MDB_dbi database) const {
    std::uint64_t pages = 2;
    std::uint64_t page_size = 1;
    for (const MDB_dbi part : {MDB_dbi{0}, database}) {
      MDB_stat used{};
      check(mdb_stat(transaction, part, &used));
      pages += used.ms_branch_pages + used.ms_leaf_pages + used.ms_overflow_pages;
      page_size = used.ms_psize;
    }
    const std::uint64_t size = fs::file_size(fs::is_directory(location_) ? location_ / "data.mdb" : location_);
    if (size / page_size >= pages) return;
    refuse(location_,
           fmt::format("is cut: it has {} bytes of {} that are in use; copy it again", size, pages * page_size));
  }

  void check(int status) const {
    if (status != MDB_SUCCESS)
      refuse(location_, fmt::format("is no LMDB database that can be read ({})", mdb_strerror(status)));
  }

  fs::path location_;
  std::unique_ptr<MDB_env, Close> environment_;
  std::unique_ptr<MDB_txn, Close> transaction_;
  std::unique_ptr<MDB_cursor, Close> cursor_;
};

class Lmdb : public Dataset {
 public:
  Lmdb(const fs::path& location, bool people, std::size_t count, std::uint64_t limit)
      : entries_(location), people_(people), count_(count), limit_(limit) {}

  bool next(DatasetItem& item) override {
    const auto entry = entries_.next();
    if (!entry) return false;
    const std::string id = text_of(entry->key);
    item = {.id = id, .identity = people_ ? folder_of(id) : std::string(), .path = {}, .bytes = {}, .rejection = {}};
    if (entry->value.empty()) {
      item.rejection = "is empty";
    } else if (entry->value.size() > limit_) {
      item.rejection = fmt::format("has {} bytes; more than {} are not read", entry->value.size(), limit_);
    } else {
      item.bytes.assign(entry->value.begin(), entry->value.end());
    }
    return true;
  }
  [[nodiscard]] std::optional<std::size_t> count() const override { return count_; }

 private:
  Entries entries_;
  bool people_;
  std::size_t count_;
  std::uint64_t limit_;
};

}  // namespace

std::unique_ptr<Dataset> open_lmdb(const fs::path& location, const DatasetOptions& options) {
  std::vector<std::string> keys;
  for (Entries entries(location); const auto entry = entries.next();) keys.push_back(text_of(entry->key));
  if (keys.empty()) refuse(location, "holds no image");
  // Keys without a folder are numbers or names of images; only where all have one is it a person.
  const bool folders =
      std::ranges::all_of(keys, [](const std::string& key) { return key.find('/') != std::string::npos; });
  const bool people = folders && options.labels != FolderLabels::none;
  const std::size_t count = keys.size();
  refuse_doubles(location, std::move(keys));
  return std::make_unique<Lmdb>(location, people, count, options.item_bytes);
}

}  // namespace semblance::ingest_stage
