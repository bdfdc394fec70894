#include "audit/model.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <iterator>

#include "audit/curves.hpp"
#include "audit/guards.hpp"
#include "audit/table_passes.hpp"
#include "base/sha256.hpp"
#include "score/sets.hpp"
#include "semblance/calibrate.hpp"

namespace semblance::audit_stage {
namespace {

std::string comparison_of(const Sets& sets) { return sets.tables ? "imported" : comparison_text(sets.comparison); }

// First bin whose lower edge is at or over the score; thresholds are edges themselves, so this is exact for them.
std::uint64_t count_at_or_over(const Histogram& histogram, double score) {
  std::size_t bin = histogram.counts.size();
  while (bin > 0 && histogram.edge(bin - 1) >= score) --bin;
  return histogram.count_from(bin);
}

// FMR of a score: by the calibration where there is one, else by pairs of different training people.
std::optional<double> fmr_at(const Sets& sets, const Passes& passes, double score) {
  if (!sets.calibration) return fmr_of_score(passes.real.non_mated, score);
  const auto fmr = calibrated_fmr(*sets.calibration, score);
  return fmr ? std::optional(fmr->fmr) : std::nullopt;
}

// The lowest histogram edge at or over a score, so that counts at it are exact.
double edge_from(const Histogram& histogram, double score) {
  std::size_t bin = histogram.counts.size();
  while (bin > 0 && histogram.edge(bin - 1) >= score) --bin;
  return histogram.edge(bin);
}

// Where the calibration puts a target FMR; its counts stand for the rule of 30.
ReportModel::Threshold calibrated_threshold(const Sets& sets, const Passes& passes, double target) {
  ReportModel::Threshold row;
  row.fmr = target;
  const auto at = calibrated_score(*sets.calibration, target);
  row.score = at ? edge_from(passes.train.histogram, at->score) : passes.train.histogram.high;
  const auto fmr = calibrated_fmr(*sets.calibration, row.score);
  row.expected_by_chance = (fmr ? std::min(fmr->fmr, target) : target) * static_cast<double>(passes.train.pairs);
  row.resolved = at && at->evidence == Evidence::measured;
  row.extrapolated = at && at->evidence == Evidence::extrapolated;
  for (const CalibratedThreshold& listed : sets.calibration->thresholds) {
    if (listed.fmr_target != target || !listed.fmr) continue;
    row.false_matches = listed.fmr->errors;
    row.rule_of_30 = listed.fmr->rule_of_30;
  }
  return row;
}

// The same from the audit's own non-mated scores.
ReportModel::Threshold own_threshold(const Passes& passes, double target) {
  const FmrThreshold at = threshold_at_fmr(passes.real.non_mated, target);
  ReportModel::Threshold row;
  row.fmr = target;
  row.score = at.score;
  // Where no non-mated pair reaches the threshold the observed rate is 0, which nobody should take for chance.
  row.expected_by_chance = (at.false_matches > 0 ? at.fmr : target) * static_cast<double>(passes.train.pairs);
  row.false_matches = at.false_matches;
  row.resolved = at.resolved;
  row.rule_of_30 = at.rule_of_30;
  return row;
}

std::vector<ReportModel::Pair> top_pairs(const Sets& sets, const Passes& passes) {
  std::vector<ReportModel::Pair> pairs;
  pairs.reserve(passes.train.top_pairs.size());
  for (const PairScore& pair : passes.train.top_pairs) {
    pairs.push_back({.rank = pairs.size() + 1,
                     .score = pair.score,
                     .train = sets.train.ids[pair.a],
                     .train_identity = sets.train.identity_names[sets.train.identity[pair.a]],
                     .synthetic = sets.synthetic.ids[pair.b],
                     .fmr = fmr_at(sets, passes, pair.score),
                     .similarity = std::nullopt,
                     .kind = {}});
  }
  return pairs;
}

std::vector<ReportModel::HoldoutPair> holdout_pairs(const Sets& sets, const Passes& passes) {
  std::vector<ReportModel::HoldoutPair> pairs;
  pairs.reserve(passes.holdout->top_pairs.size());
  for (const PairScore& pair : passes.holdout->top_pairs) {
    pairs.push_back({.rank = pairs.size() + 1,
                     .score = pair.score,
                     .holdout = sets.holdout->ids[pair.a],
                     .holdout_identity = sets.holdout->identity_names[sets.holdout->identity[pair.a]],
                     .synthetic = sets.synthetic.ids[pair.b],
                     .fmr = fmr_at(sets, passes, pair.score),
                     .similarity = std::nullopt,
                     .kind = {}});
  }
  return pairs;
}

std::vector<ReportModel::Threshold> thresholds(const Sets& sets, const Passes& passes, const AuditOptions& options) {
  std::vector<ReportModel::Threshold> rows;
  for (const double target : options.fmr) {
    ReportModel::Threshold row =
        sets.calibration ? calibrated_threshold(sets, passes, target) : own_threshold(passes, target);
    row.pairs = count_at_or_over(passes.train.histogram, row.score);
    if (passes.holdout) {
      row.holdout_pairs = count_at_or_over(passes.holdout->histogram, row.score);
      row.expected_from_holdout = static_cast<double>(*row.holdout_pairs) *
                                  static_cast<double>(sets.train.matrix.rows) /
                                  static_cast<double>(sets.holdout->matrix.rows);
    }
    rows.push_back(row);
  }
  return rows;
}

void add_assessment(ReportModel::Matcher& matcher, const Sets& sets, const LeakageAssessment& assessment) {
  matcher.global_p = assessment.global.p;
  matcher.auc = assessment.global.auc;
  for (const auto& c : assessment.global.components) matcher.components.push_back({c.name, c.statistic, c.p});
  for (const auto& s : assessment.global.strata) matcher.strata.push_back({s.images, s.train, s.holdout});
  matcher.smallest_p = assessment.smallest_p;
  matcher.smallest_possible_p = assessment.smallest_possible_p;
  matcher.fewest_listable = assessment.fewest_listable;
  matcher.identity_lists = named_lists(assessment.identity_lists, sets.train.identity_names);
  matcher.image_lists = named_lists(assessment.image_lists, sets.synthetic.ids);
  matcher.targets = assessment.targets;
  matcher.decoys = assessment.decoys;
  const LeakRate& rate = assessment.leak_rate;
  matcher.leak_rate = ReportModel::LeakRate{.estimate = rate.estimate,
                                            .low = rate.low,
                                            .high = rate.high,
                                            .upper95 = rate.upper95,
                                            .minimum_detectable = rate.minimum_detectable,
                                            .threshold = rate.threshold,
                                            .share_train = rate.share_train,
                                            .share_holdout = rate.share_holdout,
                                            .sensitivity = rate.sensitivity,
                                            .sensitivity_assumed = rate.sensitivity_assumed,
                                            .power = {}};
  for (const LeakRate::Power& at : rate.power) {
    matcher.leak_rate->power.push_back({.leak_rate = at.leak_rate, .power = at.power, .low = at.low, .high = at.high});
  }
  matcher.notes = assessment.notes;
}

}  // namespace

ReportModel::Matcher describe_matcher(const Sets& sets, const Passes& passes, const LeakageAssessment* assessment,
                                      const AuditOptions& options) {
  ReportModel::Matcher matcher;
  matcher.name = sets.matcher;
  matcher.comparison = comparison_of(sets);
  matcher.views = sets.views;
  matcher.pairs_scored = passes.train.pairs;
  matcher.top = top_pairs(sets, passes);
  matcher.thresholds = thresholds(sets, passes, options);
  matcher.fmr_source = sets.calibration      ? "the calibration given"
                       : sets.train.labelled ? "pairs of different people within the training set"
                                             : "all pairs within the training set (no identity labels)";
  matcher.non_mated = sets.calibration ? sets.calibration->non_mated : passes.real.non_mated_pairs;
  matcher.mated = sets.calibration ? sets.calibration->mated : passes.real.mated_pairs;
  matcher.identities_tested = sets.train.identity_names.size();
  if (passes.holdout) matcher.holdout_top = holdout_pairs(sets, passes);
  matcher.curves.push_back(curve("R-G", passes.train.histogram));
  if (passes.holdout) matcher.curves.push_back(curve("H-G", passes.holdout->histogram));
  const bool real = passes.real.non_mated_pairs > 0;  // imported scores may lack them
  if (real && sets.train.labelled) matcher.curves.push_back(curve("R-R mated", passes.real.mated));
  if (real) matcher.curves.push_back(curve("R-R non-mated", passes.real.non_mated));
  matcher.people_curves.push_back(people_curve("R", sets.train, passes.train));
  if (passes.holdout) matcher.people_curves.push_back(people_curve("H", *sets.holdout, *passes.holdout));
  matcher.error_rates = error_points(sets, passes);
  matcher.guards = describe_guards(sets, passes, options.train_dataset);
  if (assessment != nullptr) add_assessment(matcher, sets, *assessment);
  if (!passes.score_norm.empty()) matcher.notes.push_back(passes.score_norm);
  if (sets.tables) std::ranges::copy(table_notes(sets), std::back_inserter(matcher.notes));
  if (!sets.unchecked.empty()) matcher.notes.push_back(sets.unchecked);
  const auto sentences = guard_sentences(matcher.guards);
  matcher.notes.insert(matcher.notes.end(), sentences.begin(), sentences.end());
  return matcher;
}

std::vector<ReportModel::List> named_lists(const std::vector<FdrList>& lists, const std::vector<std::string>& names) {
  std::vector<ReportModel::List> result;
  for (const FdrList& list : lists) {
    ReportModel::List& copy = result.emplace_back(ReportModel::List{.q = list.q, .count = list.count, .ids = {}});
    for (const std::uint32_t id : list.ids) copy.ids.push_back(names[id]);
  }
  return result;
}

namespace {

// Whom no image is left of, though the set names some.
std::vector<std::string> lost_people(const EmbeddingSet& set) {
  if (!set.labelled) return {};
  std::vector<std::string> lost;
  for (const EmbeddingSet::Rejection& one : set.rejected_items) {
    if (!one.identity.empty() && !std::ranges::binary_search(set.identity_names, one.identity))
      lost.push_back(one.identity);
  }
  std::ranges::sort(lost);
  lost.erase(std::ranges::unique(lost).begin(), lost.end());
  return lost;
}

}  // namespace

ReportModel::Set describe_set(const EmbeddingSet& set) {
  std::vector<std::pair<std::string, std::size_t>> rejections(set.rejections.begin(), set.rejections.end());
  std::stable_sort(rejections.begin(), rejections.end(),
                   [](const auto& x, const auto& y) { return x.second > y.second; });
  return {.location = set.location,
          .items = set.matrix.rows,
          .identities = set.labelled ? set.identity_names.size() : 0,
          .rejected = set.rejected,
          .labelled = set.labelled,
          .rejections = std::move(rejections),
          .lost_people = lost_people(set)};
}

std::vector<ReportModel::Making> describe_making(const Sets& sets, const MatcherInput& input) {
  std::vector<ReportModel::Making> made;
  const auto add = [&](const char* set, const Facts& facts) {
    if (!facts.empty()) made.push_back({.matcher = sets.matcher, .set = set, .facts = facts});
  };
  add("", input.made);
  add("train", sets.train.made);
  add("synthetic", sets.synthetic.made);
  if (sets.holdout) add("holdout", sets.holdout->made);
  return made;
}

std::vector<ReportModel::Input> describe_inputs(const Sets& sets, const MatcherInput& input) {
  std::vector<ReportModel::Input> inputs;
  const auto add = [&](const std::string& role, const EmbeddingSet& set, const EmbeddingSource& source) {
    inputs.push_back({role, set.location, set.sha256});
    if (source.items) inputs.push_back({role + "-items", source.items->string(), set.items_sha256});
  };
  add("train", sets.train, input.train);
  add("synthetic", sets.synthetic, input.synthetic);
  if (sets.holdout) add("holdout", *sets.holdout, *input.holdout);
  if (sets.tables) {
    inputs.push_back({"train-scores", sets.tables->train.location, sets.tables->train.sha256});
    if (const auto& holdout = sets.tables->holdout) {
      inputs.push_back({"holdout-scores", holdout->location, holdout->sha256});
    }
    if (const auto& real = sets.tables->real) inputs.push_back({"train-train-scores", real->location, real->sha256});
  }
  if (sets.card) inputs.push_back({"card", input.card->string(), sets.card->sha256});
  if (sets.cohort) add("cohort", *sets.cohort, *input.cohort);
  if (input.calibration)
    inputs.push_back({"calibration", input.calibration->string(), sha256_file(*input.calibration)});
  return inputs;
}

std::vector<std::pair<std::string, std::string>> describe_options(const AuditOptions& options,
                                                                  const std::vector<Sets>& sets) {
  const bool alike =
      std::ranges::all_of(sets, [&](const Sets& one) { return comparison_of(one) == comparison_of(sets[0]); });
  std::vector<std::pair<std::string, std::string>> described = {
      {"comparison", alike ? comparison_of(sets[0]) : std::string(kEachItsOwn)},
      {"score-norm", score_norm_name(options.score_norm)},
      {"train-dataset", options.train_dataset},
      {"fmr", fmt::format("{:g}", fmt::join(options.fmr, ", "))},
      {"top", std::to_string(options.top)},
      {"alpha", fmt::format("{:g}", options.alpha)},
      {"fdr", fmt::format("{:g}", fmt::join(options.fdr, ", "))},
      {"permutations", std::to_string(options.permutations)},
      {"images-per-identity",
       options.max_images_per_identity == 0 ? std::string("all") : std::to_string(options.max_images_per_identity)}};
  if (!options.leave_out.empty()) described.emplace_back("left-out", std::to_string(options.leave_out.size()));
  if (options.pictures) {
    described.emplace_back("train-images", options.pictures->train.string());
    described.emplace_back("synthetic-images", options.pictures->synthetic.string());
    if (options.pictures->holdout) described.emplace_back("holdout-images", options.pictures->holdout->string());
    described.emplace_back("redact", redaction_name(options.redaction));
  }
  return described;
}

}  // namespace semblance::audit_stage
