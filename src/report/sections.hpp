#pragma once
// The sections of report.html.

#include <nlohmann/json_fwd.hpp>

#include "report/html.hpp"
#include "semblance/report.hpp"

namespace semblance::report_stage {

class JsonWriter;

/// "training people" where R has identity labels, else "training images".
std::string people_word(const ReportModel& model);

/// The verdict in a few words.
std::string badge_text(const std::string& leakage);

void write_summary(Html& html, const ReportModel& model);
/// `number` counts matchers from 0; ids of elements and of the chart's data carry it.
void write_matcher_section(Html& html, const ReportModel& model, const ReportModel::Matcher& matcher,
                           std::size_t number);
void write_people(Html& html, const ReportModel& model, const ReportModel::Matcher& matcher);
void write_distributions(Html& html, const ReportModel::Matcher& matcher, std::size_t number);
void write_guards(Html& html, const ReportModel::Guards& guards);
/// What the page's script draws: coarse curves and the lines to mark.
nlohmann::ordered_json chart_data(const ReportModel::Matcher& matcher);
/// The guards as a member of a matcher's object in report.json.
void write_guards(JsonWriter& json, const ReportModel::Guards& guards);
void write_closing(Html& html, const ReportModel& model);

}  // namespace semblance::report_stage
