// JUnit's XML, as CI servers read it: a test case a condition, <failure> where it blocks, <skipped> where it may be
// missing.

#include <fmt/format.h>

#include <algorithm>

#include "gate/summary.hpp"
#include "report/text.hpp"
#include "semblance/version.hpp"

namespace semblance::gate_stage {

using report_stage::html_text;

std::string junit_summary(const GateResult& result, const GateSubject& subject) {
  const auto count = [&](auto is) { return std::ranges::count_if(result.outcomes, is); };
  const auto failures = count([](const GateOutcome& o) { return blocks(o.state); });
  const auto skipped = count([](const GateOutcome& o) { return o.state == GateOutcome::State::skipped; });
  const std::string counts = fmt::format(R"(tests="{}" failures="{}" errors="0" skipped="{}" time="0")",
                                         result.outcomes.size(), failures, skipped);
  std::string xml = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";
  xml += fmt::format("<testsuites name=\"semblance gate\" {}>\n", counts);
  xml += fmt::format("  <testsuite name=\"semblance gate\" {}>\n    <properties>\n", counts);
  const auto property = [&](const char* name, const std::string& value) {
    xml += fmt::format("      <property name=\"{}\" value=\"{}\"/>\n", name, html_text(value));
  };
  property("schema", kGateSchema);
  property("version", kVersion);
  property("report", subject.location);
  property("report.sha256", subject.sha256);
  property("report.version", result.report_version);
  property("verdict", result.verdict);
  xml += "    </properties>\n";
  for (const GateOutcome& outcome : result.outcomes) {
    const std::string reason = html_text(outcome.reason);
    xml += fmt::format(R"(    <testcase classname="semblance.gate" name="{}" time="0")",
                       html_text(outcome.condition.expression));
    if (blocks(outcome.state)) {
      xml += fmt::format(">\n      <failure type=\"{}\" message=\"{}\">{}: {}</failure>\n    </testcase>\n",
                         state_name(outcome.state), reason, html_text(outcome.meaning), reason);
    } else if (outcome.state == GateOutcome::State::skipped) {
      xml += fmt::format(">\n      <skipped message=\"{}\"/>\n    </testcase>\n", reason);
    } else {
      xml += fmt::format(">\n      <system-out>{}</system-out>\n    </testcase>\n", reason);
    }
  }
  return xml + "  </testsuite>\n</testsuites>\n";
}

}  // namespace semblance::gate_stage
