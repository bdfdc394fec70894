#include "purge/outcome_files.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "base/csv.hpp"
#include "base/output_folder.hpp"
#include "semblance/version.hpp"

namespace semblance {
namespace purge_stage {

void write_removed(const ReportModel& model, const Items& items, const Selection& selection,
                   const std::filesystem::path& file) {
  OutputFile out(file);
  out.write("image,synthetic,identity,reason,q,train,train_identity,score,matcher\n");
  for (std::size_t k = 0; k < items.items.size(); ++k) {
    if (!selection.removed[k]) continue;
    const Item& item = items.items[k];
    for (const std::size_t r : selection.entries[k]) {
      const auto& entry = model.removal[r];
      out.write(fmt::format("{},{},{},{},{},{},{},{},{}\n", csv_field(item.id), csv_field(entry.id),
                            csv_field(item.identity), csv_field(entry.reason), csv_number(entry.q),
                            csv_field(entry.train), csv_field(entry.train_identity), csv_number(entry.score),
                            csv_field(entry.matcher)));
    }
    if (!selection.entries[k].empty()) continue;
    out.write(fmt::format("{},,{},same-identity,,,,,\n", csv_field(item.id), csv_field(item.identity)));
  }
  out.close();
}

void write_text(const std::string& text, const std::filesystem::path& file) {
  OutputFile out(file);
  out.write(text);
  out.close();
}

}  // namespace purge_stage

namespace {

using Json = nlohmann::ordered_json;

template <class T>
Json maybe(const std::optional<T>& value) {
  return value ? Json(*value) : Json(nullptr);
}

Json text_or_null(const std::string& text) { return text.empty() ? Json(nullptr) : Json(text); }

Json json_of(const PurgeOutcome::Count& count) {
  return {{"before", count.before}, {"removed", count.removed}, {"after", count.after}};
}

Json json_of(const PurgeOutcome::Verdict& verdict) {
  Json matchers = Json::array();
  for (const auto& found : verdict.matchers) {
    matchers.push_back({{"matcher", found.matcher},
                        {"people_listed", found.people},
                        {"images_listed", found.images},
                        {"minimum_detectable", maybe(found.minimum_detectable)}});
  }
  return {{"leakage", verdict.leakage}, {"p", maybe(verdict.p)}, {"matchers", std::move(matchers)}};
}

Json json_of(const PurgeOutcome::LeftOut& left) {
  Json bars = Json::array();
  for (const auto& bar : left.bars) bars.push_back({{"matcher", bar.matcher}, {"score", bar.score}});
  return {{"bars", std::move(bars)},           {"compared", left.compared},     {"removed", left.removed},
          {"like_holdout", left.like_holdout}, {"like_train", left.like_train}, {"same_identity", left.same_identity}};
}

}  // namespace

std::string purge_json(const PurgeOutcome& outcome, const PurgeOptions& options) {
  Json json;
  json["schema"] = "semblance-purge/1";
  json["version"] = kVersion;
  const char* how = options.how == PurgeHow::copy ? "copy" : options.how == PurgeHow::link ? "link" : "list";
  json["options"] = {{"report", options.report.string()},
                     {"what", options.what == PurgeWhat::images ? "images" : "identities"},
                     {"how", how},
                     {"max_q", maybe(options.max_q)},
                     {"matcher", text_or_null(options.matcher)}};
  json["dataset"] = {{"kind", outcome.kind}, {"location", outcome.dataset}};
  json["images"] = json_of(outcome.images);
  json["images"]["of_identity"] = outcome.of_identity;
  json["images"]["never_compared"] = outcome.never_compared;
  json["images"]["still_listed"] = outcome.still_listed;
  json["identities"] = outcome.identities ? json_of(*outcome.identities) : Json(nullptr);
  Json diversity = Json::array();
  for (const auto& of : outcome.diversity) {
    diversity.push_back({{"matcher", of.matcher},
                         {"effective_rank", {{"before", maybe(of.rank_before)}, {"after", maybe(of.rank_after)}}},
                         {"mean_cosine", {{"before", maybe(of.cosine_before)}, {"after", maybe(of.cosine_after)}}}});
  }
  json["diversity"] = {{"matchers", std::move(diversity)}, {"missing", text_or_null(outcome.no_diversity)}};
  json["audit"] = {{"before", json_of(outcome.before)},
                   {"after", outcome.after ? json_of(*outcome.after) : Json(nullptr)},
                   {"missing", text_or_null(outcome.no_audit)},
                   {"left_out", outcome.left_out ? json_of(*outcome.left_out) : Json(nullptr)}};
  // Names that aren't UTF-8 are written with the replacement character and not thrown about.
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace semblance
