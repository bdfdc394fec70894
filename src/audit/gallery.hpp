#pragma once
// The report's gallery: whom to look at, in which pairs of images, and what every matcher says of them.

#include <vector>

#include "audit/inputs.hpp"
#include "semblance/report.hpp"

namespace semblance::audit_stage {

/// Everybody on a matcher's list at the laxest level, and everybody whom a listed synthetic image matches best: those
/// whom more matchers list first, then by the smallest q, p, and by score. Where no list names anybody, the people of
/// the best pairs. A person's pairs are those that any matcher ranked; `sets` are those of `model.matchers`, in order.
/// Pictures are left to add_pictures.
ReportModel::Gallery make_gallery(const ReportModel& model, const std::vector<Sets>& sets, const AuditOptions& options);

}  // namespace semblance::audit_stage
