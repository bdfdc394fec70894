#pragma once
// From passes and assessment to the report's data model: names for indices, nothing else computed twice.

#include "audit/inputs.hpp"
#include "audit/passes.hpp"
#include "semblance/assess.hpp"
#include "semblance/report.hpp"

namespace semblance::audit_stage {

/// Everything about one matcher. `assessment` is null without a hold-out.
ReportModel::Matcher describe_matcher(const Sets& sets, const Passes& passes, const LeakageAssessment* assessment,
                                      const AuditOptions& options);

/// Counts of one set.
ReportModel::Set describe_set(const EmbeddingSet& set);

/// Files that the run rests on.
std::vector<ReportModel::Input> describe_inputs(const Sets& sets, const AuditOptions& options);

/// What the run was asked for. Threads are left out: they change nothing.
std::vector<std::pair<std::string, std::string>> describe_options(const AuditOptions& options);

}  // namespace semblance::audit_stage
