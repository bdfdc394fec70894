#pragma once
// Rows of text formats, gathered one by one.

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "store/items.hpp"
#include "store/raw_array.hpp"

namespace semblance::store_stage {

/// Gathers the rows of a file whose number of rows isn't known beforehand. All rows have one width, and each of id,
/// identity and path on all rows or on none. Errors name file and line.
class RowCollector {
 public:
  explicit RowCollector(std::string subject) : subject_(std::move(subject)), seen_(subject_) {}

  void begin_row(std::size_t line);
  void add_component(double value);                               ///< of a number that JSON has parsed
  void add_component(std::string_view text, std::size_t column);  ///< `column` from 1, for the message
  /// What the row says besides its components; none where it says nothing.
  void end_row(const std::optional<std::string>& id, const std::optional<std::string>& identity,
               const std::optional<std::string>& path);
  [[nodiscard]] std::size_t width() const { return width_; }
  /// Spent afterwards.
  RawArray finish();

 private:
  void append(std::vector<std::string>& to, const std::optional<std::string>& value, const char* what);
  void note_overflow(std::string value);
  std::string subject_;
  IdRegister seen_;
  std::vector<float> values_;
  std::vector<std::size_t> lines_;
  std::size_t width_ = 0;
  RawArray array_;
};

/// The text as a float32, rounded to nearest: a number as from_chars reads it, with spaces around and a plus sign
/// before allowed, or nan, inf. None: not a number. Infinity for finite numbers that float32 can't hold.
std::optional<float> parse_float(std::string_view text);

}  // namespace semblance::store_stage
