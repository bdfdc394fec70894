#pragma once
// The report's long tables, of people and of images: indices and scores are kept, a row's names are looked up when it
// is asked for.

#include <map>
#include <memory>
#include <string>

#include "audit/inputs.hpp"
#include "audit/passes.hpp"
#include "semblance/assess.hpp"
#include "semblance/report.hpp"

namespace semblance::audit_stage {

/// What the pictures of a listed person's best pair say.
struct PeopleLook {
  std::optional<double> similarity;
  std::string kind;
};
using PeopleLooks = std::map<IdentityIndex, PeopleLook>;

/// Fills `matcher.identities` (strongest evidence first), `images` (in the set's order) and `holdout_people` (best
/// score first; ties go by the name). The tables share `sets`, of which ids and identities alone must last, and own
/// what they need of the rest. `assessment` is null without a hold-out.
void add_row_tables(ReportModel::Matcher& matcher, const std::shared_ptr<const Sets>& sets, Passes passes,
                    const LeakageAssessment* assessment, PeopleLooks looks);

/// Of every identity the row with the best match; ties go by the rows' ids.
std::vector<RowIndex> best_rows(const EmbeddingSet& set, const std::vector<PairScore>& row_bests);

}  // namespace semblance::audit_stage
