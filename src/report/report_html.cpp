// report.html: one file that opens offline and runs no script but its own.

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "base/output_folder.hpp"
#include "report/files.hpp"
#include "report/offline.hpp"
#include "report/page_parts.hpp"
#include "report/sections.hpp"
#include "report/text.hpp"
#include "semblance/error.hpp"

namespace semblance::report_stage {

namespace {

std::string data_block(const ReportModel& model) {
  nlohmann::ordered_json data = {{"matchers", nlohmann::ordered_json::array()}};
  for (const ReportModel::Matcher& matcher : model.matchers) data["matchers"].push_back(chart_data(matcher));
  // Escaped to ASCII: nothing in it may turn the writing direction of the page's source.
  return json_in_script(data.dump(-1, ' ', true, nlohmann::json::error_handler_t::replace));
}

std::string body(const ReportModel& model) {
  Html html;
  write_summary(html, model);
  for (std::size_t m = 0; m < model.matchers.size(); ++m) write_matcher_section(html, model, model.matchers[m], m);
  write_closing(html, model);
  return html.str();
}

std::string part(const ReportModel& model, std::string_view place) {
  if (place == "policy") return content_policy({kChartLibrary, kScript}, kStyle);
  if (place == "version") return html_text(model.version);
  if (place == "title") return badge_text(model.verdict.leakage) + " - Semblance report";
  if (place == "style") return std::string(kStyle);
  if (place == "body") return body(model);
  if (place == "data") return data_block(model);
  if (place == "chart-library") return std::string(kChartLibrary);
  if (place == "script") return std::string(kScript);
  throw Error(ErrorCode::internal, "report", "page.html", fmt::format("has an unknown place @{}@", place));
}

}  // namespace

void write_report_html(const ReportModel& model, const std::filesystem::path& file) {
  OutputFile out(file);
  write_template(out, kPage, [&](std::string_view place) { return part(model, place); });
  out.close();
}

}  // namespace semblance::report_stage
