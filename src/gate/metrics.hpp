#pragma once
// What conditions can ask for.

#include <optional>
#include <span>
#include <string>

#include "semblance/gate.hpp"

namespace semblance::gate_stage {

/// A metric's value, or why there is none.
struct Value {
  std::optional<double> number;
  std::string text;     ///< instead of a number: the verdict
  std::string missing;  ///< a phrase
  std::string note;     ///< what the reader should know beside the number; may be empty
};

struct Metric {
  const char* name;
  GateCondition::Level level;
  const char* meaning;
  Value (*of_report)(const ReportModel&, double at);                                ///< null: of matchers alone
  Value (*of_matcher)(const ReportModel&, const ReportModel::Matcher&, double at);  ///< null: of the report alone
};

std::span<const Metric> all_metrics();
const Metric* find_metric(std::string_view name);

/// The levels of the kind that the report has, for its consensus, too.
std::vector<double> levels_of(const ReportModel& model, GateCondition::Level level);

/// "@fdr5", "@fmr1e-06", or nothing.
std::string level_text(GateCondition::Level level, double at);

/// Levels are given as decimals and kept as float64.
bool same_level(double x, double y);

const char* operator_text(GateCondition::Operator op);

}  // namespace semblance::gate_stage
