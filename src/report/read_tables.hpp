#pragma once
// The CSVs of a report read back, the mirror of tables.cpp.

#include <filesystem>

#include "report/report_fields.hpp"
#include "semblance/report.hpp"

namespace semblance::report_stage {

// Each fills its list of the model, whose matchers are read already, and throws Error{input} naming the file and its
// line or column, or the count of report.json that its rows don't make.
void read_removal_csv(ReportModel& model, const ReportCounts& counts, const std::filesystem::path& file);
void read_identities_csv(ReportModel& model, const std::filesystem::path& file);
void read_images_csv(ReportModel& model, const std::filesystem::path& file);
void read_histograms_csv(ReportModel& model, const ReportCounts& counts, const std::filesystem::path& file);

}  // namespace semblance::report_stage
