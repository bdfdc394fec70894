// The page's end: limits, provenance, terms.

#include <fmt/format.h>

#include "report/numbers.hpp"
#include "report/sections.hpp"

namespace semblance::report_stage {

namespace {

void write_limits(Html& html, const ReportModel& model) {
  html.raw(
      "<section id=\"limits\" aria-labelledby=\"limits-head\">\n<h2 id=\"limits-head\">What this report "
      "can&rsquo;t say</h2>\n<ul class=\"plain\">\n");
  for (const std::string& limit : model.limits) html.raw("<li>").text(limit).raw("</li>\n");
  if (model.limits.empty()) html.raw("<li>No limits were recorded.</li>\n");
  html.raw("</ul>\n</section>\n");
}

void write_sets(Html& html, const ReportModel& model) {
  HtmlTable table{.caption = "Sets compared",
                  .columns = {{"set"}, {"location"}, {"images", true}, {"people", true}, {"rejected", true}},
                  .rows = {}};
  const auto add = [&](const char* name, const ReportModel::Set& set) {
    table.rows.push_back({name, id_cell(set.location), count_text(set.items),
                          set.labelled ? count_text(set.identities) : "no labels", count_text(set.rejected)});
  };
  add("R, training", model.train);
  add("G, synthetic", model.synthetic);
  if (model.holdout) add("H, hold-out", *model.holdout);
  table.write(html);
  HtmlTable rejections{.caption = "Images that were never compared, by reason",
                       .columns = {{"set"}, {"reason"}, {"images", true}},
                       .rows = {}};
  const auto add_rejections = [&](const char* name, const ReportModel::Set& set) {
    for (const auto& [why, items] : set.rejections) {
      rejections.rows.push_back({name, id_cell(why), count_text(items)});
    }
  };
  add_rejections("R, training", model.train);
  add_rejections("G, synthetic", model.synthetic);
  if (model.holdout) add_rejections("H, hold-out", *model.holdout);
  if (!rejections.rows.empty()) rejections.write(html);
}

// Which images each of several matchers could not see, and which it saw in vain.
void write_views(Html& html, const ReportModel& model) {
  HtmlTable table{.caption = "What each matcher did not compare",
                  .columns = {{"matcher"}, {"set"}, {"reason"}, {"images", true}},
                  .rows = {}};
  for (const ReportModel::Matcher& matcher : model.matchers) {
    if (!matcher.views) continue;
    const auto add = [&](const char* name, const ReportModel::View& view) {
      for (const auto& [why, items] : view.rejections) {
        table.rows.push_back({id_cell(matcher.name), name, id_cell(why), count_text(items)});
      }
      for (const auto& one : view.left_out) {
        table.rows.push_back(
            {id_cell(matcher.name), name,
             Html().raw("left out, since ").text(one.matcher).raw(" can&rsquo;t: ").text(one.why).str(),
             count_text(one.items)});
      }
    };
    add("R, training", matcher.views->train);
    add("G, synthetic", matcher.views->synthetic);
    if (matcher.views->holdout) add("H, hold-out", *matcher.views->holdout);
  }
  if (!table.rows.empty()) table.write(html);
}

void write_provenance(Html& html, const ReportModel& model) {
  html.raw(
      "<section id=\"provenance\" aria-labelledby=\"provenance-head\">\n<h2 id=\"provenance-head\">Provenance</h2>\n");
  write_sets(html, model);
  write_views(html, model);
  HtmlTable inputs{.caption = "Inputs", .columns = {{"role"}, {"path"}, {"SHA-256"}}, .rows = {}};
  for (const ReportModel::Input& input : model.inputs) {
    inputs.rows.push_back({Html().text(input.role).str(), id_cell(input.path),
                           Html().raw("<span class=\"hash\">").text(input.sha256).raw("</span>").str()});
  }
  inputs.write(html);
  HtmlTable made{.caption = "How pictures became embeddings or scores",
                 .columns = {{"matcher"}, {"set"}, {"what"}, {"value"}},
                 .rows = {}};
  for (const ReportModel::Making& making : model.made) {
    for (const auto& [name, value] : making.facts) {
      made.rows.push_back({id_cell(making.matcher), making.set.empty() ? "all" : Html().text(making.set).str(),
                           Html().text(name).str(), id_cell(value)});
    }
  }
  if (!made.rows.empty()) made.write(html);
  HtmlTable options{.caption = "Run", .columns = {{"option"}, {"value"}}, .rows = {}};
  options.rows.push_back({"Semblance version", Html().text(model.version).str()});
  options.rows.push_back({"seed", std::to_string(model.seed)});
  for (const auto& [name, value] : model.options) options.rows.push_back({Html().text(name).str(), id_cell(value)});
  options.write(html);
  html.raw(
      "<p class=\"note\">The same inputs, options and seed give this report again, byte for byte. Machine facts and "
      "timings: run.json.</p>\n</section>\n");
}

void write_terms(Html& html) {
  html.raw(R"(<section id="terms" aria-labelledby="terms-head">
<h2 id="terms-head">Terms</h2>
<dl class="terms">
<dt id="term-sets" tabindex="-1">R, G, H</dt><dd>The real training images; the synthetic images; real images of other people from the same source as R, which the generator never saw (the hold-out set, the control).</dd>
<dt id="term-score" tabindex="-1">Score</dt><dd>How alike a face matcher finds two images; higher means more alike. Every score here is the float64 value over the embeddings as given: faster arithmetic only ever decided which pairs need not be scored, by a proven bound (run.json counts them and names the kernel).</dd>
<dt id="term-mated" tabindex="-1">Mated, non-mated</dt><dd>A pair of images of the same person; of different people.</dd>
<dt id="term-fmr" tabindex="-1">FMR, false match rate</dt><dd>The share of non-mated pairs that score at or over a threshold. Times the number of pairs compared it gives the matches to expect by chance.</dd>
<dt id="term-fnmr" tabindex="-1">FNMR, false non-match rate</dt><dd>The share of mated pairs that score below a threshold.</dd>
<dt id="term-p" tabindex="-1">p</dt><dd>For a person: how often a held-out person, whom the generator can&rsquo;t know, does as well or better. For the global test: how often chance does.</dd>
<dt id="term-global-test" tabindex="-1">Global test</dt><dd>Is there any leakage at all? Whole people change places between training and hold-out set thousands of times; p is how often the change shows as much as the truth does.</dd>
<dt id="term-fdr" tabindex="-1">FDR, false discovery rate; q</dt><dd>The share of a list that is expected to be wrong. A person&rsquo;s q is the smallest FDR at which the person is listed.</dd>
<dt id="term-leak-rate" tabindex="-1">Leak rate</dt><dd>The share of training people whom the synthetic set shows, after what chance explains is taken away.</dd>
<dt id="term-power" tabindex="-1">Would have been found</dt><dd>Leaks are planted among people like these, over and over; this is the smallest leak rate that the global test finds 95 times in 100.</dd>
<dt id="term-near-copy" tabindex="-1">Near-copy</dt><dd>The synthetic picture is more like the training picture than two photographs of one person are: the picture leaked, not just the face.</dd>
<dt id="term-hub" tabindex="-1">Hub</dt><dd>A face that a matcher finds like everybody&rsquo;s. Hubs match by themselves, not through leakage.</dd>
</dl>
</section>
)");
}

}  // namespace

std::string term(std::string_view id, std::string_view name) {
  return fmt::format(R"(<a class="term" href="#term-{}">{}</a>)", id, name);
}

void write_closing(Html& html, const ReportModel& model) {
  write_limits(html, model);
  write_provenance(html, model);
  write_terms(html);
  html.raw("</main>\n<footer><p>Written by Semblance ")
      .text(model.version)
      .raw(
          ". This page loads nothing from a network and sends nothing. All rows are in the CSV files beside it; all "
          "numbers are in report.json.</p></footer>\n");
}

}  // namespace semblance::report_stage
