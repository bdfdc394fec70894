#pragma once
// removed.csv and purge.json.

#include <filesystem>
#include <string>

#include "purge/selection.hpp"
#include "semblance/purge.hpp"

namespace semblance::purge_stage {

/// A line a reason: the entries of removal.csv that were applied, and images that went with their identity.
void write_removed(const ReportModel& model, const Items& items, const Selection& selection,
                   const std::filesystem::path& file);

void write_text(const std::string& text, const std::filesystem::path& file);

}  // namespace semblance::purge_stage
