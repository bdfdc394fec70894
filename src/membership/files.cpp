// experiment.json, scores.csv and people.csv.

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>

#include "base/csv.hpp"
#include "base/output_folder.hpp"
#include "membership/membership_page.hpp"
#include "report/json_writer.hpp"
#include "semblance/membership.hpp"
#include "semblance/page.hpp"
#include "semblance/version.hpp"

namespace semblance {
namespace {

using report_stage::JsonWriter;
using Layout = JsonWriter::Layout;

void write_estimate(JsonWriter& json, const char* name, const MembershipEstimate& estimate,
                    const char* interval = "ci95") {
  json.open_object(name, Layout::line);
  json.field("value", estimate.value);
  json.open_array(interval, Layout::line);
  json.value(estimate.interval.low);
  json.value(estimate.interval.high);
  json.end_array();
  json.end_object();
}

void write_metrics(JsonWriter& json, const char* name, const MembershipMetrics& metrics) {
  json.open_object(name);
  json.field("members", metrics.members);
  json.field("nonmembers", metrics.nonmembers);
  write_estimate(json, "auc", metrics.auc);
  write_estimate(json, "average_precision", metrics.average_precision);
  json.open_array("tpr");
  for (std::size_t k = 0; k < metrics.tpr.size(); ++k) {
    json.begin_object(Layout::line);
    json.field("fpr", kMembershipFpr[k]);
    json.field("resolved", kMembershipFpr[k] * static_cast<double>(metrics.nonmembers) >= 1);
    json.field("value", metrics.tpr[k].value);
    json.open_array("ci95", Layout::line);
    json.value(metrics.tpr[k].interval.low);
    json.value(metrics.tpr[k].interval.high);
    json.end_array();
    json.end_object();
  }
  json.end_array();
  json.field("p", metrics.p);
  json.end_object();
}

void write_attacks(JsonWriter& json, const MembershipStudy& study) {
  json.open_array("attacks");
  for (const auto& attack : study.attacks) {
    json.begin_object();
    json.field("name", attack.name);
    json.field("description", attack.description);
    json.field("uses_reference", attack.uses_reference);
    write_metrics(json, "person_mean", attack.person_mean);
    json.field("p_holm", attack.p_holm);
    write_metrics(json, "person_max", attack.person_max);
    write_metrics(json, "query", attack.query);
    json.end_object();
  }
  json.end_array();
}

void write_blind(JsonWriter& json, const BlindBaseline& blind) {
  json.open_object("blind");
  json.field("confounded", blind.confounded);
  json.field("text", blind.text);
  json.field("folds", blind.folds);
  json.open_array("classifiers");
  for (const auto& classifier : blind.classifiers) {
    json.begin_object(Layout::line);
    json.field("name", classifier.name);
    write_estimate(json, "auc", classifier.auc, "ci97.5");
    json.field("p", classifier.p);
    json.end_object();
  }
  json.end_array();
  json.end_object();
}

void write_over_representation(JsonWriter& json, const MembershipStudy& study) {
  json.key("over_representation");
  if (!study.over_representation) {
    json.value(nullptr);
    return;
  }
  const OverRepresentation& result = *study.over_representation;
  json.begin_object();
  json.field("people", result.people.size());
  json.field("without_training_images", result.without_training_images);
  json.open_array("spearman");
  for (const auto& curve : result.curves) {
    json.begin_object(Layout::line);
    json.field("attack", curve.attack);
    write_estimate(json, "rho", curve.rho);
    json.end_object();
  }
  json.end_array();
  constexpr std::size_t kListed = 20;
  json.open_array("most_training_images");
  for (std::size_t i = 0; i < std::min(kListed, result.people.size()); ++i) {
    const auto& person = result.people[i];
    json.begin_object(Layout::line);
    json.field("identity", study.people[person.person].name);
    json.field("images", person.images);
    json.field("score", person.score);
    json.field("nonmembers_above", person.nonmembers_above);
    json.end_object();
  }
  json.end_array();
  json.end_object();
}

void write_provenance(JsonWriter& json, const MembershipStudy& study) {
  json.open_object("provenance");
  json.field("version", kVersion);
  json.field("seed", study.seed);
  json.open_object("options");
  for (const auto& [name, value] : study.options) json.field(name, value);
  json.end_object();
  json.open_array("inputs");
  for (const auto& set : study.sets) {
    json.begin_object(Layout::line);
    json.field("role", set.role);
    json.field("path", set.location);
    json.field("sha256", set.sha256);
    if (!set.items_sha256.empty()) json.field("items_sha256", set.items_sha256);
    json.end_object();
  }
  json.end_array();
  json.end_object();
}

void write_json(const MembershipStudy& study, const std::filesystem::path& path) {
  OutputFile file(path);
  JsonWriter json(file);
  json.begin_object();
  json.field("schema", "semblance-experiment/1");
  json.field("study", "membership");
  json.field("conclusion", study.conclusion);
  json.field("alpha", study.alpha);
  json.field("text", study.text);
  json.open_object("sets");
  for (const auto& set : study.sets) {
    json.open_object(set.role, Layout::line);
    json.field("items", set.items);
    json.field("identities", set.people);
    json.field("labelled", set.labelled);
    json.end_object();
  }
  json.end_object();
  write_attacks(json, study);
  write_blind(json, study.blind);
  write_over_representation(json, study);
  json.open_array("notes");
  for (const std::string& note : study.notes) json.value(note);
  json.end_array();
  write_provenance(json, study);
  json.end_object();
  file.write("\n");
  file.close();
}

// Empty for people who have no such score.
std::string score_field(double score) {
  return csv_number(std::isnan(score) ? std::optional<double>() : std::optional(score));
}

const char* group_of(const MembershipStudy::Person& person) {
  return person.member ? "member" : person.set_aside ? "nonmember-reference" : "nonmember";
}

void write_scores(const MembershipStudy& study, const std::filesystem::path& path) {
  OutputFile file(path);
  std::string line = "id,identity,group";
  for (const auto& attack : study.attacks) line.append(",").append(attack.name);
  for (const auto& classifier : study.blind.classifiers) line.append(",blind-").append(classifier.name);
  file.write(line + "\n");
  for (std::size_t q = 0; q < study.queries.size(); ++q) {
    const auto& person = study.people[study.queries[q].person];
    line = fmt::format("{},{},{}", csv_field(study.queries[q].id), csv_field(person.name), group_of(person));
    for (const auto& attack : study.attacks) line.append(",").append(score_field(attack.scores[q]));
    for (const auto& classifier : study.blind.classifiers) line.append(",").append(score_field(classifier.scores[q]));
    file.write(line + "\n");
  }
  file.close();
}

void write_people(const MembershipStudy& study, const std::filesystem::path& path) {
  OutputFile file(path);
  std::string line = "identity,group,queries,training_images";
  for (const auto& attack : study.attacks) line.append(",").append(attack.name);
  file.write(line + "\n");
  for (std::size_t p = 0; p < study.people.size(); ++p) {
    const auto& person = study.people[p];
    line = fmt::format("{},{},{},{}", csv_field(person.name), group_of(person), person.queries,
                       person.training_images ? std::to_string(*person.training_images) : "");
    for (const auto& attack : study.attacks) line.append(",").append(score_field(attack.person_scores[p]));
    file.write(line + "\n");
  }
  file.close();
}

}  // namespace

void write_membership(const MembershipStudy& study, const std::filesystem::path& folder) {
  write_json(study, folder / "experiment.json");
  write_scores(study, folder / "scores.csv");
  write_people(study, folder / "people.csv");
  write_page(membership_stage::page_of(study), folder / "page.html");
}

}  // namespace semblance
