#pragma once
// A plain chart on a page: its figure in the markup, its numbers in the data that the page's script draws from.

#include <nlohmann/json_fwd.hpp>
#include <vector>

#include "report/html.hpp"
#include "semblance/page.hpp"

namespace semblance::report_stage {

/// The charts of one page in the order in which they stand on it.
class Charts {
 public:
  /// Writes the figure; `level` is its heading's. The chart is kept for `json`. Throws Error{internal} on ragged
  /// series.
  void add(Html& html, Page::Chart chart, int level = 3);
  /// What the script draws.
  [[nodiscard]] nlohmann::ordered_json json() const;

 private:
  std::vector<Page::Chart> charts_;
};

}  // namespace semblance::report_stage
