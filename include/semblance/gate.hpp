#pragma once
// Conditions on a finished report, for whoever publishes automatically: is this dataset to be held back?

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "semblance/report.hpp"

namespace semblance {

/// One `--fail-if`: METRIC[@fdrPERCENT | @fmrRATE][[matcher=NAME]] OPERATOR NUMBER, as in "leaked_identities@fdr5 > 0"
/// or "verdict == found" (docs/gate.md).
struct GateCondition {
  enum class Level { none, fdr, fmr };
  enum class Operator { greater, at_least, less, at_most, equal, unequal };

  std::string expression;  ///< as given
  std::string metric;
  Level level = Level::none;
  double at = 0;                       ///< the level, as a share: 0.05 for @fdr5
  std::optional<std::string> matcher;  ///< none: every matcher is looked at
  Operator op = Operator::greater;
  std::variant<double, std::string> limit;  ///< a word for the verdict, else a number
};

/// Throws Error{usage}, subject "--fail-if", naming the expression, the position in it and the way out.
GateCondition parse_gate_condition(std::string_view expression);

/// Throws Error{usage} when a condition's level is not among those that an audit is asked for: it could never be
/// decided. For use before a long run.
void check_gate_levels(const std::vector<GateCondition>& conditions, const std::vector<double>& fdr,
                       const std::vector<double>& fmr);

/// The same for matchers: throws Error{usage} when a condition names one that is not among `names`.
void check_gate_matchers(const std::vector<GateCondition>& conditions, const std::vector<std::string>& names);

struct GateOutcome {
  enum class State {
    passed,   ///< the condition does not hold
    failed,   ///< it holds
    missing,  ///< the report can't decide it, which fails
    skipped,  ///< the same, allowed by `allow_missing`
  };
  GateCondition condition;
  State state = State::missing;
  std::variant<std::monostate, double, std::string> value;  ///< that decided; monostate: none
  std::string matcher;  ///< whose value it is, as in the report; empty: the report's
  std::string meaning;  ///< of the metric, a phrase
  std::string reason;   ///< a sentence: what was compared, or why nothing could be
};

struct GateResult {
  std::vector<GateOutcome> outcomes;  ///< one a condition, in their order
  bool allow_missing = false;
  bool passed = false;  ///< no outcome is failed or missing
  std::string verdict;  ///< of the report: "found", "not-found", "no-control"
  std::string report_version;
};

/// Holds the conditions against a report. A condition without [matcher=NAME] holds if it does for any matcher, and
/// shows the one that decided: the largest value for > and >=, the smallest for < and <=. What the report does not have
/// (no hold-out set, no pictures, ...) for a matcher that was asked about is `missing`, unless another matcher's value
/// fails the condition anyway. Needs the model's removal list, no other list. Throws Error{usage} naming the expression
/// where it asks for a level, a matcher or a qualifier that the report does not have. Deterministic.
GateResult evaluate_gate(const ReportModel& model, const std::vector<GateCondition>& conditions, bool allow_missing);

/// A metric, at one of its levels and by one matcher, with its value in a report.
struct GateMetric {
  std::string name;     ///< as a condition names it, with its level: "leaked_identities@fdr5"
  std::string meaning;  ///< a phrase
  std::string matcher;  ///< empty: of the report
  std::variant<std::monostate, double, std::string> value;
  std::string missing;  ///< why there is no value
};

/// Every metric with the report's values, levels as the report has them.
std::vector<GateMetric> gate_metrics(const ReportModel& model);

enum class GateFormat { json, junit, sarif };

/// By the extension: .json (schema semblance-gate/1), .xml (JUnit), .sarif (SARIF 2.1.0). Throws Error{usage}.
GateFormat gate_format(const std::filesystem::path& file);

/// Which report was judged.
struct GateSubject {
  std::string location;  ///< of the folder, as the user named it
  std::string sha256;    ///< of its report.json
};

/// The result as a file's text, UTF-8: broken bytes become U+FFFD, and in XML control characters and those that turn
/// the writing direction are shown by their code point. A function of its arguments alone, without times.
std::string gate_summary(const GateResult& result, const GateSubject& subject, GateFormat format);

/// Where a summary can't be written: throws Error{output} if the file is there and `overwrite` isn't set or it is not a
/// summary. For use before a long run; write_gate_summary checks again.
void check_gate_summary_file(const std::filesystem::path& file, bool overwrite);

/// Writes the summary in the format of the file's extension, whole or not at all.
void write_gate_summary(const GateResult& result, const GateSubject& subject, const std::filesystem::path& file,
                        bool overwrite);

}  // namespace semblance
