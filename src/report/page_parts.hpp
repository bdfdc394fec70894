#pragma once
// The parts of report.html, and of the pages of studies, that are the same in every one; generated from template/ and
// Chart.js.

#include <string_view>

namespace semblance::report_stage {

extern const std::string_view kPage;          ///< the shell, with places for the rest: @style@, @body@, ...
extern const std::string_view kStyle;         ///< CSS
extern const std::string_view kScript;        ///< draws the charts
extern const std::string_view kChartLibrary;  ///< Chart.js with its licence
extern const std::string_view kStudyPage;     ///< the shell of a study's page
extern const std::string_view kStudyScript;   ///< draws its charts

}  // namespace semblance::report_stage
