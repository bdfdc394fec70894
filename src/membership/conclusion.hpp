#pragma once
// The study's figures in plain words, and what they can't say.

#include "semblance/membership.hpp"

namespace semblance::membership_stage {

/// Fills conclusion, text and notes from the rest of the study.
void conclude(MembershipStudy& study);

}  // namespace semblance::membership_stage
