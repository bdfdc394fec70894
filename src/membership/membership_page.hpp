#pragma once
// The study as a page of tables and figures.

#include "semblance/membership.hpp"
#include "semblance/page.hpp"

namespace semblance::membership_stage {

Page page_of(const MembershipStudy& study);

}  // namespace semblance::membership_stage
