// The page's end: limits, provenance, terms.

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
}

void write_provenance(Html& html, const ReportModel& model) {
  html.raw(
      "<section id=\"provenance\" aria-labelledby=\"provenance-head\">\n<h2 id=\"provenance-head\">Provenance</h2>\n");
  write_sets(html, model);
  HtmlTable inputs{.caption = "Inputs", .columns = {{"role"}, {"path"}, {"SHA-256"}}, .rows = {}};
  for (const ReportModel::Input& input : model.inputs) {
    inputs.rows.push_back({Html().text(input.role).str(), id_cell(input.path),
                           Html().raw("<span class=\"hash\">").text(input.sha256).raw("</span>").str()});
  }
  inputs.write(html);
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
<dt>R, G, H</dt><dd>The real training images; the synthetic images; real images of other people from the same source as R, which the generator never saw (the hold-out set, the control).</dd>
<dt>Score</dt><dd>How alike a face matcher finds two images; higher means more alike.</dd>
<dt>Mated, non-mated</dt><dd>A pair of images of the same person; of different people.</dd>
<dt>FMR, false match rate</dt><dd>The share of non-mated pairs that score at or over a threshold. Times the number of pairs compared it gives the matches to expect by chance.</dd>
<dt>p</dt><dd>For a person: how often a held-out person, whom the generator can&rsquo;t know, does as well or better. For the global test: how often chance does.</dd>
<dt>FDR, false discovery rate; q</dt><dd>The share of a list that is expected to be wrong. A person&rsquo;s q is the smallest FDR at which the person is listed.</dd>
<dt>Leak rate</dt><dd>The share of training people whom the synthetic set shows, after what chance explains is taken away.</dd>
</dl>
</section>
)");
}

}  // namespace

void write_closing(Html& html, const ReportModel& model) {
  write_limits(html, model);
  write_provenance(html, model);
  write_terms(html);
  html.raw("</main>\n<footer><p>Written by Semblance ")
      .text(model.version)
      .raw(
          ". This page holds no photographs, loads nothing from a network, and sends nothing. All rows are in the CSV "
          "files "
          "beside it; all numbers are in report.json.</p></footer>\n");
}

}  // namespace semblance::report_stage
