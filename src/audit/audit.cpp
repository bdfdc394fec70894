#include "semblance/audit.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <utility>

#include "audit/album.hpp"
#include "audit/common_items.hpp"
#include "audit/gallery.hpp"
#include "audit/gallery_pictures.hpp"
#include "audit/inputs.hpp"
#include "audit/model.hpp"
#include "audit/near_copies.hpp"
#include "audit/passes.hpp"
#include "audit/removal.hpp"
#include "audit/row_tables.hpp"
#include "audit/table_passes.hpp"
#include "audit/verdict.hpp"
#include "base/parallel.hpp"
#include "semblance/assess.hpp"
#include "semblance/error.hpp"
#include "semblance/version.hpp"

namespace semblance {
namespace {

using namespace audit_stage;

void check_levels(const char* option, const std::vector<double>& levels) {
  for (const double level : levels) {
    if (level > 0 && level < 1) continue;
    throw Error(ErrorCode::usage, "audit", option, fmt::format("{} is not between 0 and 1", level));
  }
}

void check_options(const AuditOptions& options) {
  check_audit_levels(options);
  if (options.matchers.empty()) throw Error(ErrorCode::usage, "audit", "--train", "is missing");
  if (options.matchers.size() > 1 && (options.agree < 1 || options.agree > options.matchers.size())) {
    throw Error(ErrorCode::usage, "audit", "--agree",
                fmt::format("is {}; with {} matchers it can be 1 to {}", options.agree, options.matchers.size(),
                            options.matchers.size()));
  }
  for (const MatcherInput& matcher : options.matchers) {
    if (options.score_norm == ScoreNorm::none && matcher.cohort) {
      throw Error(ErrorCode::usage, "audit", "--cohort", "is given without --score-norm z, t or s");
    }
    check_score_norm(options, matcher.name, std::nullopt, matcher.calibration.has_value());
    if (options.comparison && matcher.scores) {
      throw Error(ErrorCode::usage, "audit", "--comparison",
                  "compares embeddings; imported scores are final (--distances says that smaller means more alike)");
    }
  }
  if (options.fdr.empty()) throw Error(ErrorCode::usage, "audit", "--fdr", "needs at least one level");
}

std::vector<double> best_scores(const std::vector<PairScore>& bests) {
  std::vector<double> scores;
  scores.reserve(bests.size());
  for (const PairScore& pair : bests) scores.push_back(pair.score);
  return scores;
}

LeakageAssessment assess(const Sets& sets, const Passes& passes, const AuditOptions& options) {
  const std::vector<double> train = best_scores(passes.train.row_bests);
  const std::vector<double> holdout = best_scores(passes.holdout->row_bests);
  const std::vector<double> in_train = best_scores(passes.train.column_bests);
  const std::vector<double> in_holdout = best_scores(passes.holdout->column_bests);
  AssessOptions assess_options;
  assess_options.alpha = options.alpha;
  assess_options.fdr = options.fdr;
  assess_options.seed = options.seed;
  assess_options.permutations = options.permutations;
  assess_options.threads = options.threads;
  assess_options.max_images_per_identity = options.max_images_per_identity;
  return assess_leakage({.best = train,
                         .identity = sets.train.identity,
                         .identities = sets.train.identity_names.size(),
                         .best_mated = passes.best_mated},
                        {.best = holdout,
                         .identity = sets.holdout->identity,
                         .identities = sets.holdout->identity_names.size(),
                         .best_mated = {}},
                        {.best_in_train = in_train, .best_in_holdout = in_holdout}, assess_options);
}

// One verdict from every matcher's global test; empty without a control.
ReportModel::Verdict verdict_of(const std::vector<double>& global_p, double alpha) {
  ReportModel::Verdict verdict{.leakage = "no-control", .p = std::nullopt, .alpha = alpha, .text = {}};
  if (global_p.empty()) return verdict;
  const std::vector<double> adjusted = holm(global_p);
  verdict.p = *std::min_element(adjusted.begin(), adjusted.end());
  verdict.leakage = *verdict.p <= alpha ? "found" : "not-found";
  return verdict;
}

}  // namespace

void check_audit_levels(const AuditOptions& options) {
  check_levels("--alpha", {options.alpha});
  check_levels("--fdr", options.fdr);
  check_levels("--fmr", options.fmr);
}

void check_score_norm(const AuditOptions& options, const std::string& matcher, std::optional<Comparison> comparison,
                      bool calibrated) {
  if (options.score_norm == ScoreNorm::none) return;
  if (calibrated) {
    throw Error(ErrorCode::usage, "audit", "--calibration",
                "holds scores that are not normalised; leave it or --score-norm out");
  }
  if (comparison != Comparison::negative_squared_l2) return;
  throw Error(ErrorCode::usage, "audit", "--score-norm",
              fmt::format("works with cosine and inner-product, not with l2, by which {} is compared", matcher));
}

const char* redaction_name(Redaction redaction) {
  switch (redaction) {
    case Redaction::blur:
      return "blur";
    case Redaction::none:
      return "none";
    case Redaction::omit:
      return "omit";
  }
  return "blur";
}

AuditOutcome audit(const AuditOptions& options) {
  check_options(options);
  const auto begin = std::chrono::steady_clock::now();
  const auto elapsed = [&] { return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count(); };

  AuditOutcome outcome;
  ReportModel& model = outcome.model;
  // Every input is read and checked before the first long pass, so that the last matcher's mistake costs seconds.
  const auto kept = std::make_shared<std::vector<Sets>>();  // the report's tables look names up in them
  std::vector<Sets>& sets = *kept;
  for (const MatcherInput& input : options.matchers) {
    sets.push_back(input.scores ? read_scored_sets(input, options) : read_sets(input, options.comparison));
    if (!input.scores) check_score_norm(options, sets.back().matcher, sets.back().comparison, false);
    check_same_sets(sets.front(), sets.back());
    if (options.pictures) check_pictures(sets.back(), *options.pictures);
    const auto inputs = describe_inputs(sets.back(), input);
    model.inputs.insert(model.inputs.end(), inputs.begin(), inputs.end());
    const auto made = describe_making(sets.back(), input);
    model.made.insert(model.made.end(), made.begin(), made.end());
  }
  keep_common_items(sets);
  for (const Sets& one : sets) check_same_people(sets.front(), one);
  leave_out(sets, options.leave_out);
  outcome.run.seconds.emplace_back("read", elapsed());

  std::vector<std::vector<double>> p_values;  // a matcher, then an identity
  std::vector<double> global_p;
  Album album(options.threads, options.pictures ? options.pictures->generator : GeneratorOptions{});
  std::vector<Sets> as_read;
  for (Sets& one : sets) {
    // Passes may take people out of the hold-out; a cohort that was drawn before needs them.
    if (options.score_norm != ScoreNorm::none) as_read.push_back(one);
    Passes passes = one.tables ? run_table_passes(one, options, outcome.run) : run_passes(one, options, outcome.run);
    std::optional<LeakageAssessment> assessment;
    if (one.holdout) {
      const double before = elapsed();
      assessment = assess(one, passes, options);
      outcome.run.seconds.emplace_back("assess", elapsed() - before);
      global_p.push_back(assessment->global.p);
      std::vector<double>& p = p_values.emplace_back();
      for (const IdentityEvidence& evidence : assessment->identities) p.push_back(evidence.p);
    }
    const LeakageAssessment* const found = assessment ? &*assessment : nullptr;
    ReportModel::Matcher& matcher = model.matchers.emplace_back(describe_matcher(one, passes, found, options));
    PeopleLooks looks;
    if (options.pictures) {
      const double before = elapsed();
      looks = add_near_copies(matcher, one, passes, options, album);
      outcome.run.seconds.emplace_back("pictures", elapsed() - before);
    }
    add_row_tables(matcher, std::shared_ptr<const Sets>(kept, &one), std::move(passes), found, std::move(looks));
  }

  const Sets& first = sets.front();
  model.train = describe_set(first.train);
  model.synthetic = describe_set(first.synthetic);
  if (first.holdout) model.holdout = describe_set(*first.holdout);
  if (p_values.size() > 1) {
    model.consensus = ReportModel::Consensus{
        .at_least = options.agree,
        .fdr = named_lists(consensus_lists(p_values, options.agree, options.fdr), first.train.identity_names)};
  }
  model.version = kVersion;
  model.seed = options.seed;
  model.options = describe_options(options, sets);
  model.verdict = verdict_of(global_p, options.alpha);
  model.verdict.text = verdict_text(model);
  model.limits = limits_of(model);
  if (!options.leave_out.empty()) {
    model.limits.push_back(fmt::format("{} synthetic images were left out beforehand: nothing here is about them.",
                                       options.leave_out.size()));
  }
  model.removal = removal_list(model);
  model.gallery = make_gallery(model, as_read.empty() ? sets : as_read, options);
  if (options.pictures) {
    const double before = elapsed();
    add_pictures(model.gallery, sets.front(), options);
    outcome.run.seconds.emplace_back("gallery", elapsed() - before);
  }

  for (Sets& one : sets) drop_embeddings(one);
  outcome.run.facts.emplace_back("threads", std::to_string(thread_count(options.threads)));
  outcome.run.seconds.emplace_back("total", elapsed());
  return outcome;
}

}  // namespace semblance
