#pragma once
// The parts of report.html, and of the pages of studies, that are the same in every one; generated from template/ and
// Chart.js.

#include <string_view>

namespace semblance::report_stage {

extern const std::string_view kPage;          ///< the shell, with places for the rest: @style@, @body@, ...
extern const std::string_view kStyle;         ///< CSS
extern const std::string_view kReportScript;  ///< draws a report's charts, gallery and pairs
extern const std::string_view kStudyScript;   ///< draws a study's charts
extern const std::string_view kChartLibrary;  ///< Chart.js with its licence

}  // namespace semblance::report_stage
