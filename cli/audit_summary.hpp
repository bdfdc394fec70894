#pragma once
// What an audit prints: ten lines.

#include <string>

#include "semblance/report.hpp"

namespace semblance::cli {

/// To standard output; `out` is the report's folder.
void print_audit_summary(const ReportModel& model, const std::string& out);

}  // namespace semblance::cli
