#include "report/chart_figure.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "semblance/error.hpp"

namespace semblance::report_stage {

namespace {

using Json = nlohmann::ordered_json;

void check(const Page::Chart& chart) {
  for (const Page::Series& series : chart.series) {
    const bool whiskers = series.style == Page::Style::whiskers;
    const bool band = whiskers || series.style == Page::Style::band;
    if (series.x.size() != series.y.size() || series.upper.size() != (band ? series.x.size() : 0) ||
        series.lower.size() != (whiskers ? series.x.size() : 0)) {
      throw Error(ErrorCode::internal, "report", series.name, "is a series with columns of different lengths");
    }
  }
}

const char* style_name(Page::Style style) {
  switch (style) {
    case Page::Style::line:
      return "line";
    case Page::Style::steps:
      return "steps";
    case Page::Style::points:
      return "points";
    case Page::Style::band:
      return "band";
    case Page::Style::whiskers:
      return "whiskers";
  }
  return "line";
}

Json chart_json(const Page::Chart& chart) {
  Json drawn = {{"x", chart.x_label},
                {"y", chart.y_label},
                {"logX", chart.x_axis == Page::Axis::logarithmic},
                {"logY", chart.y_axis == Page::Axis::logarithmic},
                {"names", chart.x_names},
                {"series", Json::array()},
                {"markers", Json::array()}};
  for (const Page::Series& series : chart.series) {
    drawn["series"].push_back({{"name", series.name},
                               {"style", style_name(series.style)},
                               {"dashed", series.dashed},
                               {"x", series.x},
                               {"y", series.y},
                               {"upper", series.upper},
                               {"lower", series.lower}});
  }
  for (const Page::Marker& marker : chart.markers) drawn["markers"].push_back({{"name", marker.name}, {"x", marker.x}});
  return drawn;
}

}  // namespace

void Charts::add(Html& html, Page::Chart chart, int level) {
  check(chart);
  html.raw(fmt::format("<figure>\n<h{}>", level)).text(chart.title).raw(fmt::format("</h{}>\n", level));
  html.raw("<div class=\"chart\">")
      .raw(fmt::format(R"(<canvas id="chart-{}" role="img" aria-label=")", charts_.size()));
  html.text(chart.title).raw(": ").text(chart.y_label).raw(" over ").text(chart.x_label).raw(". Series:");
  for (const Page::Series& series : chart.series) html.raw(" ").text(series.name).raw(";");
  html.raw(R"("></canvas></div>)").raw("\n");
  if (!chart.caption.empty()) html.raw("<figcaption class=\"note\">").text(chart.caption).raw("</figcaption>\n");
  html.raw("</figure>\n");
  charts_.push_back(std::move(chart));
}

Json Charts::json() const {
  Json charts = Json::array();
  for (const Page::Chart& chart : charts_) charts.push_back(chart_json(chart));
  return charts;
}

}  // namespace semblance::report_stage
