#pragma once
// The page of the study of pairs.

#include "semblance/experiment.hpp"
#include "semblance/page.hpp"

namespace semblance::experiment_stage {

Page pairs_page(const PairsStudy& study);

}  // namespace semblance::experiment_stage
