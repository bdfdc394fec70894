#include "cli/gate_options.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "base/sha256.hpp"
#include "report/text.hpp"
#include "semblance/error.hpp"

namespace semblance::cli {
namespace {

using State = GateOutcome::State;

const char* label(State state) {
  switch (state) {
    case State::passed:
      return "ok";
    case State::failed:
      return "FAILED";
    case State::missing:
      return "MISSING";
    case State::skipped:
      return "skipped";
  }
  return "";
}

void print_result(const GateResult& result, std::FILE* out, bool blocking_alone) {
  const auto blocks = [](const GateOutcome& o) { return o.state == State::failed || o.state == State::missing; };
  fmt::print(out, "  gate       {}: {} of {} conditions fail\n", result.passed ? "passed" : "FAILED",
             std::ranges::count_if(result.outcomes, blocks), result.outcomes.size());
  for (const GateOutcome& outcome : result.outcomes) {
    if (blocking_alone && !blocks(outcome)) continue;
    fmt::print(out, "    {:<8} {}: {}\n", label(outcome.state),
               report_stage::visible_text(outcome.condition.expression), report_stage::visible_text(outcome.reason));
  }
  if (std::ranges::any_of(result.outcomes, [](const auto& o) { return o.state == State::missing; })) {
    fmt::print(out, "  What is missing fails; --allow-missing lets it pass.\n");
  }
}

}  // namespace

void add_gate_options(CLI::App& command, GateOptions& options) {
  command
      .add_option(
          "--fail-if", options.fail_if,
          R"(Exit with 10 if this holds, as in "leaked_identities@fdr5 > 0"; again for further conditions (docs/gate.md))")
      ->allow_extra_args(false);
  command.add_flag(
      "--allow-missing", options.allow_missing,
      "A --fail-if that the report can't decide (no hold-out, no pictures, ...) passes instead of failing");
  command.add_option("--summary", options.summary,
                     "File for the outcome of every --fail-if: .json, .xml (JUnit) or .sarif");
}

std::vector<GateCondition> parse_gate_options(const GateOptions& options, bool overwrite) {
  if (options.fail_if.empty() && !options.summary.empty()) {
    throw Error(ErrorCode::usage, "cli", "--summary", "is given without --fail-if: there is no outcome to write");
  }
  if (options.fail_if.empty() && options.allow_missing) {
    throw Error(ErrorCode::usage, "cli", "--allow-missing", "is given without --fail-if");
  }
  std::vector<GateCondition> conditions;
  for (const std::string& text : options.fail_if) conditions.push_back(parse_gate_condition(text));
  if (!options.summary.empty()) {
    (void)gate_format(options.summary);
    check_gate_summary_file(options.summary, overwrite);
  }
  return conditions;
}

void run_gate(const std::vector<GateCondition>& conditions, const GateOptions& options, const ReportModel& model,
              const std::filesystem::path& folder, bool overwrite, bool json_on_stdout, Context& context) {
  const GateResult result = evaluate_gate(model, conditions, options.allow_missing);
  const GateSubject subject{.location = folder.string(), .sha256 = sha256_file(folder / "report.json")};
  if (!options.summary.empty()) write_gate_summary(result, subject, options.summary, overwrite);
  if (context.json && json_on_stdout) {
    fmt::print("{}", gate_summary(result, subject, GateFormat::json));
  } else if (context.json) {
    const nlohmann::ordered_json line = {
        {"gate", nlohmann::ordered_json::parse(gate_summary(result, subject, GateFormat::json))}};
    fmt::print(stderr, "{}\n", line.dump());
  } else if (!context.quiet) {
    print_result(result, stdout, false);
  } else if (!result.passed) {
    print_result(result, stderr, true);
  }
  if (!result.passed) context.exit_code = kGateFailed;
}

}  // namespace semblance::cli
