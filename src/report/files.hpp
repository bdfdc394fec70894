#pragma once
// The files of a report, one function each.

#include <filesystem>

#include "semblance/report.hpp"

namespace semblance::report_stage {

void write_report_json(const ReportModel& model, const std::filesystem::path& file);
void write_run_json(const RunFacts& run, const std::filesystem::path& file);
void write_report_html(const ReportModel& model, const std::filesystem::path& file);
void write_pairs_csv(const ReportModel& model, const std::filesystem::path& file);
void write_control_pairs_csv(const ReportModel& model, const std::filesystem::path& file);
void write_control_people_csv(const ReportModel& model, const std::filesystem::path& file);
void write_identities_csv(const ReportModel& model, const std::filesystem::path& file);
void write_images_csv(const ReportModel& model, const std::filesystem::path& file);
void write_removal_csv(const ReportModel& model, const std::filesystem::path& file);
void write_gallery_csv(const ReportModel& model, const std::filesystem::path& file);
void write_histograms_csv(const ReportModel& model, const std::filesystem::path& file);

}  // namespace semblance::report_stage
