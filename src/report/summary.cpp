// The page's head: what was asked, the verdict, and the matchers side by side where there are several.

#include <fmt/format.h>

#include "report/numbers.hpp"
#include "report/sections.hpp"

namespace semblance::report_stage {

namespace {

std::string tone(const std::string& leakage) {
  return leakage == "found" || leakage == "not-found" ? leakage : "no-control";
}

void write_counts(Html& html, const ReportModel::Set& set, const char* name) {
  html.raw(count_text(set.items)).raw(" ").raw(name).raw(set.items == 1 ? " image" : " images");
  if (set.labelled) html.raw(" of ").raw(count_text(set.identities)).raw(set.identities == 1 ? " person" : " people");
}

void write_navigation(Html& html, const ReportModel& model) {
  html.raw("<nav aria-label=\"Sections\"><ul>\n<li><a href=\"#verdict\">Verdict</a></li>\n");
  if (!model.gallery.people.empty()) html.raw("<li><a href=\"#gallery\">People and pairs</a></li>\n");
  for (std::size_t m = 0; m < model.matchers.size(); ++m) {
    const std::string& name = model.matchers[m].name;
    html.raw(fmt::format("<li><a href=\"#matcher-{}\">Matcher <bdi>", m)).text(name.size() > 60 ? "(long name)" : name);
    html.raw("</bdi></a></li>\n");
  }
  html.raw(
      "<li><a href=\"#limits\">What this can&rsquo;t say</a></li>\n<li><a href=\"#provenance\">Provenance</a></li>\n"
      "<li><a href=\"#terms\">Terms</a></li>\n</ul></nav>\n");
}

void write_side_by_side(Html& html, const ReportModel& model) {
  HtmlTable table{.caption = fmt::format("Matchers side by side ({} listed)", people_word(model)),
                  .columns = {{"matcher"}, {"global p, alone", true}},
                  .rows = {}};
  const auto& levels = model.matchers.front().identity_lists;
  for (const auto& list : levels) {
    table.columns.push_back({"listed at FDR " + percent_text(list.q), true});
  }
  table.columns.insert(
      table.columns.end(),
      {{"leak rate", true}, {"95% interval", true}, {"at most (95%)", true}, {"would be found from", true}});
  for (const ReportModel::Matcher& matcher : model.matchers) {
    std::vector<std::string> row = {id_cell(matcher.name), small_text(matcher.global_p)};
    for (std::size_t i = 0; i < levels.size(); ++i) {
      row.push_back(i < matcher.identity_lists.size() ? count_text(matcher.identity_lists[i].count) : kNone);
    }
    if (matcher.leak_rate) {
      const ReportModel::LeakRate& rate = *matcher.leak_rate;
      row.insert(row.end(), {percent_text(rate.estimate), percent_text(rate.low) + " to " + percent_text(rate.high),
                             percent_text(rate.upper95),
                             rate.minimum_detectable ? percent_text(*rate.minimum_detectable) : kNone});
    } else {
      row.insert(row.end(), 4, kNone);
    }
    table.rows.push_back(std::move(row));
  }
  table.write(html);
}

void write_consensus(Html& html, const ReportModel& model) {
  if (!model.consensus) return;
  const ReportModel::Consensus& consensus = *model.consensus;
  HtmlTable table{.caption = fmt::format("{} on whom at least {} of {} matchers agree", people_word(model),
                                         consensus.at_least, model.matchers.size()),
                  .columns = {{"FDR"}, {"listed", true}, {"expected to be wrong", true}, {"who"}},
                  .rows = {}};
  constexpr std::size_t kMostNames = 50;
  for (const ReportModel::List& list : consensus.fdr) {
    Html names;
    names.raw("<span class=\"names\">");
    for (std::size_t i = 0; i < list.ids.size() && i < kMostNames; ++i) {
      names.raw(i > 0 ? ", " : "")
          .raw("<bdi>")
          .text(list.ids[i].size() > 200 ? list.ids[i].substr(0, 200) + "…" : list.ids[i]);
      names.raw("</bdi>");
    }
    if (list.ids.size() > kMostNames) names.raw(" and more (report.json has all)");
    names.raw("</span>");
    table.rows.push_back({percent_text(list.q), count_text(list.count),
                          expected_text(list.q * static_cast<double>(list.count)),
                          list.ids.empty() ? kNone : names.str()});
  }
  table.write(html);
}

}  // namespace

std::string badge_text(const std::string& leakage) {
  if (leakage == "found") return "Leakage found";
  if (leakage == "not-found") return "No leakage found";
  return "No verdict: no hold-out set";
}

std::vector<double> fdr_levels(const ReportModel& model) {
  std::vector<double> levels;
  for (const auto& list : model.matchers.front().identity_lists) levels.push_back(list.q);
  return levels;
}

std::string people_word(const ReportModel& model) {
  return model.train.labelled ? "training people" : "training images";
}

void write_summary(Html& html, const ReportModel& model) {
  html.raw(
      "<header>\n<p class=\"eyebrow\">Semblance leakage report</p>\n"
      "<h1>Do the synthetic faces show people from the training set?</h1>\n<p class=\"lede\">");
  write_counts(html, model.train, "training");
  html.raw(", ");
  write_counts(html, model.synthetic, "synthetic");
  if (model.holdout) {
    html.raw(", ");
    write_counts(html, *model.holdout, "hold-out");
  } else {
    html.raw(", no hold-out set");
  }
  html.raw(".</p>\n");
  write_navigation(html, model);
  html.raw("</header>\n<main>\n<section id=\"verdict\" class=\"verdict tone-").raw(tone(model.verdict.leakage));
  html.raw("\" aria-labelledby=\"verdict-head\">\n<h2 id=\"verdict-head\"><span class=\"badge\">");
  html.raw(badge_text(model.verdict.leakage))
      .raw("</span></h2>\n<p>")
      .text(model.verdict.text)
      .raw("</p>\n</section>\n");
  if (model.matchers.size() > 1) write_side_by_side(html, model);
  write_consensus(html, model);
}

}  // namespace semblance::report_stage
