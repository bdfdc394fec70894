#pragma once
// A comparison's files, one function each.

#include "semblance/compare.hpp"
#include "semblance/page.hpp"

namespace semblance::compare_stage {

Page comparison_page(const ReportComparison& comparison);
std::string rows_csv(const ReportComparison& comparison);
std::string people_csv(const ReportComparison& comparison);

}  // namespace semblance::compare_stage
