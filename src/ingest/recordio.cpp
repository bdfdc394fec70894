// MXNet's RecordIO with image records, as InsightFace packs its training sets. Records without an image (the header
// that InsightFace puts first and its index of people last) are no items.

#include <fmt/format.h>

#include <cmath>
#include <fstream>
#include <sstream>

#include "ingest/record_file.hpp"
#include "ingest/sources.hpp"

namespace semblance::ingest_stage {
namespace {

/// InsightFace writes two labels; other tools some hundreds.
constexpr std::uint64_t kMostHeaderBytes = std::uint64_t{1} << 20U;

std::string label_text(float label) {
  return std::trunc(label) == label ? fmt::format("{:.0f}", label) : fmt::format("{}", label);
}

class RecordIo : public Dataset {
 public:
  RecordIo(std::filesystem::path file, std::uint64_t limit) : file_(std::move(file)), records_(file_), limit_(limit) {
    check_index();
  }

  bool next(DatasetItem& item) override {
    for (; !cut_; ++number_) {
      item.rejection.clear();
      item.path.clear();
      item.id = std::to_string(number_);
      item.identity.clear();
      // Room for what stands before the image, too.
      const auto outcome = records_.next(item.bytes, limit_ + kMostHeaderBytes);
      if (outcome == RecordFile::Outcome::end) return false;
      if (outcome == RecordFile::Outcome::cut) {
        item.bytes.clear();
        item.rejection = "the file ends within this record";
        cut_ = true;
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
  // Takes the image out of its record; false where there is none.
  bool unwrap(DatasetItem& item) {
    const auto header = image_header(item.bytes);
    if (!header) refuse(file_, fmt::format("record {} is no image record", number_));
    if (header->size == item.bytes.size()) return false;
    item.identity = label_text(header->labels.front());
    const std::uint64_t bytes = records_.length() - header->size;
    if (bytes > limit_) {
      item.rejection = fmt::format("has {} bytes; more than {} are not read", bytes, limit_);
      item.bytes.clear();
    } else {
      item.bytes.erase(item.bytes.begin(), item.bytes.begin() + static_cast<std::ptrdiff_t>(header->size));
    }
    return true;
  }

  // An index that points past the end belongs to another file, or this one is cut.
  void check_index() {
    std::filesystem::path index = file_;
    index.replace_extension(".idx");
    std::ifstream in(index);
    std::string key;
    std::uint64_t offset = 0;
    std::size_t line = 0;
    for (std::string text; std::getline(in, text);) {
      ++line;
      if (text.find_first_not_of(" \t\r") == std::string::npos) continue;
      std::istringstream fields(text);
      if (!(fields >> key >> offset)) {
        refuse(index, fmt::format("has no key and offset in line {}; take it away to read {} without it", line,
                                  file_.filename().string()));
      }
      if (offset <= records_.size() - 8) continue;  // a record file has at least 8 bytes
      refuse(index, fmt::format("points to byte {} of {}, which has {} bytes: the record file is cut, or this index is "
                                "another's; take it away to read the file as far as it goes",
                                offset, file_.filename().string(), records_.size()));
    }
  }

  std::filesystem::path file_;
  RecordFile records_;
  std::uint64_t limit_;
  std::uint64_t number_ = 0;
  bool cut_ = false;
};

}  // namespace

std::unique_ptr<Dataset> open_recordio(const std::filesystem::path& file, const DatasetOptions& options) {
  return std::make_unique<RecordIo>(file, options.item_bytes);
}

}  // namespace semblance::ingest_stage
