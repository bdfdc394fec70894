// compare.csv and compare-people.csv. Columns: docs/compare.md.

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cmath>

#include "base/csv.hpp"
#include "compare/output.hpp"
#include "compare/rows.hpp"

namespace semblance::compare_stage {

namespace {

class Line {
 public:
  void add(std::string_view text) { (text_ += csv_field(text)) += ','; }
  void add(const std::string& text) { add(std::string_view(text)); }
  void add(const char* text) { add(std::string_view(text)); }
  void add(double number) { (text_ += std::isfinite(number) ? csv_number(number) : std::string()) += ','; }
  void add(std::integral auto number) { (text_ += std::to_string(number)) += ','; }
  template <class T>
  void add(const std::optional<T>& maybe) {
    if (maybe) {
      add(*maybe);
    } else {
      text_ += ',';
    }
  }
  [[nodiscard]] std::string str() const { return text_.substr(0, text_.size() - 1) + "\n"; }

 private:
  std::string text_;
};

}  // namespace

std::string rows_csv(const ReportComparison& comparison) {
  const std::vector<double> fdr = fdr_levels(comparison), fmr = fmr_levels(comparison);
  Line header;
  for (const char* name : {"report", "matcher", "verdict", "p", "matcher_p", "leak_rate", "leak_rate_low",
                           "leak_rate_high", "leak_rate_upper95", "minimum_detectable", "identities_tested"}) {
    header.add(name);
  }
  for (const double q : fdr) header.add("leaked_identities" + fdr_name(q));
  for (const double q : fdr) header.add("leaked_images" + fdr_name(q));
  header.add("best_score");
  for (const double rate : fmr) {
    for (const char* name : {"pairs", "expected_by_chance", "expected_from_holdout", "excess_pairs"}) {
      header.add(name + fmr_name(rate));
    }
  }
  for (const char* name : {"hub_share", "guards_fired", "near_copies_checked", "near_copies", "train_images",
                           "train_people", "synthetic_images", "holdout_images", "holdout_people", "version"}) {
    header.add(name);
  }
  std::string csv = header.str();
  for (const auto& [report, matcher] : rows_of(comparison)) {
    const ReportModel& model = report->model;
    const auto rate = [&](double ReportModel::LeakRate::*member) {
      return matcher->leak_rate ? std::optional((*matcher->leak_rate).*member) : std::nullopt;
    };
    Line line;
    line.add(report->name);
    line.add(matcher->name);
    line.add(model.verdict.leakage);
    line.add(model.verdict.p);
    line.add(matcher->global_p);
    line.add(rate(&ReportModel::LeakRate::estimate));
    line.add(rate(&ReportModel::LeakRate::low));
    line.add(rate(&ReportModel::LeakRate::high));
    line.add(rate(&ReportModel::LeakRate::upper95));
    line.add(matcher->leak_rate ? matcher->leak_rate->minimum_detectable : std::nullopt);
    line.add(matcher->identities_tested);
    for (const double q : fdr) line.add(count_at(matcher->identity_lists, q));
    for (const double q : fdr) line.add(count_at(matcher->image_lists, q));
    line.add(best_score(*matcher));
    for (const double level : fmr) {
      const auto* threshold = threshold_at(*matcher, level);
      line.add(threshold != nullptr ? std::optional(threshold->pairs) : std::nullopt);
      line.add(threshold != nullptr ? std::optional(threshold->expected_by_chance) : std::nullopt);
      line.add(threshold != nullptr ? threshold->expected_from_holdout : std::nullopt);
      line.add(threshold != nullptr ? excess_pairs(*threshold) : std::nullopt);
    }
    line.add(matcher->guards.train.top_percent);
    line.add(fmt::format("{}", fmt::join(guards_fired(matcher->guards), " ")));
    const auto& copies = matcher->guards.near_copies;
    line.add(copies ? std::optional(copies->pairs.checked) : std::nullopt);
    line.add(copies ? std::optional(copies->pairs.near_copies) : std::nullopt);
    line.add(model.train.items);
    line.add(model.train.identities);
    line.add(model.synthetic.items);
    line.add(model.holdout ? std::optional(model.holdout->items) : std::nullopt);
    line.add(model.holdout ? std::optional(model.holdout->identities) : std::nullopt);
    line.add(model.version);
    csv += line.str();
  }
  return csv;
}

std::string people_csv(const ReportComparison& comparison) {
  std::string csv = "person,report,matcher,listed_at_fdr,q,p,best\n";
  for (const ListedPerson& row : comparison.persons) {
    Line line;
    line.add(row.person);
    line.add(row.report);
    line.add(row.matcher);
    line.add(row.listed_at_fdr);
    line.add(row.q);
    line.add(row.p);
    line.add(row.best);
    csv += line.str();
  }
  return csv;
}

}  // namespace semblance::compare_stage
