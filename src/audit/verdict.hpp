#pragma once
// The verdict in words: what was found, how sure that is, and what can't be said.

#include <string>
#include <vector>

#include "audit/inputs.hpp"
#include "semblance/report.hpp"

namespace semblance::audit_stage {

/// One paragraph for the model's verdict, from numbers that are already in it.
std::string verdict_text(const ReportModel& model);

/// What this report can't say, a sentence each.
std::vector<std::string> limits_of(const ReportModel& model);

}  // namespace semblance::audit_stage
