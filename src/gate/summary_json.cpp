// semblance-gate/1: docs/schema/semblance-gate-1.schema.json.

#include <array>

#include "gate/metrics.hpp"
#include "gate/summary.hpp"
#include "semblance/version.hpp"

namespace semblance::gate_stage {

namespace {

using Level = GateCondition::Level;

Json level_json(const GateCondition& condition) {
  if (condition.level == Level::none) return nullptr;
  return {{"kind", condition.level == Level::fdr ? "fdr" : "fmr"}, {"value", condition.at}};
}

Json limit_json(const std::variant<double, std::string>& limit) {
  return std::holds_alternative<double>(limit) ? Json(std::get<double>(limit)) : Json(std::get<std::string>(limit));
}

Json value_json(const std::variant<std::monostate, double, std::string>& value) {
  if (std::holds_alternative<double>(value)) return std::get<double>(value);
  if (std::holds_alternative<std::string>(value)) return std::get<std::string>(value);
  return nullptr;
}

}  // namespace

const char* state_name(GateOutcome::State state) {
  constexpr std::array<const char*, 4> kNames = {"passed", "failed", "missing", "skipped"};
  return kNames.at(static_cast<std::size_t>(state));
}

bool blocks(GateOutcome::State state) {
  return state == GateOutcome::State::failed || state == GateOutcome::State::missing;
}

std::string json_summary(const GateResult& result, const GateSubject& subject) {
  Json conditions = Json::array();
  for (const GateOutcome& outcome : result.outcomes) {
    const GateCondition& condition = outcome.condition;
    conditions.push_back({{"expression", condition.expression},
                          {"metric", condition.metric},
                          {"level", level_json(condition)},
                          {"asked_matcher", condition.matcher ? Json(*condition.matcher) : Json(nullptr)},
                          {"operator", operator_text(condition.op)},
                          {"limit", limit_json(condition.limit)},
                          {"outcome", state_name(outcome.state)},
                          {"value", value_json(outcome.value)},
                          {"matcher", outcome.matcher.empty() ? Json(nullptr) : Json(outcome.matcher)},
                          {"meaning", outcome.meaning},
                          {"reason", outcome.reason}});
  }
  const Json json = {{"schema", kGateSchema},
                     {"version", kVersion},
                     {"report",
                      {{"location", subject.location},
                       {"sha256", subject.sha256},
                       {"version", result.report_version},
                       {"verdict", result.verdict}}},
                     {"allow_missing", result.allow_missing},
                     {"passed", result.passed},
                     {"conditions", conditions}};
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace semblance::gate_stage
