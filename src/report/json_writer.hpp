#pragma once
// JSON as it is written, value by value: a report's lists may be longer than one would hold twice in memory.

#include <concepts>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/output_folder.hpp"

namespace semblance::report_stage {

/// Keys come out in the order of the calls. Doubles are written in the shortest form that reads back as the same
/// double, and as null where not finite. Strings that are not UTF-8 get U+FFFD for what is broken.
class JsonWriter {
 public:
  explicit JsonWriter(OutputFile& out) : out_(out) {}

  /// How the members of an object or array stand: one a line, or all on the line.
  enum class Layout { lines, line };

  void begin_object(Layout layout = Layout::lines) { open('{', layout); }
  void end_object() { close('}'); }
  void begin_array(Layout layout = Layout::lines) { open('[', layout); }
  void end_array() { close(']'); }
  void key(std::string_view name);

  void value(std::string_view text);
  void value(const char* text) { value(std::string_view(text)); }
  void value(const std::string& text) { value(std::string_view(text)); }
  void value(double number);
  void value(std::nullptr_t);
  template <std::same_as<bool> Bool>
  void value(Bool truth) {
    item(truth ? "true" : "false");
  }
  template <std::integral Integer>
    requires(!std::same_as<Integer, bool>)
  void value(Integer number) {
    item(std::to_string(number));
  }
  template <class T>
  void value(const std::optional<T>& maybe) {
    if (maybe) {
      value(*maybe);
    } else {
      value(nullptr);
    }
  }

  template <class T>
  void field(std::string_view name, const T& content) {
    key(name);
    value(content);
  }
  void open_object(std::string_view name, Layout layout = Layout::lines) {
    key(name);
    begin_object(layout);
  }
  void open_array(std::string_view name, Layout layout = Layout::lines) {
    key(name);
    begin_array(layout);
  }

 private:
  struct Level {
    Layout layout = Layout::lines;
    bool empty = true;
  };
  void open(char bracket, Layout layout);
  void close(char bracket);
  void separate();
  void new_line();
  void item(std::string_view text);

  OutputFile& out_;
  std::vector<Level> levels_;
  bool after_key_ = false;
};

}  // namespace semblance::report_stage
