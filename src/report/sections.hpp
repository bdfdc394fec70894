#pragma once
// The sections of report.html.

#include <nlohmann/json_fwd.hpp>

#include "report/chart_figure.hpp"
#include "report/html.hpp"
#include "semblance/report.hpp"

namespace semblance::report_stage {

class JsonWriter;

/// "training people" where R has identity labels, else "training images".
std::string people_word(const ReportModel& model);

/// The verdict in a few words.
std::string badge_text(const std::string& leakage);

/// The levels of the lists, as asked for.
std::vector<double> fdr_levels(const ReportModel& model);

void write_summary(Html& html, const ReportModel& model);
void write_gallery(Html& html, const ReportModel& model);
/// `number` counts matchers from 0; ids of elements and of the script's data carry it.
void write_matcher_section(Html& html, const ReportModel& model, const ReportModel::Matcher& matcher,
                           std::size_t number, Charts& charts);
void write_people(Html& html, const ReportModel& model, const ReportModel::Matcher& matcher);
void write_distributions(Html& html, const ReportModel::Matcher& matcher, std::size_t number);
/// Error rates by score, and of one kind against the other, with bands where a calibration gave them.
void write_error_rates(Html& html, const ReportModel::Matcher& matcher, Charts& charts);
void write_power(Html& html, const ReportModel::Matcher& matcher, Charts& charts);
void write_best_pairs(Html& html, const ReportModel::Matcher& matcher, std::size_t number);
void write_guards(Html& html, const ReportModel::Guards& guards);
/// The sets as a member of report.json, and as a member of a matcher's object in it.
void write_sets(JsonWriter& json, const ReportModel& model);
void write_views(JsonWriter& json, const std::optional<ReportModel::Views>& views);
/// The guards as a member of a matcher's object in report.json.
void write_guards(JsonWriter& json, const ReportModel::Guards& guards);
void write_closing(Html& html, const ReportModel& model);

/// What the page's scripts draw of a matcher: coarse curves with the lines to mark, counts over every threshold of the
/// slider, the best pairs.
nlohmann::ordered_json matcher_data(const ReportModel& model, const ReportModel::Matcher& matcher);
/// Whether R-G and the non-mated scores lie in the same bins, so that a slider can hold one against the other.
bool has_slider(const ReportModel::Matcher& matcher);
nlohmann::ordered_json distribution_data(const ReportModel::Matcher& matcher);
nlohmann::ordered_json best_pairs_data(const ReportModel::Matcher& matcher);
nlohmann::ordered_json gallery_data(const ReportModel::Gallery& gallery);
/// A JSON array of base64 texts.
std::string gallery_pictures(const ReportModel::Gallery& gallery);

/// The FMR of a score that no non-mated pair reaches is only known to be small. HTML.
std::string fmr_cell(const ReportModel::Matcher& matcher, const std::optional<double>& fmr);
/// A link to a term's definition at the end of the page; `name` is HTML.
std::string term(std::string_view id, std::string_view name);

}  // namespace semblance::report_stage
