#pragma once
// MXNet's RecordIO: a file of records, each a magic number, a word of three flag bits and 29 length bits, and the data,
// filled up to four bytes; data that holds the magic number at a multiple of four is split there. Image records begin
// with flag, label, id and id2 ("IfQQ"); with flag > 0 as many float labels follow.

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <limits>
#include <optional>
#include <span>
#include <vector>

namespace semblance::ingest_stage {

inline constexpr std::uint32_t kRecordMagic = 0xced7230a;

/// What an image record says before its image.
struct ImageHeader {
  std::vector<float> labels;  ///< at least one
  std::size_t size = 0;       ///< bytes before the image; the record's size where it has none
};

/// None where the data are no image record.
std::optional<ImageHeader> image_header(std::span<const std::uint8_t> data);

/// The records of a file in order. Throws Error{input} where it is no RecordIO, or is broken between records.
class RecordFile {
 public:
  explicit RecordFile(std::filesystem::path file);

  enum class Outcome { record, end, cut };  ///< cut: the file ends within this record; nothing comes after it
  /// The next record's data, its parts joined; of a record that is longer the first `most` bytes.
  Outcome next(std::vector<std::uint8_t>& data, std::uint64_t most = std::numeric_limits<std::uint64_t>::max());
  /// Bytes that the last record's data have.
  [[nodiscard]] std::uint64_t length() const { return length_; }
  /// Where the last record began, and where it ended, filled up: its bytes as they lie in the file.
  [[nodiscard]] std::uint64_t begin() const { return begin_; }
  [[nodiscard]] std::uint64_t end() const { return at_; }
  [[nodiscard]] std::uint64_t size() const { return size_; }

 private:
  bool read(std::uint8_t* into, std::size_t bytes);
  bool pass_over(std::size_t bytes);

  std::filesystem::path file_;
  std::ifstream in_;
  std::uint64_t size_ = 0;
  std::uint64_t begin_ = 0, at_ = 0, length_ = 0;
};

}  // namespace semblance::ingest_stage
