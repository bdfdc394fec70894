// What the reviewers said, as files.

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/csv.hpp"
#include "base/output_folder.hpp"
#include "review/answers.hpp"
#include "semblance/review.hpp"
#include "semblance/version.hpp"

namespace semblance {

using namespace review_stage;

namespace {

using Json = nlohmann::ordered_json;

Json rate_json(const std::optional<double>& rate, const Interval& interval) {
  return {{"rate", rate ? Json(*rate) : Json(nullptr)},
          {"ci95", rate ? Json({interval.low, interval.high}) : Json(nullptr)}};
}

Json to_json(const ReviewGroup& group) {
  Json json = {{"name", group.name}, {"pairs", group.pairs},         {"judged", group.judged()},
               {"same", group.same}, {"different", group.different}, {"cant_tell", group.cant_tell}};
  json.update(rate_json(group.rate, group.interval));
  json["decided"] = rate_json(group.rate_decided, group.interval_decided);
  return json;
}

Json to_json(const ReviewReader& reader) {
  Json json = {{"name", reader.name}, {"groups", Json::array()}};
  for (const ReviewGroup& group : reader.groups) json["groups"].push_back(to_json(group));
  json["less_controls"] = rate_json(reader.excess, reader.excess_interval);
  return json;
}

Json to_json(const ReviewAgreement::Kappa& kappa) {
  return {{"observed", kappa.observed},
          {"expected", kappa.expected},
          {"kappa", kappa.kappa ? Json(*kappa.kappa) : Json(nullptr)},
          {"standard_error", kappa.kappa ? Json(kappa.standard_error) : Json(nullptr)},
          {"ci95", kappa.kappa ? Json({kappa.interval.low, kappa.interval.high}) : Json(nullptr)}};
}

Json to_json(const ReviewAgreement& agreement) {
  return {{"reviewers", {agreement.first, agreement.second}},
          {"pairs", agreement.pairs},
          {"counts", agreement.counts},
          {"three_answers", to_json(agreement.three)},
          {"same_or_not", to_json(agreement.two)}};
}

// Lowest and highest score of a kind; null where there is none.
Json score_range(const ReviewKey& key, bool control) {
  std::optional<std::pair<double, double>> range;
  for (const ReviewPair& pair : key.pairs) {
    if (pair.control != control) continue;
    if (!range) range = {pair.score, pair.score};
    range = {std::min(range->first, pair.score), std::max(range->second, pair.score)};
  }
  return range ? Json({range->first, range->second}) : Json(nullptr);
}

}  // namespace

std::string review_json(const ReviewResult& result) {
  const ReviewKey& key = result.key;
  Json json = {{"schema", "semblance-review/1"},
               {"version", kVersion},
               {"pack", result.pack},
               {"matcher", key.matcher},
               {"report_sha256", key.report_sha256},
               {"fdr", key.fdr ? Json(*key.fdr) : Json(nullptr)},
               {"listed", key.listed},
               {"scores", {{"candidates", score_range(key, false)}, {"controls", score_range(key, true)}}},
               {"above_controls", key.above_controls},
               {"reviewers", Json::array()},
               {"joint", result.joint ? to_json(*result.joint) : Json(nullptr)},
               {"agreement", Json::array()}};
  for (const ReviewReader& reader : result.readers) json["reviewers"].push_back(to_json(reader));
  for (const ReviewAgreement& agreement : result.agreements) json["agreement"].push_back(to_json(agreement));
  return json.dump(1, ' ', false, Json::error_handler_t::replace) + "\n";
}

void write_review(const ReviewResult& result, const std::filesystem::path& folder) {
  OutputFile table(folder / "judgements.csv");
  table.write("pair,kind,listed,person,real,synthetic,score,reviewer,answer\n");
  for (std::size_t i = 0; i < result.key.pairs.size(); ++i) {
    const ReviewPair& pair = result.key.pairs[i];
    const std::string begin = std::to_string(i + 1) + (pair.control ? ",control," : ",candidate,") +
                              (pair.listed ? "yes," : "no,") + csv_field(pair.person) + ',' + csv_field(pair.real) +
                              ',' + csv_field(pair.synthetic) + ',' + csv_number(pair.score) + ',';
    for (const ReviewReader& reader : result.readers) {
      const auto& answer = reader.answers[i];
      table.write(begin + csv_field(reader.name) + ',' + (answer ? answer_name(*answer) : "") + '\n');
    }
  }
  table.close();
  OutputFile json(folder / "review.json");
  json.write(review_json(result));
  json.close();
}

}  // namespace semblance
