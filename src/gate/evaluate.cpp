#include <fmt/format.h>

#include <algorithm>

#include "gate/metrics.hpp"
#include "semblance/error.hpp"

namespace semblance {

using namespace gate_stage;
using Level = GateCondition::Level;
using Operator = GateCondition::Operator;
using State = GateOutcome::State;

namespace {

template <class T>
bool holds(const T& value, Operator op, const T& limit) {
  switch (op) {
    case Operator::greater:
      return value > limit;
    case Operator::at_least:
      return value >= limit;
    case Operator::less:
      return value < limit;
    case Operator::at_most:
      return value <= limit;
    case Operator::equal:
      return value == limit;
    case Operator::unequal:
      return value != limit;
  }
  return true;
}

/// What one matcher, or the report as a whole, says.
struct Answer {
  std::string matcher;
  Value value;
};

std::vector<Answer> answers(const ReportModel& model, const GateCondition& condition, const Metric& metric) {
  if (!condition.matcher) {
    if (metric.of_report != nullptr) return {{{}, metric.of_report(model, condition.at)}};
    std::vector<Answer> all;
    for (const auto& m : model.matchers) all.push_back({m.name, metric.of_matcher(model, m, condition.at)});
    return all;
  }
  for (const auto& m : model.matchers) {
    if (m.name == *condition.matcher) return {{m.name, metric.of_matcher(model, m, condition.at)}};
  }
  throw Error(ErrorCode::internal, "gate", condition.expression, "names a matcher that was not checked");
}

bool holds(const Value& value, const GateCondition& condition) {
  if (const auto* word = std::get_if<std::string>(&condition.limit)) return holds(value.text, condition.op, *word);
  return holds(*value.number, condition.op, std::get<double>(condition.limit));
}

// Which of two values is the nearer to fail: it is the one to show.
bool worse(const Answer& x, const Answer& y, const GateCondition& condition) {
  if (holds(x.value, condition) != holds(y.value, condition)) return holds(x.value, condition);
  if (!x.value.number) return false;
  const bool small_is_worse = condition.op == Operator::less || condition.op == Operator::at_most;
  return small_is_worse ? *x.value.number < *y.value.number : *x.value.number > *y.value.number;
}

std::string shown(const Value& value) { return value.number ? fmt::format("{:.6g}", *value.number) : value.text; }
std::string shown(const std::variant<double, std::string>& limit) {
  return std::holds_alternative<double>(limit) ? fmt::format("{:.6g}", std::get<double>(limit))
                                               : std::get<std::string>(limit);
}

std::string by(const std::string& matcher) { return matcher.empty() ? std::string() : " by matcher " + matcher; }

// A verdict that couldn't be reached answers no question but whether it was: "verdict == found" must not pass by it.
void leave_open(std::vector<Answer>& all, const GateCondition& condition) {
  for (Answer& answer : all) {
    if (answer.value.text != "no-control" || holds(answer.value, condition)) continue;
    if (std::get<std::string>(condition.limit) != "no-control") answer.value.missing = "there was no hold-out set";
  }
}

GateOutcome judge(const ReportModel& model, const GateCondition& condition, bool allow_missing) {
  const Metric& metric = *find_metric(condition.metric);
  GateOutcome outcome{.condition = condition, .value = {}, .matcher = {}, .meaning = metric.meaning, .reason = {}};
  const std::string name = metric.name + level_text(condition.level, condition.at);
  std::vector<Answer> all = answers(model, condition, metric);
  leave_open(all, condition);
  const Answer* worst = nullptr;
  const Answer* absent = nullptr;
  for (const Answer& answer : all) {
    if (!answer.value.missing.empty()) {
      if (absent == nullptr) absent = &answer;
    } else if (worst == nullptr || worse(answer, *worst, condition)) {
      worst = &answer;
    }
  }
  const bool fails = worst != nullptr && holds(worst->value, condition);
  if (absent != nullptr && !fails) {
    outcome.state = allow_missing ? State::skipped : State::missing;
    outcome.matcher = absent->matcher;
    outcome.reason = fmt::format("{}{} has no value: {}.", name, by(absent->matcher), absent->value.missing);
    return outcome;
  }
  outcome.state = fails ? State::failed : State::passed;
  outcome.matcher = worst->matcher;
  if (worst->value.number) {
    outcome.value = *worst->value.number;
  } else {
    outcome.value = worst->value.text;
  }
  outcome.reason = fmt::format("{}{} is {}; {} {} {}{}.", name, by(worst->matcher), shown(worst->value),
                               operator_text(condition.op), shown(condition.limit), fails ? "holds" : "does not hold",
                               worst->value.note.empty() ? std::string() : " (" + worst->value.note + ")");
  return outcome;
}

}  // namespace

GateResult evaluate_gate(const ReportModel& model, const std::vector<GateCondition>& conditions, bool allow_missing) {
  GateResult result{.outcomes = {},
                    .allow_missing = allow_missing,
                    .passed = true,
                    .verdict = model.verdict.leakage,
                    .report_version = model.version};
  // Without a hold-out set the report has no lists, so any level of theirs is missing, not unknown.
  const std::vector<double> fmr = levels_of(model, Level::fmr);
  const std::vector<double> fdr = levels_of(model, Level::fdr);
  std::vector<std::string> names;
  for (const auto& m : model.matchers) names.push_back(m.name);
  check_gate_matchers(conditions, names);
  for (const GateCondition& condition : conditions) {
    if (condition.level != Level::fdr || !fdr.empty()) check_gate_levels({condition}, fdr, fmr);
    const GateOutcome& outcome = result.outcomes.emplace_back(judge(model, condition, allow_missing));
    result.passed = result.passed && outcome.state != State::failed && outcome.state != State::missing;
  }
  return result;
}

std::vector<GateMetric> gate_metrics(const ReportModel& model) {
  std::vector<GateMetric> table;
  const auto add = [&](const Metric& metric, double at, const std::string& matcher, const Value& value) {
    GateMetric& row = table.emplace_back();
    row.name = metric.name + (at > 0 ? level_text(metric.level, at) : std::string());
    row.meaning = metric.meaning;
    row.matcher = matcher;
    row.missing = value.missing;
    if (value.number) row.value = *value.number;
    if (!value.text.empty()) row.value = value.text;
  };
  for (const Metric& metric : all_metrics()) {
    std::vector<double> levels = levels_of(model, metric.level);
    if (levels.empty()) levels.push_back(0);
    for (const double at : levels) {
      if (metric.of_report != nullptr) add(metric, at, {}, metric.of_report(model, at));
      // A single matcher's own value is the report's.
      if (metric.of_matcher == nullptr || (metric.of_report != nullptr && model.matchers.size() == 1)) continue;
      for (const auto& m : model.matchers) add(metric, at, m.name, metric.of_matcher(model, m, at));
    }
  }
  return table;
}

}  // namespace semblance
