#include "base/output_folder.hpp"
#include "report/files.hpp"
#include "report/text.hpp"

namespace semblance::report_stage {

void write_report_html(const ReportModel& model, const std::filesystem::path& file) {
  OutputFile out(file);
  out.write("<!DOCTYPE html>\n<html lang=\"en\"><meta charset=\"utf-8\"><title>Leakage report</title>\n<p>");
  out.write(html_text(model.verdict.text));
  out.write("</p></html>\n");
  out.close();
}

}  // namespace semblance::report_stage
