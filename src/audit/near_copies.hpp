#pragma once
// The guard that tells a copy of a training picture from another picture of the person (docs/statistics.md, "Guards").

#include "audit/album.hpp"
#include "audit/inputs.hpp"
#include "audit/passes.hpp"
#include "audit/row_tables.hpp"
#include "semblance/report.hpp"

namespace semblance::audit_stage {

/// Refuses a folder that isn't there, or that holds no picture of any row of its set: before the first long pass.
void check_pictures(const Sets& sets, const PictureFolders& folders);

/// Compares the pictures of the matcher's best pairs and of its listed people, and those of the control, and writes
/// what it finds into the matcher's pairs, guards and notes; returns what it finds of listed people. `matcher` was
/// described from the same sets and passes.
PeopleLooks add_near_copies(ReportModel::Matcher& matcher, const Sets& sets, const Passes& passes,
                            const AuditOptions& options, Album& album);

/// What was found, a sentence or two for the verdict; empty where no pictures were given.
std::string near_copy_words(const ReportModel::Matcher& matcher);

}  // namespace semblance::audit_stage
