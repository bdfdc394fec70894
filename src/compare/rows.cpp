#include "compare/rows.hpp"

#include <algorithm>
#include <cmath>
#include <functional>

#include "gate/metrics.hpp"

namespace semblance::compare_stage {

using gate_stage::same_level;

namespace {

// What is no number is no level: a report may have been edited.
void add_level(std::vector<double>& levels, double level) {
  if (std::isnan(level)) return;
  if (std::ranges::none_of(levels, [&](double known) { return same_level(known, level); })) levels.push_back(level);
}

}  // namespace

std::vector<Row> rows_of(const ReportComparison& comparison) {
  std::vector<Row> rows;
  for (const ComparedReport& report : comparison.reports) {
    for (const auto& matcher : report.model.matchers) rows.push_back({&report, &matcher});
  }
  return rows;
}

std::vector<double> fdr_levels(const ReportComparison& comparison) {
  std::vector<double> levels;
  for (const Row& row : rows_of(comparison)) {
    for (const auto& list : row.matcher->identity_lists) add_level(levels, list.q);
    for (const auto& list : row.matcher->image_lists) add_level(levels, list.q);
  }
  std::ranges::sort(levels);
  return levels;
}

std::vector<double> fmr_levels(const ReportComparison& comparison) {
  std::vector<double> levels;
  for (const Row& row : rows_of(comparison)) {
    for (const auto& threshold : row.matcher->thresholds) add_level(levels, threshold.fmr);
  }
  std::ranges::sort(levels, std::greater<>());
  return levels;
}

std::optional<std::size_t> count_at(const std::vector<ReportModel::List>& lists, double q) {
  const auto at = std::ranges::find_if(lists, [&](const auto& list) { return same_level(list.q, q); });
  return at == lists.end() ? std::nullopt : std::optional(at->count);
}

const ReportModel::Threshold* threshold_at(const ReportModel::Matcher& matcher, double fmr) {
  const auto at = std::ranges::find_if(matcher.thresholds, [&](const auto& row) { return same_level(row.fmr, fmr); });
  return at == matcher.thresholds.end() ? nullptr : &*at;
}

std::optional<double> excess_pairs(const ReportModel::Threshold& threshold) {
  if (!threshold.expected_from_holdout) return std::nullopt;
  return static_cast<double>(threshold.pairs) - *threshold.expected_from_holdout;
}

std::optional<double> best_score(const ReportModel::Matcher& matcher) {
  return matcher.top.empty() ? std::nullopt : std::optional(matcher.top.front().score);
}

std::vector<std::string> guards_fired(const ReportModel::Guards& guards) {
  std::vector<std::string> fired;
  if (guards.train.fires) fired.emplace_back("hubs");
  if (guards.control && guards.control->fires) fired.emplace_back("control");
  if (!guards.overlaps.empty()) fired.emplace_back("overlap");
  if (guards.matcher_bias && guards.matcher_bias->fires) fired.emplace_back("matcher-bias");
  return fired;
}

std::string fdr_name(double q) { return gate_stage::level_text(GateCondition::Level::fdr, q); }
std::string fmr_name(double fmr) { return gate_stage::level_text(GateCondition::Level::fmr, fmr); }

}  // namespace semblance::compare_stage
