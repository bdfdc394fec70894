#pragma once
// The three sets of an audit, read and checked against each other.

#include <optional>

#include "semblance/audit.hpp"
#include "semblance/score.hpp"

namespace semblance::audit_stage {

struct Sets {
  EmbeddingSet train, synthetic;
  std::optional<EmbeddingSet> holdout;
  std::string matcher;
};

Sets read_sets(const AuditOptions& options);

ScoreSide side_of(const EmbeddingSet& set);

}  // namespace semblance::audit_stage
