#pragma once
// A page of text, tables and charts in one HTML file that opens offline: how studies show what they found. The page
// computes nothing.

#include <filesystem>
#include <string>
#include <vector>

namespace semblance {

struct Page {
  enum class Style {
    line,
    steps,  ///< y[k] holds from x[k] to x[k + 1]
    points,
    band,      ///< from `y` to `upper`; drawn in the colour of the series before it, to which it belongs
    whiskers,  ///< points at `y`, each with a bar from `lower` to `upper` where both are finite
  };
  enum class Axis { linear, logarithmic };

  struct Series {
    std::string name;
    std::vector<double> x,
        y;  ///< of equal length; what is not finite (on a logarithmic axis: not positive) leaves a gap
    std::vector<double> upper = {};  ///< upper ends of a band or of whiskers, one a point
    std::vector<double> lower = {};  ///< lower ends of whiskers, one a point
    Style style = Style::line;
    bool dashed = false;  ///< a control or a reference
  };
  /// A vertical line across a chart: a threshold.
  struct Marker {
    std::string name;
    double x = 0;
  };
  struct Chart {
    std::string title;
    std::string x_label, y_label;
    Axis x_axis = Axis::linear, y_axis = Axis::linear;
    std::vector<std::string> x_names = {};  ///< names of x = 0, 1, ...; empty: x is a number
    std::vector<Series> series = {};
    std::vector<Marker> markers = {};
    std::string caption = {};  ///< below the chart: what it shows
  };
  struct Table {
    std::string caption;
    std::vector<std::string> columns;
    std::vector<std::vector<std::string>> rows;  ///< each as long as `columns`
  };
  struct Section {
    std::string heading;
    std::vector<std::string> paragraphs = {};
    std::vector<Table> tables = {};
    std::vector<Chart> charts = {};
  };

  std::string title;
  std::string lead;  ///< first paragraph: what was found
  std::vector<Section> sections;
  std::string data_file = "experiment.json";  ///< beside the page, with all numbers
};

/// Writes the page as one file without references to any other. Strings may hold anything: they are shown as text,
/// what is not UTF-8 as U+FFFD. Byte-identical for equal pages. Throws Error{output} naming the file when it can't be
/// written whole, Error{internal} on ragged tables or series.
void write_page(const Page& page, const std::filesystem::path& file);

}  // namespace semblance
