#pragma once
// The scoring passes of an audit and what they leave behind.

#include <optional>

#include "audit/inputs.hpp"
#include "semblance/audit.hpp"
#include "semblance/guards.hpp"
#include "semblance/score.hpp"

namespace semblance::audit_stage {

struct Passes {
  ScoreResult train;                       ///< R x G
  std::optional<ScoreResult> holdout;      ///< H x G
  SelfScoreResult real;                    ///< R x R
  std::vector<double> best_mated;          ///< best mated score of every row of R
  std::string score_norm;                  ///< what stands behind normalised scores, a sentence or nothing
  std::optional<Exchangeability> control;  ///< R's people against H's, without G
  std::optional<double> overlap_threshold;
  std::vector<ReportModel::Guards::Overlap> overlaps;  ///< held-out people left out of H before it met G
};

/// Runs every pass; `run.seconds` gets one entry each. The overlap guard may take people out of `sets.holdout`.
Passes run_passes(Sets& sets, const AuditOptions& options, RunFacts& run);

}  // namespace semblance::audit_stage
