#pragma once
// --fail-if and what belongs to it, for audit and gate alike.

#include <filesystem>
#include <string>
#include <vector>

#include "cli/common.hpp"
#include "semblance/gate.hpp"

namespace semblance::cli {

struct GateOptions {
  std::vector<std::string> fail_if;
  bool allow_missing = false;
  std::string summary;
};

void add_gate_options(CLI::App& command, GateOptions& options);

/// The conditions, once everything about the options that can be wrong before a report is read has been checked.
/// Throws Error{usage} and Error{output}.
std::vector<GateCondition> parse_gate_options(const GateOptions& options, bool overwrite);

/// Judges a written report, writes the summary, prints, and sets the exit code. With `json_on_stdout` the result is
/// standard output's; else standard output is somebody else's under --json, and the result goes to standard error.
void run_gate(const std::vector<GateCondition>& conditions, const GateOptions& options, const ReportModel& model,
              const std::filesystem::path& folder, bool overwrite, bool json_on_stdout, Context& context);

}  // namespace semblance::cli
