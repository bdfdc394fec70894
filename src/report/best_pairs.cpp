// The best pairs: a short table that needs no script, and all that the page's script pages through.

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "report/json_maybe.hpp"
#include "report/numbers.hpp"
#include "report/sections.hpp"
#include "report/text.hpp"

namespace semblance::report_stage {

namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kRowsWithoutScript = 50;
constexpr std::size_t kMostPairs = 10'000;

}  // namespace

std::string fmr_cell(const ReportModel::Matcher& matcher, const std::optional<double>& fmr) {
  if (fmr) return rate_text(*fmr);
  if (matcher.non_mated == 0) return kNone;
  return "&lt;&nbsp;" + rate_text(1.0 / static_cast<double>(matcher.non_mated));
}

void write_best_pairs(Html& html, const ReportModel::Matcher& matcher, std::size_t number) {
  if (matcher.top.empty()) return;
  html.raw(
      "<h3>The best pairs</h3>\n<p>Among so many pairs some score high by chance; a pair is a candidate to look at, "
      "not a finding.</p>\n");
  const std::size_t shown = std::min(kRowsWithoutScript, matcher.top.size());
  HtmlTable table{
      .caption = shown == matcher.top.size() ? "Best-scoring pairs"
                                             : fmt::format("The {} best-scoring pairs of {} listed in pairs.csv", shown,
                                                           count_text(matcher.top.size())),
      .columns = {{"rank", true}, {"score", true}, {"FMR", true}, {"training image"}, {"person"}, {"synthetic image"}},
      .rows = {},
      .tall = true};
  const bool pictures = matcher.guards.near_copies.has_value();
  if (pictures) table.columns.insert(table.columns.end(), {{"likeness of the pictures", true}, {"kind"}});
  for (std::size_t i = 0; i < shown; ++i) {
    const ReportModel::Pair& pair = matcher.top[i];
    table.rows.push_back({count_text(pair.rank), score_text(pair.score), fmr_cell(matcher, pair.fmr),
                          id_cell(pair.train), id_cell(pair.train_identity), id_cell(pair.synthetic)});
    if (!pictures) continue;
    table.rows.back().push_back(pair.similarity ? score_text(*pair.similarity) : kNone);
    table.rows.back().push_back(html_text(pair.kind));
  }
  html.raw(fmt::format("<div id=\"pairs-{}\">\n", number));
  table.write(html);
  html.raw("</div>\n");
}

Json best_pairs_data(const ReportModel::Matcher& matcher) {
  Json data = {{"listed", matcher.top.size()}, {"score", Json::array()},  {"fmr", Json::array()},
               {"train", Json::array()},       {"person", Json::array()}, {"synthetic", Json::array()}};
  const bool pictures = matcher.guards.near_copies.has_value();
  if (pictures) {
    data["similarity"] = Json::array();
    data["kind"] = Json::array();
  }
  for (std::size_t i = 0; i < std::min(kMostPairs, matcher.top.size()); ++i) {
    const ReportModel::Pair& pair = matcher.top[i];
    data["score"].push_back(pair.score);
    data["fmr"].push_back(maybe(pair.fmr));
    data["train"].push_back(pair.train);
    data["person"].push_back(pair.train_identity);
    data["synthetic"].push_back(pair.synthetic);
    if (!pictures) continue;
    data["similarity"].push_back(maybe(pair.similarity));
    data["kind"].push_back(pair.kind);
  }
  return data;
}

}  // namespace semblance::report_stage
