#include "semblance/audit.hpp"

#include <fmt/format.h>

#include <chrono>

#include "audit/inputs.hpp"
#include "audit/model.hpp"
#include "audit/passes.hpp"
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
  check_levels("--alpha", {options.alpha});
  check_levels("--fdr", options.fdr);
  check_levels("--fmr", options.fmr);
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

}  // namespace

AuditOutcome audit(const AuditOptions& options) {
  check_options(options);
  const auto begin = std::chrono::steady_clock::now();
  const auto elapsed = [&] { return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count(); };

  AuditOutcome outcome;
  const Sets sets = read_sets(options);
  outcome.run.seconds.emplace_back("read", elapsed());
  const Passes passes = run_passes(sets, options, outcome.run);
  std::optional<LeakageAssessment> assessment;
  if (sets.holdout) {
    const double before = elapsed();
    assessment = assess(sets, passes, options);
    outcome.run.seconds.emplace_back("assess", elapsed() - before);
  }

  ReportModel& model = outcome.model;
  model.train = describe_set(sets.train);
  model.synthetic = describe_set(sets.synthetic);
  if (sets.holdout) model.holdout = describe_set(*sets.holdout);
  model.matchers.push_back(describe_matcher(sets, passes, assessment ? &*assessment : nullptr, options));
  model.version = kVersion;
  model.seed = options.seed;
  model.options = describe_options(options);
  model.inputs = describe_inputs(sets, options);
  model.verdict.alpha = options.alpha;
  model.verdict.leakage = !assessment ? "no-control" : assessment->found ? "found" : "not-found";
  if (assessment) model.verdict.p = assessment->global.p;
  model.verdict.text = verdict_text(model);
  model.limits = limits_of(model);

  outcome.run.facts.emplace_back("threads", std::to_string(thread_count(options.threads)));
  outcome.run.seconds.emplace_back("total", elapsed());
  return outcome;
}

}  // namespace semblance
