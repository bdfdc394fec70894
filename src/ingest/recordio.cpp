// MXNet's RecordIO with image records, as InsightFace packs its training sets. A record is a magic number, a word of
// three flag bits and 29 length bits, and the data, filled up to four bytes; data that holds the magic number at a
// multiple of four is split there. Image records begin with flag, label, id and id2 ("IfQQ"); with flag > 0 as many
// float labels follow. Records without an image (the header that InsightFace puts first and its index of people last)
// are no items.

#include <fmt/format.h>

#include <array>
#include <cmath>
#include <cstring>
#include <fstream>
#include <system_error>

#include "ingest/sources.hpp"

namespace semblance::ingest_stage {
namespace {

constexpr std::uint32_t kMagic = 0xced7230a;
constexpr std::size_t kRecordHeader = 24;

std::uint32_t word(const std::uint8_t* at) {
  return static_cast<std::uint32_t>(at[0]) | static_cast<std::uint32_t>(at[1]) << 8U |
         static_cast<std::uint32_t>(at[2]) << 16U | static_cast<std::uint32_t>(at[3]) << 24U;
}

float real(const std::uint8_t* at) {
  const std::uint32_t bits = word(at);
  float value = 0;
  std::memcpy(&value, &bits, sizeof value);
  return value;
}

std::string label_text(float label) {
  return std::trunc(label) == label ? fmt::format("{:.0f}", label) : fmt::format("{}", label);
}

class RecordIo : public Dataset {
 public:
  RecordIo(std::filesystem::path file, std::uint64_t limit)
      : file_(std::move(file)), in_(file_, std::ios::binary), limit_(limit) {
    if (!in_) refuse(file_, "can't be read");
    size_ = std::filesystem::file_size(file_);
    if (size_ < 8) refuse(file_, "is too short to hold a record");
    check_index();
  }

  bool next(DatasetItem& item) override {
    for (; !cut_; ++number_) {
      item.bytes.clear();
      item.rejection.clear();
      item.path.clear();
      item.id = std::to_string(number_);
      item.identity.clear();
      if (!record(item)) return false;
      if (!item.rejection.empty()) {
        ++number_;
        return true;
      }
      if (!unwrap(item)) continue;
      ++number_;
      return true;
    }
    return false;
  }
  [[nodiscard]] std::optional<std::size_t> count() const override { return std::nullopt; }

 private:
  // One record's data, its parts joined; false at the file's end. A cut is a rejection, and the end.
  bool record(DatasetItem& item) {
    for (bool first = true;; first = false) {
      if (first && at_ == size_) return false;
      std::array<std::uint8_t, 8> head{};
      if (!read(head.data(), head.size())) return cut(item);
      if (word(head.data()) != kMagic) {
        refuse(file_, fmt::format("has no record at byte {}: it is no RecordIO file, or is broken there", at_ - 8));
      }
      const std::uint32_t flags = word(head.data() + 4) >> 29U;
      const std::size_t length = word(head.data() + 4) & ((1U << 29U) - 1);
      if (flags > 3 || first != (flags == 0 || flags == 1)) {
        refuse(file_, fmt::format("the record at byte {} continues none", at_ - 8));
      }
      if (!first) {
        const std::array<std::uint8_t, 4> magic = {0x0a, 0x23, 0xd7, 0xce};
        item.bytes.insert(item.bytes.end(), magic.begin(), magic.end());
      }
      const std::size_t padded = (length + 3) / 4 * 4;
      if (padded > size_ - at_) return cut(item);
      const std::size_t before = item.bytes.size();
      item.bytes.resize(before + padded);
      if (!read(item.bytes.data() + before, padded)) return cut(item);
      item.bytes.resize(before + length);
      if (flags == 0 || flags == 3) return true;
    }
  }

  bool cut(DatasetItem& item) {
    item.bytes.clear();
    item.rejection = "the file ends within this record";
    cut_ = true;
    return true;
  }

  // Takes the image out of its record; false where there is none.
  bool unwrap(DatasetItem& item) {
    if (item.bytes.size() < kRecordHeader) refuse(file_, fmt::format("record {} is no image record", number_));
    const std::size_t labels = word(item.bytes.data());
    float label = real(item.bytes.data() + 4);
    std::size_t start = kRecordHeader;
    if (labels > 0) {
      if (labels > (item.bytes.size() - start) / 4) refuse(file_, fmt::format("record {} is no image record", number_));
      label = real(item.bytes.data() + start);
      start += 4 * labels;
    }
    if (start == item.bytes.size()) return false;
    item.identity = label_text(label);
    item.bytes.erase(item.bytes.begin(), item.bytes.begin() + static_cast<std::ptrdiff_t>(start));
    if (item.bytes.size() > limit_) {
      item.rejection = fmt::format("has {} bytes; more than {} are not read", item.bytes.size(), limit_);
      item.bytes.clear();
    }
    return true;
  }

  bool read(std::uint8_t* into, std::size_t bytes) {
    if (bytes > size_ - at_) return false;
    in_.read(reinterpret_cast<char*>(into), static_cast<std::streamsize>(bytes));
    at_ += bytes;
    return static_cast<std::size_t>(in_.gcount()) == bytes;
  }

  // An index that points past the end belongs to another file, or this one is cut.
  void check_index() {
    std::filesystem::path index = file_;
    index.replace_extension(".idx");
    std::ifstream in(index);
    std::string key;
    std::uint64_t offset = 0;
    while (in >> key >> offset) {
      if (offset + 8 <= size_) continue;
      refuse(index, fmt::format("points to byte {} of {}, which has {} bytes: the record file is cut, or this index is "
                                "another's; take it away to read the file as far as it goes",
                                offset, file_.filename().string(), size_));
    }
  }

  std::filesystem::path file_;
  std::ifstream in_;
  std::uint64_t limit_;
  std::uint64_t size_ = 0;
  std::uint64_t at_ = 0;
  std::uint64_t number_ = 0;
  bool cut_ = false;
};

}  // namespace

std::unique_ptr<Dataset> open_recordio(const std::filesystem::path& file, const DatasetOptions& options) {
  return std::make_unique<RecordIo>(file, options.item_bytes);
}

}  // namespace semblance::ingest_stage
