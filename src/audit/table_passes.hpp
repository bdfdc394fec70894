#pragma once
// The passes of an audit whose scores somebody else computed.

#include "audit/inputs.hpp"
#include "audit/passes.hpp"
#include "semblance/audit.hpp"

namespace semblance::audit_stage {

/// Reads the sets and tables of a matcher whose `scores` are given. `sets.train` and so on name who is on the rows;
/// their matrices hold nothing.
Sets read_scored_sets(const MatcherInput& input, const AuditOptions& options);

/// As run_passes. Without embeddings nobody can ask whether the control is fair without G, nor whether held-out people
/// are training people under another name; table_notes says so.
Passes run_table_passes(const Sets& sets, const AuditOptions& options, RunFacts& run);

/// What a reader must know of imported scores, sentences.
std::vector<std::string> table_notes(const Sets& sets);

}  // namespace semblance::audit_stage
