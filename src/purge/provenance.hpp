#pragma once
// From a report back to the audit that made it: its inputs, checked by their hashes, and its options.

#include <string>

#include "semblance/audit.hpp"
#include "semblance/purge.hpp"

namespace semblance::purge_stage {

struct Provenance {
  AuditOptions audit;  ///< inputs and options; matchers in the report's order
  /// Why the audit can't be run again, or the synthetic embeddings can't be read: an input is gone. Empty: they can.
  std::string audit_gone, synthetic_gone;
  /// The same for an input that is there and has changed.
  std::string audit_changed, synthetic_changed;
  std::vector<std::filesystem::path> inputs;  ///< files and folders that the report names and that are there
};

/// Hashes every input. With `stores` embeddings are looked for there, where `audit --stores` keeps them.
Provenance read_provenance(const ReportModel& model, const std::filesystem::path& stores);

}  // namespace semblance::purge_stage
