#pragma once

#include <functional>
#include <string>

#include "semblance/report.hpp"

namespace semblance::sample {

/// To a report of two matchers, of which each rejected images that the other took: that, and on whom they agree.
void add_views(ReportModel& report);
/// Calls `corrupt` on texts of these.
void corrupt_views(ReportModel& report, const std::function<void(std::string&)>& corrupt);

}  // namespace semblance::sample
