#pragma once
// What the report draws: distributions of scores and of people's best scores, error rates by score.

#include <vector>

#include "audit/inputs.hpp"
#include "audit/passes.hpp"
#include "semblance/report.hpp"

namespace semblance::audit_stage {

ReportModel::Curve curve(const char* name, const Histogram& histogram);

/// The best score of every person of `set`, in the bins of the pass's own histogram.
ReportModel::Curve people_curve(const char* name, const EmbeddingSet& set, const ScoreResult& pass);

/// Error rates from the highest score down: the calibration's where there is one, else the training pairs' own, without
/// intervals. At most a few hundred points, denser where the false match rate is small.
std::vector<ReportModel::ErrorPoint> error_points(const Sets& sets, const Passes& passes);

}  // namespace semblance::audit_stage
