// report.html: one file that opens offline and runs no script but its own.

#include <nlohmann/json.hpp>

#include "report/chart_figure.hpp"
#include "report/files.hpp"
#include "report/page_parts.hpp"
#include "report/sections.hpp"
#include "report/shell.hpp"

namespace semblance::report_stage {

void write_report_html(const ReportModel& model, const std::filesystem::path& file) {
  Charts charts;
  Html html;
  html.raw("<a class=\"skip\" href=\"#verdict\">Skip to the verdict</a>\n");
  write_summary(html, model);
  write_gallery(html, model);
  for (std::size_t m = 0; m < model.matchers.size(); ++m) {
    write_matcher_section(html, model, model.matchers[m], m, charts);
  }
  write_closing(html, model);

  nlohmann::ordered_json data = {{"charts", charts.json()},
                                 {"levels", fdr_levels(model)},
                                 {"matchers", nlohmann::ordered_json::array()},
                                 {"gallery", gallery_data(model.gallery)}};
  for (const ReportModel::Matcher& matcher : model.matchers) data["matchers"].push_back(matcher_data(model, matcher));
  write_shell({.title = badge_text(model.verdict.leakage) + " - Semblance report",
               .body = html.str(),
               .data = std::move(data),
               .pictures = gallery_pictures(model.gallery),
               .script = kReportScript},
              file);
}

}  // namespace semblance::report_stage
