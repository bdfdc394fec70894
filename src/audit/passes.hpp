#pragma once
// The scoring passes of an audit and what they leave behind.

#include <optional>

#include "audit/inputs.hpp"
#include "semblance/audit.hpp"
#include "semblance/score.hpp"

namespace semblance::audit_stage {

struct Passes {
  ScoreResult train;                   ///< R x G
  std::optional<ScoreResult> holdout;  ///< H x G
  SelfScoreResult real;                ///< R x R
  std::vector<double> best_mated;      ///< best mated score of every row of R
};

/// Runs every pass; `run.seconds` gets one entry each.
Passes run_passes(const Sets& sets, const AuditOptions& options, RunFacts& run);

}  // namespace semblance::audit_stage
