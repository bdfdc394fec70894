#pragma once
// The table: a row a report and matcher, the same for every file.

#include <string>
#include <vector>

#include "semblance/compare.hpp"

namespace semblance::compare_stage {

struct Row {
  const ComparedReport* report = nullptr;
  const ReportModel::Matcher* matcher = nullptr;
};

std::vector<Row> rows_of(const ReportComparison& comparison);

/// Every level that any report has: false discovery rates rising, false match rates falling.
std::vector<double> fdr_levels(const ReportComparison& comparison);
std::vector<double> fmr_levels(const ReportComparison& comparison);

/// How many are listed at the level; none: the report has no such list.
std::optional<std::size_t> count_at(const std::vector<ReportModel::List>& lists, double q);
const ReportModel::Threshold* threshold_at(const ReportModel::Matcher& matcher, double fmr);
/// Pairs less what the hold-out gives, scaled to the training set; none without a hold-out.
std::optional<double> excess_pairs(const ReportModel::Threshold& threshold);
std::optional<double> best_score(const ReportModel::Matcher& matcher);

/// Names of the guards that fire: "hubs", "control", "overlap", "matcher-bias".
std::vector<std::string> guards_fired(const ReportModel::Guards& guards);

/// "@fdr5", "@fmr1e-06", as conditions of a gate have them.
std::string fdr_name(double q);
std::string fmr_name(double fmr);

}  // namespace semblance::compare_stage
