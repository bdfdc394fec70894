#pragma once
// From passes and assessment to the report's data model: names for indices, nothing else computed twice.

#include "audit/inputs.hpp"
#include "audit/passes.hpp"
#include "semblance/assess.hpp"
#include "semblance/report.hpp"

namespace semblance::audit_stage {

/// Everything about one matcher but its tables of people and images (row_tables.hpp). `assessment` is null without a
/// hold-out.
ReportModel::Matcher describe_matcher(const Sets& sets, const Passes& passes, const LeakageAssessment* assessment,
                                      const AuditOptions& options);

/// Lists with names for indices.
std::vector<ReportModel::List> named_lists(const std::vector<FdrList>& lists, const std::vector<std::string>& names);

/// Counts of one set.
ReportModel::Set describe_set(const EmbeddingSet& set);

/// Files that one matcher's part rests on.
std::vector<ReportModel::Making> describe_making(const Sets& sets, const MatcherInput& input);
std::vector<ReportModel::Input> describe_inputs(const Sets& sets, const MatcherInput& input);

/// What the run was asked for. Threads are left out: they change nothing.
std::vector<std::pair<std::string, std::string>> describe_options(const AuditOptions& options,
                                                                  const std::vector<Sets>& sets);

}  // namespace semblance::audit_stage
