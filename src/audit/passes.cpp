#include "audit/passes.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>

#include "audit/control.hpp"
#include "audit/roles.hpp"
#include "score/sets.hpp"
#include "semblance/error.hpp"

namespace semblance::audit_stage {
namespace {

class Stopwatch {
 public:
  Stopwatch(RunFacts& run, std::string stage) : run_(run), stage_(std::move(stage)) {}
  ~Stopwatch() { run_.seconds.emplace_back(stage_, std::chrono::duration<double>(Clock::now() - begin_).count()); }
  Stopwatch(const Stopwatch&) = delete;
  Stopwatch& operator=(const Stopwatch&) = delete;

 private:
  using Clock = std::chrono::steady_clock;
  RunFacts& run_;
  std::string stage_;
  Clock::time_point begin_ = Clock::now();
};

// Before the hold-out meets G, so that nobody is left out for how they score there.
void leave_out_overlaps(Sets& sets, Roles& roles, Passes& passes, const ScoreOptions& options) {
  SinkRequest request;
  request.identity_bests_a = true;
  const ScoreResult against_train = score(roles.holdout(), roles.train_as_probe(), request, options);
  const OverlapGuard guard =
      find_overlaps(against_train.identity_bests_a, against_train.pairs, passes.real.mated, passes.real.non_mated);
  passes.overlap_threshold = guard.threshold;
  if (guard.overlaps.empty()) return;
  std::vector<IdentityIndex> excluded;
  for (const Overlap& overlap : guard.overlaps) {
    excluded.push_back(overlap.holdout);
    passes.overlaps.push_back({.holdout_identity = sets.holdout->identity_names[overlap.holdout],
                               .holdout = sets.holdout->ids[overlap.pair.a],
                               .train_identity = sets.train.identity_names[sets.train.identity[overlap.pair.b]],
                               .train = sets.train.ids[overlap.pair.b],
                               .score = overlap.pair.score});
  }
  if (excluded.size() + 2 > sets.holdout->identity_names.size()) {
    throw Error(
        ErrorCode::input, "audit", sets.holdout->location,
        fmt::format("nearly all its people look like people of {} (first '{}', score {:.4f}); a hold-out must be "
                    "other people",
                    sets.train.location, passes.overlaps.front().holdout_identity, passes.overlaps.front().score));
  }
  sets.holdout = without_identities(*sets.holdout, excluded);
  roles.read_holdout_again();
}

}  // namespace

Passes run_passes(Sets& sets, const AuditOptions& options, RunFacts& run) {
  Roles roles(sets, options);
  const auto range = roles.histogram_range();
  const auto named = [&](const std::string& stage) {
    return options.matchers.size() > 1 ? sets.matcher + ": " + stage : stage;
  };
  const auto score_options = [&](const std::string& label) {
    ScoreOptions result;
    result.comparison = roles.comparison();
    result.threads = options.threads;
    if (options.progress) result.progress = options.progress(named(label), "pairs");
    return result;
  };

  SinkRequest against_synthetic;
  against_synthetic.top_pairs = options.top;
  against_synthetic.row_bests = 1;
  against_synthetic.column_bests = 1;
  against_synthetic.histogram = true;
  against_synthetic.histogram_range = range;

  SinkRequest real_only;
  real_only.histogram = true;
  real_only.histogram_range = range;

  Passes passes;
  passes.score_norm = roles.words();
  {
    const Stopwatch watch(run, named("score train x train"));
    const ScoreOptions scoring = score_options("scoring train x train");
    passes.real = roles.normalised() ? score_roles(roles.train(), roles.train_as_probe(), real_only, scoring)
                                     : score_self(roles.train(), real_only, scoring);
    const ScoreOptions mated = score_options("mated scores");
    passes.best_mated = roles.normalised() ? best_mated_scores(roles.train(), roles.train_as_probe(), mated)
                                           : best_mated_scores(roles.train(), mated);
  }
  if (sets.holdout && sets.train.labelled) {
    const Stopwatch watch(run, named("score holdout x train"));
    leave_out_overlaps(sets, roles, passes, score_options("scoring holdout x train"));
  }
  if (sets.holdout) {
    const Stopwatch watch(run, named("train against holdout"));
    ExchangeabilityOptions control;
    control.comparison = sets.comparison;
    control.seed = options.seed;
    control.threads = options.threads;
    passes.control = exchangeability(side_of(sets.train), side_of(*sets.holdout), control);
  }
  {
    const Stopwatch watch(run, named("score train x synthetic"));
    passes.train =
        score(roles.train(), roles.synthetic(), against_synthetic, score_options("scoring train x synthetic"));
  }
  if (sets.holdout) {
    const Stopwatch watch(run, named("score holdout x synthetic"));
    passes.holdout =
        score(roles.holdout(), roles.synthetic(), against_synthetic, score_options("scoring holdout x synthetic"));
  }
  return passes;
}

}  // namespace semblance::audit_stage
