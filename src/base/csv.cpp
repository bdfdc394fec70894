#include "base/csv.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "semblance/error.hpp"

namespace semblance {

CsvReader::CsvReader(std::filesystem::path file) : file_(std::move(file)), in_(file_, std::ios::binary) {
  if (!in_ || std::filesystem::is_directory(file_)) {
    throw Error(ErrorCode::input, "csv", file_.string(),
                std::string("cannot be read: ") + (in_ ? "is a folder" : std::strerror(errno)));
  }
  if (in_.peek() == 0xEF) in_.ignore(3);
}

bool CsvReader::next(std::vector<std::string>& fields) {
  fields.clear();
  std::string field;
  bool quoted = false;
  bool any = false;
  bool bare = false;  // the last character stood outside quotes: a CR there may belong to the line's end
  auto end_line = [&] {
    if (bare && !field.empty() && field.back() == '\r') field.pop_back();
    return any || !field.empty();
  };
  line_ = next_line_;
  for (int c = in_.get(); c != std::ifstream::traits_type::eof(); c = in_.get()) {
    if (quoted) {
      if (c == '\n') ++next_line_;
      bare = false;
      if (c != '"') {
        field += static_cast<char>(c);
      } else if (in_.peek() == '"') {
        field += static_cast<char>(in_.get());
      } else {
        quoted = false;
      }
    } else if (c == '"' && field.empty()) {
      quoted = any = true;
    } else if (c == ',') {
      fields.push_back(std::exchange(field, {}));
      any = true;
    } else if (c == '\n') {
      ++next_line_;
      if (end_line()) {
        fields.push_back(std::move(field));
        return true;
      }
      line_ = next_line_;
    } else {
      field += static_cast<char>(c);
      bare = true;
    }
  }
  if (in_.bad()) throw Error(ErrorCode::input, "csv", file_.string(), "reading failed half-way");
  if (quoted) {
    throw Error(ErrorCode::input, "csv", file_.string(), fmt::format("line {}: a quoted field is never closed", line_));
  }
  if (!end_line()) return false;
  fields.push_back(std::move(field));
  return true;
}

std::string csv_field(std::string_view text) {
  if (text.find_first_of(",\"\r\n") == std::string_view::npos) return std::string(text);
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"') quoted += '"';
    quoted += c;
  }
  return quoted + '"';
}

std::string csv_number(double value) { return fmt::format("{}", value); }
std::string csv_number(const std::optional<double>& value) { return value ? csv_number(*value) : std::string(); }

}  // namespace semblance
