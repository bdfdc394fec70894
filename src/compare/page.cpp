// compare.html: what can be said first, then the figures, then the tables.

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>

#include "compare/notes.hpp"
#include "compare/output.hpp"
#include "compare/rows.hpp"
#include "report/text.hpp"

namespace semblance::compare_stage {

namespace {

constexpr std::size_t kLongestName = 32;  // on an axis
constexpr std::size_t kMostSentences = 3;

std::string count_text(std::uint64_t count) { return fmt::format("{}", fmt::group_digits(count)); }
std::string share_text(double share) {
  if (!std::isfinite(share)) return "–";
  return share == 0 ? "0%" : fmt::format("{:.3g}%", 100 * share);
}
std::string number_text(double number) {
  if (!std::isfinite(number)) return "–";
  if (std::abs(number) >= 100) {
    return (number < 0 ? "-" : "") +
           count_text(static_cast<std::uint64_t>(std::llround(std::min(std::abs(number), 9e18))));
  }
  return fmt::format("{:.3g}", number);
}
template <class T, class Text>
std::string maybe(const std::optional<T>& value, Text text) {
  return value ? text(*value) : std::string("–");
}

// The first code points of a long name, so that an axis stays an axis.
std::string short_name(const std::string& name) {
  const std::string visible = report_stage::visible_text(name);
  std::size_t bytes = 0;
  std::size_t shown = 0;
  while (bytes < visible.size() && shown < kLongestName) {
    ++bytes;
    while (bytes < visible.size() && (static_cast<unsigned char>(visible[bytes]) & 0xc0U) == 0x80U) ++bytes;
    ++shown;
  }
  return bytes < visible.size() ? visible.substr(0, bytes) + "…" : visible;
}

std::vector<std::string> axis_names(const ReportComparison& comparison) {
  std::vector<std::string> names;
  for (const ComparedReport& report : comparison.reports) names.push_back(short_name(report.name));
  return names;
}

// Series of several matchers stand side by side over a report's name.
double offset(std::size_t matcher, std::size_t matchers) {
  constexpr double kWidth = 0.3;
  if (matchers < 2) return 0;
  return kWidth * (static_cast<double>(matcher) / static_cast<double>(matchers - 1) - 0.5);
}

Page::Chart rate_chart(const ReportComparison& comparison) {
  Page::Chart chart{.title = "How much leaks",
                    .x_label = "report",
                    .y_label = "leak rate",
                    .x_names = axis_names(comparison),
                    .caption =
                        "Estimated share of the training people who leaked, with its 95% interval. Intervals "
                        "that overlap rank nothing."};
  const auto matchers = matcher_names(comparison.reports);
  for (std::size_t k = 0; k < matchers.size(); ++k) {
    Page::Series series{.name = short_name(matchers[k]), .x = {}, .y = {}, .style = Page::Style::whiskers};
    for (std::size_t i = 0; i < comparison.reports.size(); ++i) {
      const ReportModel& model = comparison.reports[i].model;
      const std::size_t at = matcher_index(model, matchers[k]);
      if (at == std::string::npos || !model.matchers[at].leak_rate) continue;
      const auto& rate = *model.matchers[at].leak_rate;
      series.x.push_back(static_cast<double>(i) + offset(k, matchers.size()));
      series.y.push_back(rate.estimate);
      series.lower.push_back(rate.low);
      series.upper.push_back(rate.high);
    }
    if (!series.x.empty()) chart.series.push_back(std::move(series));
  }
  return chart;
}

// The strictest rate at which every report's threshold is well founded; else the laxest that any has.
std::optional<double> charted_fmr(const ReportComparison& comparison) {
  const std::vector<double> levels = fmr_levels(comparison);
  std::optional<double> best;
  for (const double level : levels) {
    const auto rows = rows_of(comparison);
    const bool sound = std::ranges::all_of(rows, [&](const Row& row) {
      const auto* threshold = threshold_at(*row.matcher, level);
      return threshold != nullptr && threshold->resolved && threshold->rule_of_30;
    });
    if (sound || !best) best = level;
  }
  return best;
}

Page::Chart excess_chart(const ReportComparison& comparison, double fmr) {
  Page::Chart chart{.title = fmt::format("Pairs beyond chance at FMR {:g}", fmr),
                    .x_label = "report",
                    .y_label = "excess pairs",
                    .x_names = axis_names(comparison),
                    .caption =
                        "Training pairs at or over the threshold, less what the hold-out set, scaled to the "
                        "training set, gives. No interval is known: pairs of one image are not independent."};
  const auto matchers = matcher_names(comparison.reports);
  for (std::size_t k = 0; k < matchers.size(); ++k) {
    Page::Series series{.name = short_name(matchers[k]), .x = {}, .y = {}, .style = Page::Style::whiskers};
    for (std::size_t i = 0; i < comparison.reports.size(); ++i) {
      const ReportModel& model = comparison.reports[i].model;
      const std::size_t at = matcher_index(model, matchers[k]);
      if (at == std::string::npos) continue;
      const auto* threshold = threshold_at(model.matchers[at], fmr);
      const auto excess = threshold == nullptr ? std::nullopt : excess_pairs(*threshold);
      if (!excess) continue;
      series.x.push_back(static_cast<double>(i) + offset(k, matchers.size()));
      series.y.push_back(*excess);
      series.lower.push_back(std::nan(""));
      series.upper.push_back(std::nan(""));
    }
    if (!series.x.empty()) chart.series.push_back(std::move(series));
  }
  return chart;
}

Page::Table rate_table(const ReportComparison& comparison) {
  Page::Table table{.caption = "Verdicts and leak rates. p: of the verdict, after Holm, and of the matcher alone",
                    .columns = {"report", "matcher", "verdict", "p", "p alone", "leak rate", "95% interval",
                                "95% upper bound", "found from"},
                    .rows = {}};
  const auto p_text = [](double p) { return fmt::format("{:.3g}", p); };
  for (const auto& [report, matcher] : rows_of(comparison)) {
    const auto& rate = matcher->leak_rate;
    table.rows.push_back(
        {report->name, matcher->name, report->model.verdict.leakage, maybe(report->model.verdict.p, p_text),
         maybe(matcher->global_p, p_text), rate ? share_text(rate->estimate) : "–",
         rate ? share_text(rate->low) + " to " + share_text(rate->high) : "–", rate ? share_text(rate->upper95) : "–",
         rate ? maybe(rate->minimum_detectable, share_text) : "–"});
  }
  return table;
}

Page::Table difference_table(const ReportComparison& comparison) {
  Page::Table table{
      .caption = "Differences of the leak rates, in points; intervals as if the two were independent",
      .columns = {"first", "second", "matcher", "leaks more", "difference", "95% interval", "shared sets"},
      .rows = {}};
  const auto points = [](double share) { return fmt::format("{:+.3g}", 100 * share); };
  const auto more = [](const RateDifference& d) -> std::string {
    if (d.unnamed) return "can’t be said: the matcher isn’t named";
    if (d.overlap) return "can’t be said: the intervals overlap";
    return d.difference > 0 ? d.first : d.second;
  };
  const auto shared = [](const RateDifference& d) -> std::string {
    if (d.same_train && d.same_holdout) return "both";
    if (d.same_train) return "training";
    return d.same_holdout ? "hold-out" : "none";
  };
  for (const RateDifference& d : comparison.differences) {
    table.rows.push_back({d.first, d.second, d.matcher, more(d), points(d.difference),
                          points(d.low) + " to " + points(d.high), shared(d)});
  }
  return table;
}

Page::Table list_table(const ReportComparison& comparison) {
  const std::vector<double> levels = fdr_levels(comparison);
  Page::Table table{.caption = "Who and what is listed, by false discovery rate",
                    .columns = {"report", "matcher", "people tested"},
                    .rows = {}};
  for (const double q : levels) table.columns.push_back(fmt::format("people at {:g}%", 100 * q));
  for (const double q : levels) table.columns.push_back(fmt::format("images at {:g}%", 100 * q));
  table.columns.emplace_back("synthetic images");
  table.columns.emplace_back("best score");
  for (const auto& [report, matcher] : rows_of(comparison)) {
    auto& row = table.rows.emplace_back(
        std::vector<std::string>{report->name, matcher->name, count_text(matcher->identities_tested)});
    for (const double q : levels) row.push_back(maybe(count_at(matcher->identity_lists, q), count_text));
    for (const double q : levels) row.push_back(maybe(count_at(matcher->image_lists, q), count_text));
    row.push_back(count_text(report->model.synthetic.items));
    row.push_back(maybe(best_score(*matcher),
                        [](double s) { return std::isfinite(s) ? fmt::format("{:.4f}", s) : std::string("–"); }));
  }
  return table;
}

Page::Table pair_table(const ReportComparison& comparison) {
  Page::Table table{
      .caption =
          "Pairs at or over the threshold of each false match rate, beside what chance and the "
          "hold-out set, scaled to the training set, give",
      .columns = {"report", "matcher", "false match rate", "pairs", "by chance", "from the hold-out", "excess"},
      .rows = {}};
  for (const auto& [report, matcher] : rows_of(comparison)) {
    for (const double level : fmr_levels(comparison)) {
      const auto* threshold = threshold_at(*matcher, level);
      if (threshold == nullptr) continue;
      table.rows.push_back({report->name, matcher->name, fmt::format("{:g}", level), count_text(threshold->pairs),
                            number_text(threshold->expected_by_chance),
                            maybe(threshold->expected_from_holdout, number_text),
                            maybe(excess_pairs(*threshold), number_text)});
    }
  }
  return table;
}

Page::Table guard_table(const ReportComparison& comparison) {
  Page::Table table{.caption = "Guards, near-copies and sets",
                    .columns = {"report", "matcher", "hub share (top 1%)", "guards that fire", "near-copies",
                                "training images", "training people", "held-out images", "held-out people", "version"},
                    .rows = {}};
  for (const auto& [report, matcher] : rows_of(comparison)) {
    const ReportModel& model = report->model;
    const auto fired = guards_fired(matcher->guards);
    const auto& copies = matcher->guards.near_copies;
    table.rows.push_back(
        {report->name, matcher->name, share_text(matcher->guards.train.top_percent),
         fired.empty() ? "none" : fmt::format("{}", fmt::join(fired, ", ")),
         copies ? fmt::format("{} of {}", count_text(copies->pairs.near_copies), count_text(copies->pairs.checked))
                : "not looked for",
         count_text(model.train.items), model.train.labelled ? count_text(model.train.identities) : "–",
         model.holdout ? count_text(model.holdout->items) : "–",
         model.holdout && model.holdout->labelled ? count_text(model.holdout->identities) : "–", model.version});
  }
  return table;
}

Page::Section people_section(const ReportComparison& comparison) {
  Page::Table table{.caption = "People listed in both reports or in one of them",
                    .columns = {"first", "second", "matcher", "false discovery rate", "in both", "only in the first",
                                "only in the second"},
                    .rows = {}};
  for (const ListedPeople& people : comparison.people) {
    if (people.both + people.only_first + people.only_second == 0) continue;
    table.rows.push_back({people.first, people.second, people.matcher, share_text(people.q), count_text(people.both),
                          count_text(people.only_first), count_text(people.only_second)});
  }
  if (table.rows.empty()) {
    return {.heading = "Who is listed where",
            .paragraphs = {"Nobody is listed in any report."},
            .tables = {},
            .charts = {}};
  }
  return {
      .heading = "Who is listed where",
      .paragraphs = {"A person who is listed in one report alone need not have leaked in that one alone: a list "
                     "holds those whom the evidence suffices for. Every such person, with the evidence of every "
                     "report, is in compare-people.csv. Pairs of reports where nobody is listed are left out here."},
      .tables = {std::move(table)},
      .charts = {}};
}

}  // namespace

Page comparison_page(const ReportComparison& comparison) {
  Page page;
  page.title = "Reports compared";
  page.data_file = "compare.json";
  std::vector<std::string> verdicts;
  for (const ComparedReport& report : comparison.reports) {
    verdicts.push_back(fmt::format("{}: {}", report.name,
                                   report.model.verdict.leakage == "found"       ? "leakage found"
                                   : report.model.verdict.leakage == "not-found" ? "no leakage found"
                                                                                 : "no verdict"));
  }
  page.lead = fmt::format("{} reports. {}.", comparison.reports.size(), fmt::join(verdicts, "; "));
  if (!comparison.notes.empty()) {
    page.sections.push_back(
        {.heading = "Before you compare", .paragraphs = comparison.notes, .tables = {}, .charts = {}});
  }
  Page::Section rates{.heading = "Leak rates", .paragraphs = {}, .tables = {}, .charts = {}};
  // Sentences for a few; who compares ten checkpoints reads the table.
  if (comparison.differences.size() <= kMostSentences) {
    for (const RateDifference& d : comparison.differences) rates.paragraphs.push_back(d.sentence);
  }
  if (!comparison.differences.empty()) {
    rates.paragraphs.emplace_back(
        "The interval of a difference is put together from the two intervals (MOVER; Zou and Donner 2008). Where two "
        "reports share a set, its luck is in both, and the true interval is usually narrower; nothing here counts on "
        "that. A rate counts leaks as good as another photograph of the person, as in every report.");
  } else {
    rates.paragraphs.emplace_back(
        "No two reports have a leak rate by the same matcher, so no rates are held against each other.");
  }
  rates.tables.push_back(rate_table(comparison));
  if (!comparison.differences.empty()) rates.tables.push_back(difference_table(comparison));
  if (Page::Chart chart = rate_chart(comparison); !chart.series.empty()) rates.charts.push_back(std::move(chart));
  page.sections.push_back(std::move(rates));
  page.sections.push_back({.heading = "Lists", .paragraphs = {}, .tables = {list_table(comparison)}, .charts = {}});
  if (!comparison.people.empty()) page.sections.push_back(people_section(comparison));
  Page::Section pairs{.heading = "Pairs", .paragraphs = {}, .tables = {pair_table(comparison)}, .charts = {}};
  if (const auto fmr = charted_fmr(comparison)) {
    if (Page::Chart chart = excess_chart(comparison, *fmr); !chart.series.empty())
      pairs.charts.push_back(std::move(chart));
  }
  page.sections.push_back(std::move(pairs));
  page.sections.push_back(
      {.heading = "Guards and sets", .paragraphs = {}, .tables = {guard_table(comparison)}, .charts = {}});
  return page;
}

}  // namespace semblance::compare_stage
