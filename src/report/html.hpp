#pragma once
// HTML under construction: literal markup and text that is escaped, never mixed.

#include <string>
#include <string_view>
#include <vector>

namespace semblance::report_stage {

class Html {
 public:
  /// Markup of ours, or text that is already HTML.
  Html& raw(std::string_view markup) {
    html_ += markup;
    return *this;
  }
  /// Anything else.
  Html& text(std::string_view plain);
  /// An id, a path or a name that a user gave: kept apart from the direction of the text around it, and clamped to
  /// three lines on screen.
  Html& id(std::string_view plain);

  [[nodiscard]] const std::string& str() const { return html_; }

 private:
  std::string html_;
};

/// A table with a caption, column heads, and a first column of row heads. Cells are HTML.
struct HtmlTable {
  struct Column {
    std::string head;
    bool number = false;
  };
  std::string caption;
  std::vector<Column> columns;
  std::vector<std::vector<std::string>> rows;
  bool tall = false;  ///< scrolls within itself on screen

  void write(Html& html) const;
};

/// An id as a table cell.
std::string id_cell(std::string_view plain);

}  // namespace semblance::report_stage
