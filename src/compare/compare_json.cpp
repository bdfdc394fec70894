#include <nlohmann/json.hpp>

#include "base/output_folder.hpp"
#include "compare/output.hpp"
#include "compare/rows.hpp"
#include "semblance/version.hpp"

namespace semblance {

using namespace compare_stage;
using Json = nlohmann::ordered_json;

namespace {

template <class T>
Json maybe(const std::optional<T>& value) {
  return value ? Json(*value) : Json(nullptr);
}

Json set_json(const ReportModel::Set& set) {
  return {{"items", set.items}, {"identities", set.identities}, {"rejected", set.rejected}, {"location", set.location}};
}

Json report_json(const ComparedReport& report) {
  const ReportModel& model = report.model;
  return {
      {"name", report.name},
      {"location", report.location},
      {"sha256", report.sha256},
      {"version", model.version},
      {"verdict", {{"leakage", model.verdict.leakage}, {"p", maybe(model.verdict.p)}, {"alpha", model.verdict.alpha}}},
      {"sets",
       {{"train", set_json(model.train)},
        {"synthetic", set_json(model.synthetic)},
        {"holdout", model.holdout ? set_json(*model.holdout) : Json(nullptr)}}}};
}

Json lists_json(const std::vector<ReportModel::List>& lists) {
  Json json = Json::array();
  for (const auto& list : lists) json.push_back({{"q", list.q}, {"count", list.count}});
  return json;
}

Json row_json(const Row& row) {
  const ReportModel::Matcher& m = *row.matcher;
  Json thresholds = Json::array();
  for (const auto& threshold : m.thresholds) {
    thresholds.push_back({{"fmr", threshold.fmr},
                          {"pairs", threshold.pairs},
                          {"expected_by_chance", threshold.expected_by_chance},
                          {"expected_from_holdout", maybe(threshold.expected_from_holdout)},
                          {"excess_pairs", maybe(excess_pairs(threshold))},
                          {"resolved", threshold.resolved}});
  }
  Json rate = nullptr;
  if (m.leak_rate) {
    rate = {{"estimate", m.leak_rate->estimate},
            {"ci95", {m.leak_rate->low, m.leak_rate->high}},
            {"upper95", m.leak_rate->upper95},
            {"minimum_detectable", maybe(m.leak_rate->minimum_detectable)}};
  }
  Json copies = nullptr;
  if (m.guards.near_copies) {
    copies = {{"checked", m.guards.near_copies->pairs.checked},
              {"near_copies", m.guards.near_copies->pairs.near_copies}};
  }
  return {{"report", row.report->name},
          {"matcher", m.name},
          {"p", maybe(m.global_p)},
          {"leak_rate", rate},
          {"identities", {{"tested", m.identities_tested}, {"fdr", lists_json(m.identity_lists)}}},
          {"images", {{"fdr", lists_json(m.image_lists)}}},
          {"pairs", {{"scored", m.pairs_scored}, {"best_score", maybe(best_score(m))}, {"thresholds", thresholds}}},
          {"guards",
           {{"hub_share", m.guards.train.top_percent},
            {"fired", guards_fired(m.guards)},
            {"overlaps", m.guards.overlaps.size()},
            {"near_copies", copies}}}};
}

}  // namespace

std::string compare_json(const ReportComparison& comparison) {
  Json json = {{"schema", "semblance-compare/1"}, {"version", kVersion}};
  json["reports"] = Json::array();
  for (const ComparedReport& report : comparison.reports) json["reports"].push_back(report_json(report));
  json["notes"] = comparison.notes;
  json["rows"] = Json::array();
  for (const Row& row : rows_of(comparison)) json["rows"].push_back(row_json(row));
  json["leak_rates"] = Json::array();
  for (const RateDifference& d : comparison.differences) {
    json["leak_rates"].push_back({{"matcher", d.matcher},
                                  {"first", d.first},
                                  {"second", d.second},
                                  {"difference", d.difference},
                                  {"ci95", {d.low, d.high}},
                                  {"intervals_overlap", d.overlap},
                                  {"unnamed", d.unnamed},
                                  {"same_train", d.same_train},
                                  {"same_holdout", d.same_holdout},
                                  {"sentence", d.sentence}});
  }
  json["people"] = Json::array();
  for (const ListedPeople& people : comparison.people) {
    json["people"].push_back({{"matcher", people.matcher},
                              {"first", people.first},
                              {"second", people.second},
                              {"q", people.q},
                              {"both", people.both},
                              {"only_first", people.only_first},
                              {"only_second", people.only_second}});
  }
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

void write_comparison(const ReportComparison& comparison, const std::filesystem::path& folder) {
  const auto write = [&](const char* name, const std::string& text) {
    OutputFile out(folder / name);
    out.write(text);
    out.close();
  };
  write("compare.csv", rows_csv(comparison));
  if (!comparison.people.empty() || !comparison.persons.empty()) write("compare-people.csv", people_csv(comparison));
  write_page(comparison_page(comparison), folder / "compare.html");
  write("compare.json", compare_json(comparison));
}

}  // namespace semblance
