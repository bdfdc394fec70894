#pragma once
// What stands between two reports: other sets, matchers, options, versions.

#include <string>
#include <vector>

#include "semblance/compare.hpp"

namespace semblance::compare_stage {

/// Digest of an input of one matcher of the report ("train", "holdout", "card", ...); empty: it had none.
std::string input_sha256(const ReportModel& model, std::size_t matcher, const std::string& role);

/// Index of the matcher of that name, or npos.
std::size_t matcher_index(const ReportModel& model, const std::string& name);

/// Names of all matchers, in the order of the reports.
std::vector<std::string> matcher_names(const std::vector<ComparedReport>& reports);

/// The same training people by their labels; false where a report has none.
bool same_people(const ReportModel& x, const ReportModel& y);

std::vector<std::string> comparability_notes(const std::vector<ComparedReport>& reports);

}  // namespace semblance::compare_stage
