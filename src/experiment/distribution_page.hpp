#pragma once
// The page of the study of distributions.

#include "semblance/experiment.hpp"
#include "semblance/page.hpp"

namespace semblance::experiment_stage {

Page distribution_page(const DistributionStudy& study);

}  // namespace semblance::experiment_stage
