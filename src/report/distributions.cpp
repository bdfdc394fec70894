// Score distributions for the page: curves with few enough bins to draw, their table, and the lines drawn in.

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <numeric>

#include "report/numbers.hpp"
#include "report/sections.hpp"

namespace semblance::report_stage {

namespace {

using Curve = ReportModel::Curve;

constexpr std::size_t kMostBins = 200;

/// A curve with neighbouring bins joined, within the range that any curve of the matcher reaches.
struct DrawnCurve {
  std::string name, label;
  std::uint64_t total = 0;
  std::vector<double> from, to;
  std::vector<std::uint64_t> counts;
};

double edge(const Curve& curve, std::size_t k) {
  return curve.low + (curve.high - curve.low) * static_cast<double>(k) / static_cast<double>(curve.counts.size());
}

std::string label_of(const std::string& name) {
  if (name == "R-G") return "training × synthetic (R–G)";
  if (name == "H-G") return "hold-out × synthetic (H–G)";
  if (name == "R-R mated") return "training, same person (mated)";
  if (name == "R-R non-mated") return "training, different people (non-mated)";
  return name;
}

struct Range {
  double low = 0, high = 0;
  bool empty = true;
};

Range reached(const std::vector<Curve>& curves) {
  Range range;
  for (const Curve& curve : curves) {
    for (std::size_t k = 0; k < curve.counts.size(); ++k) {
      if (curve.counts[k] == 0) continue;
      range.low = range.empty ? edge(curve, k) : std::min(range.low, edge(curve, k));
      range.high = range.empty ? edge(curve, k + 1) : std::max(range.high, edge(curve, k + 1));
      range.empty = false;
    }
  }
  return range;
}

DrawnCurve drawn(const Curve& curve, const Range& range) {
  DrawnCurve out;
  out.name = curve.name;
  out.label = label_of(curve.name);
  out.total = std::accumulate(curve.counts.begin(), curve.counts.end(), std::uint64_t{0});
  const std::size_t bins = curve.counts.size();
  std::size_t first = 0;
  while (first < bins && edge(curve, first + 1) <= range.low) ++first;
  std::size_t last = bins;
  while (last > first && edge(curve, last - 1) >= range.high) --last;
  const std::size_t join = std::max<std::size_t>(1, (last - first + kMostBins - 1) / kMostBins);
  for (std::size_t k = first; k < last; k += join) {
    const std::size_t end = std::min(k + join, last);
    out.from.push_back(edge(curve, k));
    out.to.push_back(edge(curve, end));
    out.counts.push_back(std::accumulate(curve.counts.begin() + static_cast<std::ptrdiff_t>(k),
                                         curve.counts.begin() + static_cast<std::ptrdiff_t>(end), std::uint64_t{0}));
  }
  return out;
}

std::vector<DrawnCurve> drawn_curves(const ReportModel::Matcher& matcher) {
  const Range range = reached(matcher.curves);
  std::vector<DrawnCurve> curves;
  if (range.empty) return curves;
  for (const Curve& curve : matcher.curves) curves.push_back(drawn(curve, range));
  return curves;
}

/// One table for the curves that share their bins, which is all of them unless a caller mixes ranges.
void write_table(Html& html, const std::vector<const DrawnCurve*>& curves) {
  const DrawnCurve& grid = *curves.front();
  HtmlTable table{
      .caption = "Pairs per score bin", .columns = {{"score from", true}, {"to", true}}, .rows = {}, .tall = true};
  for (const DrawnCurve* curve : curves) table.columns.push_back({Html().text(curve->label).str(), true});
  for (std::size_t k = 0; k < grid.from.size(); ++k) {
    std::vector<std::string> row = {score_text(grid.from[k]), score_text(grid.to[k])};
    for (const DrawnCurve* curve : curves) row.push_back(count_text(curve->counts[k]));
    table.rows.push_back(std::move(row));
  }
  table.write(html);
}

void write_tables(Html& html, const std::vector<DrawnCurve>& curves) {
  std::vector<bool> done(curves.size(), false);
  for (std::size_t i = 0; i < curves.size(); ++i) {
    if (done[i]) continue;
    std::vector<const DrawnCurve*> alike;
    for (std::size_t j = i; j < curves.size(); ++j) {
      if (done[j] || curves[j].from != curves[i].from || curves[j].to != curves[i].to) continue;
      alike.push_back(&curves[j]);
      done[j] = true;
    }
    write_table(html, alike);
  }
}

/// In plain text, as canvases have no superscripts of their own: FMR 10⁻⁶, FMR 2·10⁻⁵.
std::string fmr_label(double fmr) {
  constexpr std::array<const char*, 10> kRaised = {"⁰", "¹", "²", "³", "⁴", "⁵", "⁶", "⁷", "⁸", "⁹"};
  const std::string text = fmt::format("{:.0e}", fmr);  // 1e-06
  const std::size_t e = text.find('e');
  std::string label = text.substr(0, e) == "1" ? "FMR 10⁻" : fmt::format("FMR {}·10⁻", text.substr(0, e));
  for (const char digit : std::to_string(std::abs(std::stoi(text.substr(e + 1))))) {
    label += kRaised[static_cast<std::size_t>(digit - '0')];
  }
  return label;
}

}  // namespace

nlohmann::ordered_json distribution_data(const ReportModel::Matcher& matcher) {
  using Json = nlohmann::ordered_json;
  Json data = {{"low", -1.0}, {"high", 1.0}, {"curves", Json::array()}, {"marks", Json::array()}};
  if (const Range range = reached(matcher.curves); !range.empty) {
    data["low"] = range.low;
    data["high"] = range.high;
  }
  for (const DrawnCurve& curve : drawn_curves(matcher)) {
    data["curves"].push_back({{"name", curve.name},
                              {"label", curve.label},
                              {"total", curve.total},
                              {"from", curve.from},
                              {"to", curve.to},
                              {"counts", curve.counts}});
  }
  for (const ReportModel::Threshold& threshold : matcher.thresholds) {
    data["marks"].push_back({{"name", fmr_label(threshold.fmr)}, {"x", threshold.score}, {"dash", {4, 4}}});
  }
  if (!matcher.top.empty()) {
    data["marks"].push_back({{"name", fmt::format("top {} pairs", count_text(matcher.top.size()))},
                             {"x", matcher.top.back().score},
                             {"dash", {1, 3}}});
  }
  return data;
}

void write_distributions(Html& html, const ReportModel::Matcher& matcher, std::size_t number) {
  const std::vector<DrawnCurve> curves = drawn_curves(matcher);
  if (curves.empty()) return;
  html.raw(
      "<h3>Score distributions</h3>\n<p>Where R&ndash;G runs above H&ndash;G in the right tail, the synthetic "
      "images are nearer to training people than to strangers.</p>\n");
  html.raw(
      fmt::format("<figure>\n<fieldset class=\"legend\" id=\"legend-{}\"><legend>Curves shown</legend>"
                  "</fieldset>\n<div class=\"chart\"><canvas id=\"distribution-{}\" role=\"img\" aria-label=\"",
                  number, number));
  html.raw(
      "Line chart of the share of pairs at each comparison score, on a log scale, with vertical lines at the "
      "thresholds. Curves: ");
  for (std::size_t i = 0; i < curves.size(); ++i) {
    html.raw(i > 0 ? "; " : "").text(curves[i].label).raw(", ").raw(count_text(curves[i].total)).raw(" pairs");
  }
  html.raw(
      ". The numbers are in the table that follows.\"></canvas></div>\n</figure>\n"
      "<noscript><p>The chart needs JavaScript; its numbers are in the table.</p></noscript>\n"
      "<details><summary>The chart as a table</summary>\n");
  write_tables(html, curves);
  html.raw("<p class=\"note\">Finer bins: histograms.csv.</p>\n</details>\n");
}

}  // namespace semblance::report_stage
