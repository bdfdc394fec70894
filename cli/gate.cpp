// semblance gate: conditions on a finished report.

#include "semblance/gate.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>

#include "cli/common.hpp"
#include "cli/gate_options.hpp"
#include "report/text.hpp"
#include "semblance/error.hpp"
#include "semblance/report_file.hpp"

namespace semblance::cli {
namespace {

struct GateArguments {
  std::string report;
  GateOptions options;
  bool list = false;
  bool overwrite = false;
};

nlohmann::ordered_json text_or_null(const std::string& text) {
  return text.empty() ? nlohmann::ordered_json(nullptr) : nlohmann::ordered_json(text);
}

nlohmann::ordered_json value_json(const GateMetric& row) {
  if (const auto* number = std::get_if<double>(&row.value)) return *number;
  if (const auto* word = std::get_if<std::string>(&row.value)) return *word;
  return nullptr;
}

void print_metrics(const std::vector<GateMetric>& metrics, const Context& context) {
  if (context.json) {
    nlohmann::ordered_json list = nlohmann::ordered_json::array();
    for (const GateMetric& row : metrics) {
      list.push_back({{"metric", row.name},
                      {"matcher", text_or_null(row.matcher)},
                      {"value", value_json(row)},
                      {"missing", text_or_null(row.missing)},
                      {"meaning", row.meaning}});
    }
    fmt::print("{}\n", nlohmann::ordered_json{{"metrics", list}}.dump(
                           2, ' ', false, nlohmann::ordered_json::error_handler_t::replace));
    return;
  }
  std::string named;
  for (const GateMetric& row : metrics) {
    if (row.name != named) fmt::print("{}  {}\n", row.name, row.meaning);
    named = row.name;
    std::string value = row.missing.empty() ? std::string() : "no value: " + row.missing;
    if (const auto* number = std::get_if<double>(&row.value)) value = fmt::format("{:.6g}", *number);
    if (const auto* word = std::get_if<std::string>(&row.value)) value = *word;
    const std::string of = row.matcher.empty() ? std::string() : "  [matcher=" + row.matcher + "]";
    fmt::print("    {}{}\n", value, report_stage::visible_text(of));
  }
}

void run_gate(const GateArguments& arguments, Context& context) {
  if (arguments.options.fail_if.empty() && !arguments.list) {
    throw Error(ErrorCode::usage, "cli", "--fail-if",
                "is missing: give a condition, or --list-metrics to see what there is");
  }
  const std::vector<GateCondition> conditions = parse_gate_options(arguments.options, arguments.overwrite);
  if (arguments.list && !conditions.empty()) {
    throw Error(ErrorCode::usage, "cli", "--list-metrics", "is given with --fail-if; give one of them");
  }
  const ReportModel model = read_report(arguments.report, {.removal = true, .identities = false});
  if (arguments.list) {
    print_metrics(gate_metrics(model), context);
    return;
  }
  run_gate(conditions, arguments.options, model, arguments.report, arguments.overwrite, true, context);
}

}  // namespace

void add_gate(CLI::App& app, Context& context) {
  auto arguments = std::make_shared<GateArguments>();
  CLI::App* command =
      app.add_subcommand("gate", "Hold a finished report against conditions, for CI: exits with 10 if any holds");
  command->add_option("report", arguments->report, "Folder that `semblance audit --out` wrote")->required();
  add_gate_options(*command, arguments->options);
  command->add_flag("--list-metrics", arguments->list,
                    "Show every metric, what it means and its values in this report");
  command->add_flag("--overwrite", arguments->overwrite, "Replace an earlier --summary");
  command->footer(R"(A condition: METRIC[@fdrPERCENT | @fmrRATE][[matcher=NAME]] and > >= < <= == or !=, and a number.
Without a matcher it holds if it does for any. What the report can't decide fails, too.

Examples:
  semblance gate report/ --list-metrics
  semblance gate report/ --fail-if "leaked_identities@fdr5 > 0" --fail-if "leak_rate_upper95 > 1%" --summary gate.xml
  semblance gate report/ --fail-if "verdict != not-found" --fail-if "minimum_detectable > 2%"
  semblance gate report/ --fail-if "excess_pairs@fmr1e-6[matcher=arcface] >= 10" --summary gate.sarif)");
  command->callback([arguments, &context] { run_gate(*arguments, context); });
}

}  // namespace semblance::cli
