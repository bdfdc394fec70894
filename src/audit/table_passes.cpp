#include "audit/table_passes.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

#include "score/sets.hpp"
#include "semblance/calibrate.hpp"
#include "semblance/error.hpp"
#include "store/agreement.hpp"

namespace semblance::audit_stage {
namespace {

constexpr std::uint64_t kFewestMated = 20;  // fewer may lie low by chance

[[noreturn]] void refuse(const std::string& option, const std::string& why) {
  throw Error(ErrorCode::usage, "audit", option, why);
}

EmbeddingSet people_of(const EmbeddingSource& source, const char* option) {
  if (source.items)
    refuse(std::string(option) + "-items", "has no place with --scores: the set is an items file itself");
  return read_people(source.location, source.name);
}

void check_options(const MatcherInput& input, const AuditOptions& options) {
  if (input.holdout.has_value() != input.scores->holdout_synthetic.has_value()) {
    refuse("--holdout-scores", input.holdout ? "is missing: scores of --holdout against --synthetic"
                                             : "is given without --holdout, whose items its rows are");
  }
  if (!input.calibration && !input.scores->train_train) {
    refuse(
        "--train-scores",
        "is missing: scores of different people are what thresholds come from. Give those of --train against itself, "
        "or --calibration (`semblance calibrate --scores`)");
  }
  if (options.score_norm != ScoreNorm::none) refuse("--score-norm", "needs embeddings; imported scores are final");
  if (input.cohort) refuse("--cohort", "needs embeddings; imported scores are final");
  if (!options.leave_out.empty()) refuse("--scores", "hold images that are to be left out; import scores without them");
}

double mean(const Histogram& histogram) {
  double sum = 0;
  double count = 0;
  for (std::size_t bin = 0; bin < histogram.counts.size(); ++bin) {
    sum += histogram.edge(bin) * static_cast<double>(histogram.counts[bin]);
    count += static_cast<double>(histogram.counts[bin]);
  }
  return sum / count;
}

// Scores of one person that lie below those of different people are distances, or are said to be and aren't.
void check_direction(const SelfScoreResult& real, bool distances) {
  if (real.mated_pairs < kFewestMated || real.non_mated_pairs == 0 || mean(real.mated) >= mean(real.non_mated)) return;
  refuse("--train-scores", distances
                               ? "are lower between different people than within one: leave --distances out, these "
                                 "are similarities"
                               : "are higher between different people than within one: are these distances? Say "
                                 "--distances");
}

}  // namespace

Sets read_scored_sets(const MatcherInput& input, const AuditOptions& options) {
  check_options(input, options);
  Sets sets;
  sets.train = people_of(input.train, "--train");
  sets.synthetic = people_of(input.synthetic, "--synthetic");
  if (input.holdout) sets.holdout = people_of(*input.holdout, "--holdout");
  for (const EmbeddingSet* set : {&sets.train, &sets.synthetic, sets.holdout ? &*sets.holdout : &sets.train}) {
    if (set->matrix.rows < 2) {
      throw Error(ErrorCode::input, "audit", set->location, "holds fewer than two items; an audit needs two at least");
    }
  }
  store_stage::check_distinct(sets.train, "--train", sets.synthetic, "--synthetic");
  if (sets.holdout) {
    store_stage::check_control(sets.train, *sets.holdout);
    store_stage::check_distinct(sets.synthetic, "--synthetic", *sets.holdout, "--holdout");
  }
  sets.matcher = input.name.empty() ? "imported scores" : input.name;
  const PairTableOptions of_pairs{.distances = input.scores->distances, .one_set = false};
  Tables tables;
  tables.train = read_pair_table(input.scores->train_synthetic, sets.train.ids, sets.synthetic.ids, of_pairs);
  if (sets.holdout) {
    tables.holdout = read_pair_table(*input.scores->holdout_synthetic, sets.holdout->ids, sets.synthetic.ids, of_pairs);
  }
  if (input.scores->train_train) {
    tables.real = read_pair_table(*input.scores->train_train, sets.train.ids, sets.train.ids,
                                  {.distances = input.scores->distances, .one_set = true});
  }
  sets.tables = std::move(tables);
  if (input.card) sets.card = read_matcher_card(*input.card);
  if (input.calibration) {
    sets.calibration = read_calibration(*input.calibration);
    if (sets.calibration->comparison) {
      throw Error(ErrorCode::input, "audit", input.calibration->string(),
                  fmt::format("is of {} scores of embeddings; imported scores need a calibration of imported scores "
                              "(`semblance calibrate --scores`)",
                              comparison_text(*sets.calibration->comparison)));
    }
    const MatcherFacts facts{
        .name = input.name, .sha256 = sets.card ? sets.card->sha256 : std::string(), .dimension = 0};
    sets.unchecked = check_calibration_matches(*sets.calibration, facts, input.calibration->string());
  }
  return sets;
}

Passes run_table_passes(const Sets& sets, const AuditOptions& options, RunFacts& run) {
  const Tables& tables = *sets.tables;
  std::array<double, 2> range = {tables.train.low, tables.train.high};
  for (const auto* table : {&tables.holdout, &tables.real}) {
    if (!*table) continue;
    range = {std::min(range[0], (*table)->low), std::max(range[1], (*table)->high)};
  }
  // Calibrated thresholds are counted at, which nothing may reach: they belong into the bins, not onto their border.
  if (sets.calibration) {
    const double margin = (range[1] - range[0]) / 1000;
    for (const double target : options.fmr) {
      const auto at = calibrated_score(*sets.calibration, target);
      if (!at) continue;
      range = {std::min(range[0], at->score - margin), std::max(range[1], at->score + margin)};
    }
  }
  SinkRequest against_synthetic;
  against_synthetic.top_pairs = options.top;
  against_synthetic.row_bests = 1;
  against_synthetic.column_bests = 1;
  against_synthetic.histogram = true;
  against_synthetic.histogram_range = range;
  SinkRequest real_only;
  real_only.histogram = true;
  real_only.histogram_range = range;

  const auto begin = std::chrono::steady_clock::now();
  const Progress progress = options.progress ? options.progress("reading scores", "pairs") : Progress{};
  Passes passes;
  passes.real.mated =
      passes.real.non_mated = {.low = range[0], .high = range[1], .counts = std::vector<std::uint64_t>(kHistogramBins)};
  passes.best_mated.assign(sets.train.matrix.rows, -std::numeric_limits<double>::infinity());
  const ScoreSide train = side_of(sets.train);
  const ScoreSide synthetic = side_of(sets.synthetic);
  if (tables.real) {
    passes.real = score_table_self(*tables.real, train, real_only, options.threads, progress);
    check_direction(passes.real, tables.real->distances);
    passes.best_mated = best_mated_of_table(*tables.real, train);
  }
  passes.train = score_table(tables.train, train, synthetic, against_synthetic, options.threads, progress);
  if (tables.holdout) {
    passes.holdout =
        score_table(*tables.holdout, side_of(*sets.holdout), synthetic, against_synthetic, options.threads, progress);
  }
  run.seconds.emplace_back("imported scores",
                           std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count());
  return passes;
}

std::vector<std::string> table_notes(const Sets& sets) {
  std::vector<std::string> notes = {
      "Scores were imported: nobody here has seen the embeddings. Whether the hold-out is a fair control without the "
      "synthetic images, and whether held-out people are training people under another name, was not looked at."};
  if (sets.tables->train.distances) notes.emplace_back("What was imported are distances; scores are their negatives.");
  std::uint64_t missing = sets.tables->train.missing;
  for (const auto* table : {&sets.tables->holdout, &sets.tables->real}) missing += *table ? (*table)->missing : 0;
  if (missing > 0) {
    notes.push_back(fmt::format("{} no score, which counts as no match.",
                                missing == 1 ? "1 pair has" : fmt::format("{} pairs have", missing)));
  }
  return notes;
}

}  // namespace semblance::audit_stage
