#include "review/report_tables.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>

#include "base/sha256.hpp"
#include "semblance/error.hpp"
#include "semblance/report_file.hpp"

namespace semblance::review_stage {
namespace {

const ReportModel::Matcher& find_matcher(const ReportModel& report, const std::string& name) {
  std::vector<std::string> names;
  for (const ReportModel::Matcher& matcher : report.matchers) {
    if (name.empty() || matcher.name == name) return matcher;
    names.push_back(matcher.name);
  }
  throw Error(ErrorCode::usage, "review", "--matcher",
              fmt::format("'{}' isn't in the report; its matchers are {}", name, fmt::join(names, ", ")));
}

}  // namespace

ReportTables read_report_tables(const std::filesystem::path& folder, const std::string& name) {
  const ReportModel report = read_report(folder, {.removal = false, .identities = true, .control = true});
  const ReportModel::Matcher& matcher = find_matcher(report, name);
  ReportTables tables;
  tables.matcher = matcher.name;
  tables.report_sha256 = sha256_file(folder / "report.json");
  if (report.holdout) {
    if (matcher.holdout_people.empty()) {
      throw Error(ErrorCode::input, "review", (folder / "control-people.csv").string(),
                  "is missing or names nobody, though the report has a hold-out: an earlier version made it; run the "
                  "audit again");
    }
    for (const ReportModel::List& list : matcher.identity_lists) tables.fdr = std::max(tables.fdr.value_or(0), list.q);
  }
  for (const ReportModel::IdentityRow& row : matcher.identities) {
    if (!std::isfinite(row.best)) continue;
    tables.training.push_back({.person = row.id,
                               .real = row.best_train,
                               .synthetic = row.best_synthetic,
                               .score = row.best,
                               .listed = tables.fdr && row.q && *row.q <= *tables.fdr});
  }
  for (const ReportModel::HoldoutPerson& row : matcher.holdout_people) {
    if (!std::isfinite(row.best)) continue;
    tables.holdout.push_back({.person = row.id,
                              .real = row.best_holdout,
                              .synthetic = row.best_synthetic,
                              .score = row.best,
                              .listed = false});
  }
  return tables;
}

}  // namespace semblance::review_stage
