// Charts of what the scores mean: error rates among real faces, and how many leaks would have been found.

#include <fmt/format.h>

#include <algorithm>

#include "report/numbers.hpp"
#include "report/sections.hpp"

namespace semblance::report_stage {

namespace {

using Points = std::vector<ReportModel::ErrorPoint>;
using Maybe = std::optional<double>;

bool has(const Points& points, Maybe ReportModel::ErrorPoint::*member) {
  return std::any_of(points.begin(), points.end(), [&](const auto& point) { return (point.*member).has_value(); });
}

/// A line over the score, with its band before it where there is one.
void add_lines(Page::Chart& chart, const Points& points, const std::string& name, auto value,
               Maybe ReportModel::ErrorPoint::*low, Maybe ReportModel::ErrorPoint::*high) {
  Page::Series line{.name = name, .x = {}, .y = {}};
  Page::Series band{.name = name + ", 95% interval", .x = {}, .y = {}, .upper = {}, .style = Page::Style::band};
  for (const auto& point : points) {
    const Maybe at = value(point);
    if (!at) continue;
    line.x.push_back(point.score);
    line.y.push_back(*at);
    if (!(point.*low) || !(point.*high)) continue;
    band.x.push_back(point.score);
    band.y.push_back(*(point.*low));
    band.upper.push_back(*(point.*high));
  }
  chart.series.push_back(std::move(line));
  if (!band.x.empty()) chart.series.push_back(std::move(band));
}

Page::Chart error_chart(const ReportModel::Matcher& matcher) {
  using Point = ReportModel::ErrorPoint;
  Page::Chart chart{.title = "Error rates at every threshold",
                    .x_label = "threshold (comparison score)",
                    .y_label = "error rate (log scale)",
                    .y_axis = Page::Axis::logarithmic};
  add_lines(
      chart, matcher.error_rates, "FMR (different people taken for one)", [](const Point& at) { return Maybe(at.fmr); },
      &Point::fmr_low, &Point::fmr_high);
  if (has(matcher.error_rates, &Point::fnmr)) {
    add_lines(
        chart, matcher.error_rates, "FNMR (one person taken for two)", [](const Point& at) { return at.fnmr; },
        &Point::fnmr_low, &Point::fnmr_high);
  }
  for (const ReportModel::Threshold& threshold : matcher.thresholds) {
    if (threshold.resolved) chart.markers.push_back({fmt::format("FMR {:g}", threshold.fmr), threshold.score});
  }
  chart.caption = fmt::format("Counted on real faces: {}.{}", matcher.fmr_source,
                              has(matcher.error_rates, &Point::fmr_low)
                                  ? ""
                                  : " Intervals come with a calibration (semblance calibrate, --calibration).");
  return chart;
}

Page::Chart trade_off_chart(const ReportModel::Matcher& matcher) {
  using Point = ReportModel::ErrorPoint;
  Page::Chart chart{.title = "One error against the other (DET)",
                    .x_label = "FMR (log scale)",
                    .y_label = "FNMR (log scale)",
                    .x_axis = Page::Axis::logarithmic,
                    .y_axis = Page::Axis::logarithmic};
  Page::Series line{.name = "FNMR", .x = {}, .y = {}};
  Page::Series band{.name = "95% interval of the FNMR", .x = {}, .y = {}, .upper = {}, .style = Page::Style::band};
  for (const Point& at : matcher.error_rates) {
    if (!at.fnmr || at.fmr <= 0 || *at.fnmr <= 0) continue;
    line.x.push_back(at.fmr);
    line.y.push_back(*at.fnmr);
    if (!at.fnmr_low || !at.fnmr_high) continue;
    band.x.push_back(at.fmr);
    band.y.push_back(*at.fnmr_low);
    band.upper.push_back(*at.fnmr_high);
  }
  chart.series.push_back(std::move(line));
  if (!band.x.empty()) chart.series.push_back(std::move(band));
  chart.caption =
      "Further down and to the left is better. Points at which either rate is 0 have no place on log scales.";
  return chart;
}

}  // namespace

void write_error_rates(Html& html, const ReportModel::Matcher& matcher, Charts& charts) {
  if (matcher.error_rates.empty()) return;
  charts.add(html, error_chart(matcher));
  const auto both = std::count_if(matcher.error_rates.begin(), matcher.error_rates.end(),
                                  [](const auto& at) { return at.fnmr && at.fmr > 0 && *at.fnmr > 0; });
  if (both > 1) charts.add(html, trade_off_chart(matcher));
  html.raw("<p class=\"note\">The curves&rsquo; numbers: error_rates in report.json.</p>\n");
}

void write_power(Html& html, const ReportModel::Matcher& matcher, Charts& charts) {
  if (!matcher.leak_rate || matcher.leak_rate->power.empty()) return;
  const ReportModel::LeakRate& rate = *matcher.leak_rate;
  Page::Chart chart{.title = "What this audit would have found",
                    .x_label = "leak rate (log scale)",
                    .y_label = "share of planted cases found",
                    .x_axis = Page::Axis::logarithmic};
  Page::Series line{.name = "found", .x = {}, .y = {}};
  Page::Series band{.name = "95% interval", .x = {}, .y = {}, .upper = {}, .style = Page::Style::band};
  HtmlTable table{.caption = "Leaks planted among people like these, as mated scores go",
                  .columns = {{"leak rate", true}, {"found", true}, {"95% interval", true}},
                  .rows = {}};
  for (const ReportModel::PowerPoint& at : rate.power) {
    line.x.push_back(at.leak_rate);
    line.y.push_back(at.power);
    band.x.push_back(at.leak_rate);
    band.y.push_back(at.low);
    band.upper.push_back(at.high);
    table.rows.push_back(
        {percent_text(at.leak_rate), percent_text(at.power), percent_text(at.low) + " to " + percent_text(at.high)});
  }
  chart.series = {std::move(line), std::move(band)};
  if (rate.minimum_detectable) chart.markers.push_back({"95 in 100", *rate.minimum_detectable});
  charts.add(html, std::move(chart));
  html.raw("<details><summary>The chart as a table</summary>\n");
  table.write(html);
  html.raw("</details>\n");
}

}  // namespace semblance::report_stage
