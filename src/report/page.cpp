// Pages of studies: the same style, charts and policy as report.html, laid out from a plain model.

#include "semblance/page.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "report/chart_figure.hpp"
#include "report/html.hpp"
#include "report/page_parts.hpp"
#include "report/shell.hpp"
#include "report/text.hpp"
#include "semblance/error.hpp"
#include "semblance/version.hpp"

namespace semblance {

namespace {

using namespace report_stage;
using Json = nlohmann::ordered_json;

constexpr std::size_t kTallTable = 15;  // longer tables scroll within themselves

void check(const Page& page) {
  for (const Page::Section& section : page.sections) {
    for (const Page::Table& table : section.tables) {
      for (const auto& row : table.rows) {
        if (row.size() == table.columns.size()) continue;
        throw Error(ErrorCode::internal, "report", table.caption, "is a table with a ragged row");
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

std::string body(const Page& page, Charts& charts) {
  Html html;
  html.raw("<header>\n<p class=\"eyebrow\">Semblance study</p>\n<h1>")
      .text(page.title)
      .raw("</h1>\n<p class=\"lede\">");
  html.text(page.lead).raw("</p>\n</header>\n<main>\n");
  for (const Page::Section& section : page.sections) {
    html.raw("<section>\n<h2>").text(section.heading).raw("</h2>\n");
    for (const std::string& paragraph : section.paragraphs) html.raw("<p>").text(paragraph).raw("</p>\n");
    for (const Page::Chart& chart : section.charts) charts.add(html, chart);
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

}  // namespace

void write_page(const Page& page, const std::filesystem::path& file) {
  check(page);
  Charts charts;
  Shell shell{.title = html_text(page.title) + " - Semblance",
              .body = body(page, charts),
              .data = {},
              .pictures = "[]",
              .script = kStudyScript};
  shell.data = Json{{"charts", charts.json()}};
  write_shell(shell, file);
}

}  // namespace semblance
