#pragma once
// Which synthetic images should go: the rule behind removal.csv.

#include <vector>

#include "semblance/report.hpp"

namespace semblance::audit_stage {

/// With q* the laxest level asked for: images on a matcher's image list at q*, and images whose best training match is
/// of a person on that matcher's identity list at q*, with a score at or over the weakest best score of any listed
/// person. Reads only what the model already holds.
std::vector<ReportModel::Removal> removal_list(const ReportModel& model);

}  // namespace semblance::audit_stage
