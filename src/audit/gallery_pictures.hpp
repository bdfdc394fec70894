#pragma once
// Small pictures for the report's gallery.

#include "audit/inputs.hpp"
#include "semblance/audit.hpp"
#include "semblance/report.hpp"

namespace semblance::audit_stage {

/// Reads the pictures of every pair in the gallery, makes them small, the real ones redacted as `options` say, and
/// counts those that are missing or broken. `sets` are one matcher's: they name the items' pictures. Throws
/// Error{interrupted} when the progress says stop.
void add_pictures(ReportModel::Gallery& gallery, const Sets& sets, const AuditOptions& options);

}  // namespace semblance::audit_stage
