#pragma once
// Which items go, and which of the others a re-audit must not look at.

#include <vector>

#include "purge/items.hpp"
#include "purge/symmetry.hpp"
#include "semblance/purge.hpp"

namespace semblance::purge_stage {

struct Selection {
  std::vector<bool> removed;                      ///< an item
  std::vector<bool> compared;                     ///< an item that the report is about
  std::vector<std::vector<std::size_t>> entries;  ///< an item's, as indices into the report's removal list
  std::size_t of_identity = 0;                    ///< removed for their identity alone
  std::size_t still_listed = 0;                   ///< on the list, but not asked for
  std::vector<std::vector<std::size_t>> item_of;  ///< a matcher, then an audited image: its item
  std::vector<BestScores> scores;                 ///< a matcher's, by item
};

/// Refuses a dataset that is not the one audited, and labels that are missing where they are needed.
Selection select(const ReportModel& model, const Items& items, const PurgeOptions& options);

/// What the re-audit leaves out, by item, and the counts of it.
struct LeftOutItems {
  std::vector<bool> out;
  PurgeOutcome::LeftOut counts;
};
LeftOutItems leave_out_alike(const Selection& selection, const Items& items, PurgeWhat what);

}  // namespace semblance::purge_stage
