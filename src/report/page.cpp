// Pages of studies: the same style, charts and policy as report.html, laid out from a plain model.

#include "semblance/page.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/output_folder.hpp"
#include "report/html.hpp"
#include "report/offline.hpp"
#include "report/page_parts.hpp"
#include "report/text.hpp"
#include "semblance/error.hpp"
#include "semblance/version.hpp"

namespace semblance {

namespace {

using namespace report_stage;
using Json = nlohmann::ordered_json;

constexpr std::size_t kTallTable = 15;  // longer tables scroll within themselves

[[noreturn]] void refuse(const std::string& what, const char* why) {
  throw Error(ErrorCode::internal, "report", what, why);
}

void check(const Page& page) {
  for (const Page::Section& section : page.sections) {
    for (const Page::Table& table : section.tables) {
      for (const auto& row : table.rows) {
        if (row.size() != table.columns.size()) refuse(table.caption, "is a table with a ragged row");
      }
    }
    for (const Page::Chart& chart : section.charts) {
      for (const Page::Series& series : chart.series) {
        const bool whiskers = series.style == Page::Style::whiskers;
        const bool band = whiskers || series.style == Page::Style::band;
        if (series.x.size() != series.y.size() || series.upper.size() != (band ? series.x.size() : 0) ||
            series.lower.size() != (whiskers ? series.x.size() : 0)) {
          refuse(series.name, "is a series with columns of different lengths");
        }
      }
    }
  }
}

/// A cell that reads as a number, perhaps with a sign, a unit or an interval.
bool is_number(const std::string& cell) {
  if (cell.empty() || cell == "–") return true;
  const std::size_t at = cell.find_first_not_of("+-<≥ ");
  return at != std::string::npos && cell[at] >= '0' && cell[at] <= '9';
}

/// Whether a column holds numbers alone: those stand to the right.
bool is_numeric(const Page::Table& table, std::size_t column) {
  return std::ranges::all_of(table.rows, [&](const auto& row) {
    return is_number(row[column]) && row[column].find_first_of("/_abcdfghijklmnpqrsuvwxyz") == std::string::npos;
  });
}

void write_table(Html& html, const Page::Table& table) {
  HtmlTable out{.caption = html_text(table.caption), .columns = {}, .rows = {}, .tall = table.rows.size() > kTallTable};
  for (std::size_t c = 0; c < table.columns.size(); ++c) {
    out.columns.push_back({html_text(table.columns[c]), c > 0 && is_numeric(table, c)});
  }
  for (const auto& row : table.rows) {
    std::vector<std::string>& cells = out.rows.emplace_back();
    for (std::size_t c = 0; c < row.size(); ++c) {
      cells.push_back(out.columns[c].number ? html_text(row[c]) : id_cell(row[c]));
    }
  }
  out.write(html);
}

void write_chart(Html& html, const Page::Chart& chart, std::size_t number) {
  html.raw("<figure>\n<h3>").text(chart.title).raw("</h3>\n<div class=\"chart\">");
  html.raw(fmt::format(R"(<canvas id="chart-{}" role="img" aria-label=")", number));
  html.text(chart.title).raw(": ").text(chart.y_label).raw(" over ").text(chart.x_label).raw(". Series:");
  for (const Page::Series& series : chart.series) html.raw(" ").text(series.name).raw(";");
  html.raw(R"("></canvas></div>)").raw("\n");
  if (!chart.caption.empty()) html.raw("<figcaption class=\"note\">").text(chart.caption).raw("</figcaption>\n");
  html.raw("</figure>\n");
}

std::string body(const Page& page) {
  Html html;
  html.raw("<header>\n<p class=\"eyebrow\">Semblance study</p>\n<h1>")
      .text(page.title)
      .raw("</h1>\n<p class=\"lede\">");
  html.text(page.lead).raw("</p>\n</header>\n<main>\n");
  std::size_t charts = 0;
  for (const Page::Section& section : page.sections) {
    html.raw("<section>\n<h2>").text(section.heading).raw("</h2>\n");
    for (const std::string& paragraph : section.paragraphs) html.raw("<p>").text(paragraph).raw("</p>\n");
    for (const Page::Chart& chart : section.charts) write_chart(html, chart, charts++);
    for (const Page::Table& table : section.tables) write_table(html, table);
    html.raw("</section>\n");
  }
  html.raw(
          "</main>\n<noscript><p>Charts need JavaScript; their numbers are in the CSV files beside this page.</p>"
          "</noscript>\n<footer>Made by Semblance ")
      .text(kVersion);
  html.raw(". All numbers: ").text(page.data_file).raw(" and the CSV files in this folder.</footer>\n");
  return html.str();
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

std::string data_block(const Page& page) {
  Json data = {{"charts", Json::array()}};
  for (const Page::Section& section : page.sections) {
    for (const Page::Chart& chart : section.charts) {
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
      for (const Page::Marker& marker : chart.markers)
        drawn["markers"].push_back({{"name", marker.name}, {"x", marker.x}});
      data["charts"].push_back(std::move(drawn));
    }
  }
  return json_in_script(data.dump(-1, ' ', true, Json::error_handler_t::replace));
}

}  // namespace

void write_page(const Page& page, const std::filesystem::path& file) {
  check(page);
  OutputFile out(file);
  write_template(out, kStudyPage, [&](std::string_view place) -> std::string {
    if (place == "policy") return content_policy({kChartLibrary, kStudyScript}, kStyle);
    if (place == "version") return html_text(kVersion);
    if (place == "title") return html_text(page.title) + " - Semblance";
    if (place == "style") return std::string(kStyle);
    if (place == "body") return body(page);
    if (place == "data") return data_block(page);
    if (place == "chart-library") return std::string(kChartLibrary);
    if (place == "script") return std::string(kStudyScript);
    throw Error(ErrorCode::internal, "report", "study.html", fmt::format("has an unknown place @{}@", place));
  });
  out.close();
}

}  // namespace semblance
