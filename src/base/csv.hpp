#pragma once
// CSV as RFC 4180 has it: comma, double quotes doubled, LF or CRLF, a UTF-8 byte-order mark skipped.

#include <filesystem>
#include <fstream>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace semblance {

/// Streams the records of a file. Errors name file and line.
class CsvReader {
 public:
  explicit CsvReader(std::filesystem::path file);
  /// Next record, or false at the end. Blank lines are skipped.
  bool next(std::vector<std::string>& fields);
  /// Line on which the last record began, from 1.
  [[nodiscard]] std::size_t line() const { return line_; }
  [[nodiscard]] const std::filesystem::path& file() const { return file_; }

 private:
  std::filesystem::path file_;
  std::ifstream in_;
  std::size_t line_ = 0;
  std::size_t next_line_ = 1;
};

/// The field as it stands in a CSV: quoted where it must be.
std::string csv_field(std::string_view text);

/// Shortest decimal text that reads back as the same double; empty for none.
std::string csv_number(double value);
std::string csv_number(const std::optional<double>& value);

}  // namespace semblance
