// Who leaks: the lists at each false discovery rate, the people on them, the synthetic images listed.

#include <fmt/format.h>

#include <algorithm>
#include <span>
#include <string_view>
#include <unordered_map>
#include <unordered_set>

#include "report/numbers.hpp"
#include "report/sections.hpp"
#include "report/text.hpp"

namespace semblance::report_stage {

namespace {

constexpr std::size_t kMostRows = 200;

const ReportModel::List* laxest(const std::vector<ReportModel::List>& lists) {
  const auto at = std::max_element(lists.begin(), lists.end(), [](const auto& x, const auto& y) { return x.q < y.q; });
  return at == lists.end() ? nullptr : &*at;
}

std::string expected_wrong(const ReportModel::List& list) {
  return expected_text(list.q * static_cast<double>(list.count));
}

void write_list_sizes(Html& html, const std::string& people, const ReportModel::Matcher& matcher) {
  HtmlTable table{.caption = fmt::format("Listed {} by false discovery rate (FDR)", people),
                  .columns = {{"FDR"},
                              {"listed", true},
                              {"tested", true},
                              {"expected to be wrong", true},
                              {"shortest list possible", true}},
                  .rows = {}};
  for (std::size_t i = 0; i < matcher.identity_lists.size(); ++i) {
    const ReportModel::List& list = matcher.identity_lists[i];
    table.rows.push_back({percent_text(list.q), count_text(list.count), count_text(matcher.identities_tested),
                          expected_wrong(list),
                          i < matcher.fewest_listable.size() ? count_text(matcher.fewest_listable[i]) : kNone});
  }
  table.write(html);
  html.raw("<p class=\"note\">With this hold-out set the smallest p-value that anybody can get is ")
      .raw(small_text(matcher.smallest_possible_p))
      .raw("; the smallest seen is ")
      .raw(small_text(matcher.smallest_p))
      .raw(". A list shows nobody unless at least as many as its shortest length stand out together.</p>\n");
}

void write_names(Html& html, const ReportModel& model, const ReportModel::Matcher& matcher,
                 const ReportModel::List& list) {
  const std::span<const std::string> shown(list.ids.data(), std::min(list.ids.size(), kMostRows));
  std::unordered_map<std::string, ReportModel::IdentityRow> row_of;
  const std::unordered_set<std::string_view> wanted(shown.begin(), shown.end());
  for (const ReportModel::IdentityRow& row : matcher.identities) {
    if (wanted.contains(row.id)) row_of.emplace(row.id, row);
  }
  HtmlTable table{.caption = {},
                  .columns = {{model.train.labelled ? "person" : "training image"},
                              {"images", true},
                              {"best score", true},
                              {"training image"},
                              {"synthetic image"},
                              {"p", true},
                              {"q", true}},
                  .rows = {},
                  .tall = true};
  const bool pictures = matcher.guards.near_copies.has_value();
  if (pictures) table.columns.push_back({"kind"});
  for (const std::string& id : shown) {
    const auto at = row_of.find(id);
    if (at == row_of.end()) {
      table.rows.push_back({id_cell(id)});
      table.rows.back().resize(table.columns.size(), kNone);
      continue;
    }
    const ReportModel::IdentityRow& row = at->second;
    table.rows.push_back({id_cell(id), count_text(row.images), score_text(row.best), id_cell(row.best_train),
                          id_cell(row.best_synthetic), small_text(row.p), small_text(row.q)});
    if (pictures) table.rows.back().push_back(row.kind.empty() ? kNone : html_text(row.kind));
  }
  const bool cut = list.ids.size() > table.rows.size();
  table.caption = fmt::format(
      "{} listed at FDR {}, strongest evidence first{}", model.train.labelled ? "People" : "Training images",
      percent_text(list.q),
      cut ? fmt::format(": the first {} of {} (all are in identities.csv)", kMostRows, count_text(list.ids.size()))
          : "");
  table.write(html);
}

void write_image_lists(Html& html, const ReportModel& model, const ReportModel::Matcher& matcher) {
  HtmlTable table{.caption = "Listed synthetic images by false discovery rate (FDR)",
                  .columns = {{"FDR"}, {"listed", true}, {"tested", true}, {"expected to be wrong", true}},
                  .rows = {}};
  for (const ReportModel::List& list : matcher.image_lists) {
    table.rows.push_back(
        {percent_text(list.q), count_text(list.count), count_text(model.synthetic.items), expected_wrong(list)});
  }
  table.write(html);
  html.raw("<p class=\"note\">");
  if (matcher.targets && matcher.decoys) {
    html.raw("Of all synthetic images ").raw(count_text(*matcher.targets));
    html.raw(" have their best match in the training set and ").raw(count_text(*matcher.decoys));
    html.raw(" in the hold-out set, which no leak explains. ");
  }
  html.raw("Each image with its best matches: images.csv.</p>\n");
}

}  // namespace

void write_people(Html& html, const ReportModel& model, const ReportModel::Matcher& matcher) {
  if (matcher.identity_lists.empty() && matcher.image_lists.empty()) return;
  html.raw("<h3>Who leaks</h3>\n");
  if (!matcher.identity_lists.empty()) {
    write_list_sizes(html, people_word(model), matcher);
    const ReportModel::List& list = *laxest(matcher.identity_lists);
    if (list.count > 0) {
      write_names(html, model, matcher, list);
    } else {
      html.raw("<p>Nobody is listed: no single one stands out enough to be named.</p>\n");
    }
  }
  if (!matcher.image_lists.empty()) write_image_lists(html, model, matcher);
}

}  // namespace semblance::report_stage
