// SARIF 2.1.0 (OASIS): a rule a metric, a result a condition, whose place is the report's report.json.

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "gate/metrics.hpp"
#include "gate/summary.hpp"
#include "report/text.hpp"
#include "semblance/version.hpp"

namespace semblance::gate_stage {

namespace {

// A path as a URI reference (RFC 3986): every byte that is not unreserved or a slash as %XX.
std::string uri_of(const std::string& path) {
  std::string uri;
  for (const char c : path) {
    const auto byte = static_cast<unsigned char>(c);
    const bool plain = (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || (byte >= '0' && byte <= '9');
    uri += plain || std::string_view("-._~/").find(c) != std::string_view::npos ? std::string(1, c)
                                                                                : fmt::format("%{:02X}", byte);
  }
  return uri;
}

std::string report_file(const GateSubject& subject) {
  return uri_of(subject.location + (subject.location.ends_with('/') ? "" : "/") + "report.json");
}

Json result_json(const GateOutcome& outcome, std::size_t rule, const GateSubject& subject) {
  const bool fails = blocks(outcome.state);
  const char* kind = fails ? "fail" : outcome.state == GateOutcome::State::skipped ? "notApplicable" : "pass";
  return {{"ruleId", outcome.condition.metric},
          {"ruleIndex", rule},
          {"kind", kind},
          {"level", fails ? "error" : "none"},  // as the standard has it, a result that is no failure has no level
          {"message", {{"text", report_stage::visible_text(outcome.condition.expression + ": " + outcome.reason)}}},
          {"locations", {{{"physicalLocation", {{"artifactLocation", {{"uri", report_file(subject)}}}}}}}},
          {"properties", {{"expression", outcome.condition.expression}, {"outcome", state_name(outcome.state)}}}};
}

}  // namespace

std::string sarif_summary(const GateResult& result, const GateSubject& subject) {
  std::vector<std::string> used;
  Json rules = Json::array();
  Json results = Json::array();
  for (const GateOutcome& outcome : result.outcomes) {
    const std::string& metric = outcome.condition.metric;
    auto at = std::ranges::find(used, metric);
    if (at == used.end()) {
      used.push_back(metric);
      at = used.end() - 1;
      rules.push_back({{"id", metric}, {"name", metric}, {"shortDescription", {{"text", outcome.meaning}}}});
    }
    results.push_back(result_json(outcome, static_cast<std::size_t>(at - used.begin()), subject));
  }
  const Json run = {
      {"tool", {{"driver", {{"name", "Semblance"}, {"version", kVersion}, {"rules", rules}}}}},
      {"artifacts", {{{"location", {{"uri", report_file(subject)}}}, {"hashes", {{"sha-256", subject.sha256}}}}}},
      {"results", results},
      {"properties",
       {{"schema", kGateSchema},
        {"passed", result.passed},
        {"verdict", result.verdict},
        {"report_version", result.report_version}}}};
  const Json json = {
      {"$schema", "https://json.schemastore.org/sarif-2.1.0.json"}, {"version", "2.1.0"}, {"runs", Json::array({run})}};
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace semblance::gate_stage
