// The guards of report.json read back, the mirror of guards.cpp.

#include "report/report_fields.hpp"

namespace semblance::report_stage {

namespace {

using Guards = ReportModel::Guards;

Guards::Hubs hubs_from(const JsonField& json) {
  return {.top_item = json.at("top_item").number(),
          .top_ten = json.at("top_ten").number(),
          .top_percent = json.at("top_percent").number(),
          .top_identity = json.at("top_identity").number(),
          .item = json.at("item").text(),
          .fires = json.at("fires").truth()};
}

std::optional<Guards::Correlation> correlation_from(const JsonField& json) {
  if (json.is_null()) return std::nullopt;
  const JsonField interval = json.at("ci95");
  if (interval.size() != 2) interval.fail("does not hold two numbers");
  return Guards::Correlation{.rho = json.at("rho").number(),
                             .low = interval[0].number(),
                             .high = interval[1].number(),
                             .people = json.at("people").count()};
}

Guards::Control control_from(const JsonField& json) {
  return {.p = json.at("p").number(),
          .p_location = json.at("p_location").number(),
          .p_spread = json.at("p_spread").number(),
          .auc = json.at("auc").number(),
          .train_people = json.at("train_people").count(),
          .holdout_people = json.at("holdout_people").count(),
          .fires = json.at("fires").truth()};
}

Guards::MatcherBias bias_from(const JsonField& json) {
  Guards::MatcherBias bias;
  const JsonField sets = json.at("training_sets");
  for (std::size_t i = 0; i < sets.size(); ++i) bias.training_sets.push_back(sets[i].text());
  bias.train_dataset = json.at("train_dataset").text();
  bias.fires = json.at("fires").truth();
  return bias;
}

// Both counts or neither.
std::optional<Guards::NearCopies::Count> count_from(const JsonField& json, const char* checked,
                                                    const char* near_copies) {
  const auto compared = json.find(checked), found = json.find(near_copies);
  if (!compared || !found) return std::nullopt;
  return Guards::NearCopies::Count{compared->count(), found->count()};
}

Guards::NearCopies near_copies_from(const JsonField& json) {
  Guards::NearCopies found;
  found.pairs = {json.at("checked").count(), json.at("near_copies").count()};
  found.holdout = count_from(json, "holdout_checked", "holdout_near_copies");
  found.people = count_from(json, "people_checked", "people_near_copies").value_or(Guards::NearCopies::Count{});
  found.holdout_people = count_from(json, "holdout_people_checked", "holdout_people_near_copies");
  found.threshold = json.at("threshold").number();
  found.rests_on = json.at("rests_on").count();
  if (const auto duplicates = json.find("duplicates")) found.duplicates = duplicates->count();
  if (const auto assumed = json.find("assumed")) found.assumed = assumed->truth();
  found.unreadable = json.at("unreadable").count();
  if (const auto names = json.find("unreadable_first")) {
    for (std::size_t i = 0; i < names->size(); ++i) found.unreadable_names.push_back((*names)[i].text());
  }
  return found;
}

}  // namespace

ReportModel::Guards guards_from(const JsonField& json) {
  Guards guards;
  if (const JsonField control = json.at("control"); !control.is_null()) guards.control = control_from(control);
  if (const auto bias = json.find("matcher_bias")) guards.matcher_bias = bias_from(*bias);
  const JsonField hubs = json.at("hubs");
  guards.train = hubs_from(hubs.at("train"));
  if (const JsonField holdout = hubs.at("holdout"); !holdout.is_null()) guards.holdout = hubs_from(holdout);
  const JsonField overlap = json.at("overlap");
  guards.overlap_threshold = overlap.at("threshold").maybe_number();
  const JsonField people = overlap.at("people");
  for (std::size_t i = 0; i < people.size(); ++i) {
    guards.overlaps.push_back({.holdout_identity = people[i].at("holdout_identity").text(),
                               .holdout = people[i].at("holdout").text(),
                               .train_identity = people[i].at("train_identity").text(),
                               .train = people[i].at("train").text(),
                               .score = people[i].at("score").number()});
  }
  const JsonField images = json.at("images_and_score");
  guards.images_train = correlation_from(images.at("train"));
  guards.images_holdout = correlation_from(images.at("holdout"));
  if (const auto found = json.find("near_copies")) guards.near_copies = near_copies_from(*found);
  return guards;
}

}  // namespace semblance::report_stage
