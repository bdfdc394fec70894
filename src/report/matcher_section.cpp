// One matcher's part of the page: key figures, distributions, thresholds, people, pairs, the global test.

#include <fmt/format.h>

#include <algorithm>

#include "report/numbers.hpp"
#include "report/sections.hpp"
#include "report/text.hpp"

namespace semblance::report_stage {

namespace {

using Matcher = ReportModel::Matcher;

void write_figure(Html& html, const std::string& name, const std::string& value, const std::string& note) {
  html.raw("<div><dt>").raw(name).raw("</dt><dd class=\"value\">").raw(value).raw("</dd><dd class=\"note\">").raw(note);
  html.raw("</dd></div>\n");
}

void write_control_figures(Html& html, const ReportModel& model, const Matcher& matcher) {
  const std::string people = people_word(model);
  for (std::size_t i = matcher.identity_lists.size(); i-- > 0;) {
    const ReportModel::List& list = matcher.identity_lists[i];
    write_figure(html, fmt::format("listed at {} {}", term("fdr", "FDR"), percent_text(list.q)),
                 fmt::format("{} <small>of {}</small>", count_text(list.count), count_text(matcher.identities_tested)),
                 list.count == 0 ? people
                                 : fmt::format("{}; {} of the listed expected by chance", people,
                                               expected_text(list.q * static_cast<double>(list.count))));
  }
  if (matcher.leak_rate) {
    const ReportModel::LeakRate& rate = *matcher.leak_rate;
    write_figure(html, "estimated " + term("leak-rate", "leak rate"), percent_text(rate.estimate),
                 fmt::format("95% interval {} to {}", percent_text(rate.low), percent_text(rate.high)));
    write_figure(html, term("leak-rate", "leak rate") + " at most", percent_text(rate.upper95),
                 "one-sided 95% upper bound");
    write_figure(html, term("power", "would have been found"),
                 rate.minimum_detectable ? percent_text(*rate.minimum_detectable) + " or more" : "nothing",
                 rate.minimum_detectable ? "leak rate that this audit finds 95 times in 100"
                                         : "too few people for any leak rate");
  }
  if (matcher.global_p) {
    write_figure(
        html, term("global-test", "global test") + (model.matchers.size() > 1 ? ", this matcher alone" : " of leakage"),
        "p = " + small_text(*matcher.global_p),
        fmt::format("how often chance alone does as well; level {:g}", model.verdict.alpha));
  }
}

void write_figures(Html& html, const ReportModel& model, const Matcher& matcher) {
  html.raw("<dl class=\"figures\">\n");
  write_control_figures(html, model, matcher);
  if (!matcher.top.empty()) {
    const ReportModel::Pair& best = matcher.top.front();
    write_figure(html, "best pair&rsquo;s " + term("score", "score"), score_text(best.score),
                 "at an " + term("fmr", "FMR") + " of " + fmr_cell(matcher, best.fmr));
  }
  write_figure(html, "pairs scored", count_text(matcher.pairs_scored), "every training image with every synthetic one");
  html.raw("</dl>\n");
}

std::string evidence(const ReportModel::Threshold& threshold) {
  if (!threshold.resolved) return "none: beyond the data";
  return fmt::format("{} false matches{}", count_text(threshold.false_matches),
                     threshold.rule_of_30 ? "" : ", fewer than 30");
}

void write_thresholds(Html& html, const Matcher& matcher) {
  if (matcher.thresholds.empty()) return;
  html.raw("<h3>Matches at fixed false match rates</h3>\n");
  const auto any_control = std::any_of(matcher.thresholds.begin(), matcher.thresholds.end(),
                                       [](const auto& threshold) { return threshold.holdout_pairs.has_value(); });
  HtmlTable table{
      .caption = "Pairs of training and synthetic images at or over each threshold, beside what chance gives",
      .columns = {{"FMR"}, {"score from", true}, {"pairs", true}, {"expected by chance", true}},
      .rows = {}};
  if (any_control) {
    table.columns.push_back({"expected from hold-out", true});
    table.columns.push_back({"hold-out pairs", true});
  }
  table.columns.push_back({"what the threshold rests on"});
  for (const ReportModel::Threshold& threshold : matcher.thresholds) {
    std::vector<std::string> row = {rate_text(threshold.fmr), score_text(threshold.score), count_text(threshold.pairs),
                                    expected_text(threshold.expected_by_chance)};
    if (any_control) {
      row.push_back(threshold.expected_from_holdout ? expected_text(*threshold.expected_from_holdout) : kNone);
      row.push_back(threshold.holdout_pairs ? count_text(*threshold.holdout_pairs) : kNone);
    }
    row.push_back(evidence(threshold));
    table.rows.push_back(std::move(row));
  }
  table.write(html);
  html.raw("<p class=\"note\">Thresholds rest on ").raw(count_text(matcher.non_mated)).raw(" non-mated scores: ");
  html.text(matcher.fmr_source).raw(".");
  if (matcher.mated > 0) html.raw(" Mated pairs: ").raw(count_text(matcher.mated)).raw(".");
  html.raw("</p>\n");
}

std::string component_name(const std::string& name) {
  if (name == "auc") return "ranks of training people among all people";
  if (name == "leading") return "people who lead the pooled ranking";
  if (name.starts_with("excess-q")) return "excess above the pooled " + html_text(name.substr(8)) + "% quantile";
  return html_text(name);
}

void write_global_test(Html& html, const Matcher& matcher) {
  if (matcher.components.empty()) return;
  html.raw(
      "<h3>The global test</h3>\n<p>Whole people are permuted between training and hold-out set; the smallest of "
      "these p-values is the statistic, so that a slight shift of many and a few strong leaks are both seen.</p>\n");
  HtmlTable components{.caption = "Components of the global test",
                       .columns = {{"component"}, {"statistic", true}, {"p alone", true}},
                       .rows = {}};
  for (const ReportModel::Component& component : matcher.components) {
    components.rows.push_back(
        {component_name(component.name), fmt::format("{:.4g}", component.statistic), small_text(component.p)});
  }
  components.write(html);
  if (matcher.auc) {
    html.raw(
        "<p class=\"note\">A training person scores higher than a held-out person with as many images with "
        "probability ");
    html.raw(fmt::format("{:.3f}", *matcher.auc)).raw(" (area under the curve; 0.5: no difference).</p>\n");
  }
  if (matcher.strata.empty()) return;
  html.raw("<details><summary>People compared, by number of images</summary>\n");
  HtmlTable strata{.caption = "People are compared at equal numbers of images",
                   .columns = {{"images a person", true}, {"training people", true}, {"held-out people", true}},
                   .rows = {}};
  for (const ReportModel::Stratum& stratum : matcher.strata) {
    strata.rows.push_back({count_text(stratum.images), count_text(stratum.train), count_text(stratum.holdout)});
  }
  strata.write(html);
  html.raw("</details>\n");
}

void write_leak_rate(Html& html, const Matcher& matcher) {
  if (!matcher.leak_rate) return;
  const ReportModel::LeakRate& rate = *matcher.leak_rate;
  html.raw("<h3>How much</h3>\n<p>At a score of ").raw(score_text(rate.threshold)).raw(", ");
  html.raw(percent_text(rate.share_train)).raw(" of the training people have a synthetic look-alike and ");
  html.raw(percent_text(rate.share_holdout)).raw(" of the held-out people do, by chance. ");
  if (rate.sensitivity_assumed) {
    html.raw(
        "There are no mated scores to tell how many leaks reach that score; it is taken that all do, so the leak "
        "rate is a lower bound.");
  } else {
    html.raw("As mated scores go, ").raw(percent_text(rate.sensitivity)).raw(" of leaks reach that score.");
  }
  html.raw(" The excess divided by that share is the leak rate: <strong>").raw(percent_text(rate.estimate));
  html.raw("</strong> (95% interval ").raw(percent_text(rate.low)).raw(" to ").raw(percent_text(rate.high));
  html.raw("; at most ").raw(percent_text(rate.upper95)).raw(").</p>\n");
}

void write_slider(Html& html, const Matcher& matcher, std::size_t number) {
  if (!has_slider(matcher)) return;
  html.raw(
      "<h3>Another threshold</h3>\n<p>What any other threshold gives, beside what chance gives. A threshold that "
      "was chosen for its counts proves nothing; the verdict doesn&rsquo;t depend on one.</p>\n");
  html.raw(fmt::format("<div class=\"what-if\" id=\"threshold-{}\"></div>\n", number));
  html.raw("<noscript><p>The slider needs JavaScript; histograms.csv has the counts.</p></noscript>\n");
}

}  // namespace

void write_matcher_section(Html& html, const ReportModel& model, const Matcher& matcher, std::size_t number,
                           Charts& charts) {
  html.raw(fmt::format("<section id=\"matcher-{}\" aria-labelledby=\"matcher-{}-head\">\n<h2 id=\"matcher-{}-head\">",
                       number, number, number));
  html.raw("What matcher <bdi>").text(matcher.name.empty() ? "(unnamed)" : matcher.name).raw("</bdi> sees</h2>\n");
  write_figures(html, model, matcher);
  write_distributions(html, matcher, number);
  write_people(html, model, matcher);
  write_leak_rate(html, matcher);
  write_power(html, matcher, charts);
  write_thresholds(html, matcher);
  write_slider(html, matcher, number);
  write_best_pairs(html, matcher, number);
  write_error_rates(html, matcher, charts);
  write_global_test(html, matcher);
  write_guards(html, matcher.guards);
  if (!matcher.notes.empty()) {
    html.raw("<h3>Notes on this matcher's assessment</h3>\n<ul class=\"plain\">\n");
    for (const std::string& note : matcher.notes) html.raw("<li>").text(note).raw("</li>\n");
    html.raw("</ul>\n");
  }
  html.raw("</section>\n");
}

}  // namespace semblance::report_stage
