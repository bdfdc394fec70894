#include "report/json_writer.hpp"

#include <fmt/format.h>

#include <cmath>

#include "report/text.hpp"

namespace semblance::report_stage {

void JsonWriter::key(std::string_view name) {
  separate();
  out_.write(json_string(name));
  out_.write(": ");
  after_key_ = true;
}

void JsonWriter::value(std::string_view text) { item(json_string(text)); }

void JsonWriter::value(double number) { item(std::isfinite(number) ? fmt::format("{}", number) : "null"); }

void JsonWriter::value(std::nullptr_t) { item("null"); }

void JsonWriter::open(char bracket, Layout layout) {
  item({&bracket, 1});
  // What lies within a line stays on it.
  const bool on_a_line = !levels_.empty() && levels_.back().layout == Layout::line;
  levels_.push_back({.layout = on_a_line ? Layout::line : layout, .empty = true});
}

void JsonWriter::close(char bracket) {
  const Level closed = levels_.back();
  levels_.pop_back();
  if (!closed.empty && closed.layout == Layout::lines) new_line();
  out_.write({&bracket, 1});
  if (levels_.empty()) out_.write("\n");
}

void JsonWriter::separate() {
  if (after_key_) {
    after_key_ = false;
    return;
  }
  if (levels_.empty()) return;
  Level& level = levels_.back();
  if (!level.empty) out_.write(level.layout == Layout::line ? ", " : ",");
  level.empty = false;
  if (level.layout == Layout::lines) new_line();
}

void JsonWriter::new_line() {
  out_.write("\n");
  for (std::size_t i = 0; i < levels_.size(); ++i) out_.write("  ");
}

void JsonWriter::item(std::string_view text) {
  separate();
  out_.write(text);
}

}  // namespace semblance::report_stage
