// The study of score distributions: a pass a pair of sets, a histogram a unit of people, their permutation.

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <set>

#include "base/parallel.hpp"
#include "experiment/inputs.hpp"
#include "experiment/permutation.hpp"
#include "experiment/two_sample.hpp"
#include "semblance/error.hpp"

namespace semblance {
namespace {

using namespace experiment_stage;

constexpr std::size_t kRowsForAllThreads = 65'536;

/// Everything of one matcher, read and checked.
struct MatcherSets {
  std::string name;
  EmbeddingSet train;
  std::optional<EmbeddingSet> holdout;
  std::vector<std::pair<std::string, EmbeddingSet>> synthetic;
};

void check(const DistributionOptions& options) {
  const auto refuse = [](const char* option, const std::string& why) {
    throw Error(ErrorCode::usage, "experiment", option, why);
  };
  if (options.matchers.empty()) refuse("--train", "is missing");
  if (options.permutations < 99) refuse("--permutations", "must be at least 99");
  if (options.max_units < 20) refuse("units", "must be at least 20");
  for (const auto& matcher : options.matchers) {
    if (matcher.synthetic.empty()) refuse("--synthetic", "is missing");
    std::set<std::string> names;
    for (const auto& synthetic : matcher.synthetic) {
      if (!names.insert(synthetic.name).second) refuse("--synthetic", fmt::format("names '{}' twice", synthetic.name));
    }
  }
}

MatcherSets read(const DistributionOptions::Matcher& input, Comparison comparison) {
  MatcherSets sets;
  sets.train = read_set(input.train, "training", comparison);
  sets.name = matcher_of(input.name, sets.train);
  if (input.holdout) {
    sets.holdout = read_set(*input.holdout, "hold-out", comparison);
    check_control(sets.train, *sets.holdout);
  }
  for (const auto& synthetic : input.synthetic) {
    EmbeddingSet set = read_set(synthetic.source, "synthetic", comparison);
    check_same_matcher(sets.train, set);
    check_distinct(sets.train, "--train", set, "--synthetic");
    if (sets.holdout) check_distinct(*sets.holdout, "--holdout", set, "--synthetic");
    sets.synthetic.emplace_back(synthetic.name, std::move(set));
  }
  return sets;
}

/// Runs the passes of one matcher.
class Passes {
 public:
  Passes(const MatcherSets& sets, const DistributionOptions& options) : sets_(sets), options_(options) {
    std::vector<MatrixView> all = {sets.train.matrix};
    if (sets.holdout) all.push_back(sets.holdout->matrix);
    for (const auto& [name, set] : sets.synthetic) all.push_back(set.matrix);
    range_ = common_range(all, options.comparison);
  }

  /// Pairs of different people within a set.
  [[nodiscard]] Scores within(const EmbeddingSet& set, const std::string& label) const {
    SinkRequest request = histogram_request();
    request.top_pairs = 1;
    const SelfScoreResult result = score_self(side_of(set), request, score_options(label));
    if (result.top_non_mated.empty()) {
      throw Error(ErrorCode::input, "experiment", set.location,
                  "holds one person only; a study needs pairs of different people within the set");
    }
    Scores scores{.histogram = result.non_mated, .max = result.top_non_mated.front().score, .ascending = {}};
    const std::uint64_t square = std::uint64_t{set.matrix.rows} * set.matrix.rows;
    if (square > options_.exact_pairs) return scores;
    for (const PairScore& pair : every_pair(set, set, square)) {
      if (pair.a < pair.b && set.identity[pair.a] != set.identity[pair.b]) scores.ascending.push_back(pair.score);
    }
    std::ranges::sort(scores.ascending);
    return scores;
  }

  /// All pairs of a real set and a synthetic one.
  [[nodiscard]] Scores across(const EmbeddingSet& real, const EmbeddingSet& synthetic, const std::string& label) const {
    SinkRequest request = histogram_request();
    request.top_pairs = 1;
    const ScoreResult result = score(side_of(real), side_of(synthetic), request, score_options(label));
    Scores scores{.histogram = result.histogram, .max = result.top_pairs.front().score, .ascending = {}};
    add_exact(scores, real, synthetic);
    return scores;
  }

  /// The scores of every unit against a synthetic set.
  [[nodiscard]] std::vector<UnitScores> of_units(const Units& units, const EmbeddingSet& synthetic,
                                                 const std::string& label) const {
    std::vector<UnitScores> scores(units.plans.size());
    const Progress progress = progress_of(label);
    std::atomic<std::uint64_t> done{0};
    std::uint64_t total = 0;
    for (const UnitPlan& unit : units.plans) total += std::uint64_t{unit.rows.size()} * synthetic.matrix.rows;
    SinkRequest request = histogram_request();
    request.top_pairs = 1;
    // A large set feeds every thread by itself, and is then packed once at a time; small ones are done side by side.
    const bool large = synthetic.matrix.rows >= kRowsForAllThreads;
    parallel_for(units.plans.size(), large ? 1 : options_.threads, [&](std::size_t u, unsigned worker) {
      const UnitPlan& unit = units.plans[u];
      const Rows rows(unit.train ? sets_.train : *sets_.holdout, unit.rows);
      ScoreOptions plain;
      plain.comparison = options_.comparison;
      plain.threads = large ? options_.threads : 1;
      const ScoreResult result = score(rows.side(), side_of(synthetic), request, plain);
      scores[u] = {.train = unit.train,
                   .stratum = unit.stratum,
                   .counts = result.histogram.counts,
                   .max = result.top_pairs.front().score};
      const std::uint64_t so_far = done += result.pairs;
      if (worker == 0 && progress && !progress(so_far, total)) {
        throw Error(ErrorCode::interrupted, "experiment", "", "stopped by the user");
      }
    });
    if (progress) progress(total, total);
    return scores;
  }

  /// Units of one side added up: the same histogram as a pass over the whole side, which so is not needed.
  [[nodiscard]] Scores sum(const std::vector<UnitScores>& units, bool train, const EmbeddingSet& real,
                           const EmbeddingSet& synthetic) const {
    Scores scores;
    scores.histogram.low = range_ ? (*range_)[0] : -1;
    scores.histogram.high = range_ ? (*range_)[1] : 1;
    scores.histogram.counts.assign(kHistogramBins, 0);
    scores.max = -std::numeric_limits<double>::infinity();
    for (const UnitScores& unit : units) {
      if (unit.train != train) continue;
      for (std::size_t k = 0; k < kHistogramBins; ++k) scores.histogram.counts[k] += unit.counts[k];
      scores.max = std::max(scores.max, unit.max);
    }
    add_exact(scores, real, synthetic);
    return scores;
  }

 private:
  [[nodiscard]] SinkRequest histogram_request() const {
    SinkRequest request;
    request.histogram = true;
    request.histogram_range = range_;
    return request;
  }
  [[nodiscard]] Progress progress_of(const std::string& label) const {
    return options_.progress ? options_.progress(sets_.name + ": " + label, "pairs") : Progress{};
  }
  [[nodiscard]] ScoreOptions score_options(const std::string& label) const {
    ScoreOptions result;
    result.comparison = options_.comparison;
    result.threads = options_.threads;
    result.progress = progress_of(label);
    return result;
  }
  [[nodiscard]] std::vector<PairScore> every_pair(const EmbeddingSet& a, const EmbeddingSet& b,
                                                  std::uint64_t pairs) const {
    SinkRequest request;
    request.threshold = std::numeric_limits<double>::lowest();
    request.threshold_cap = pairs;
    ScoreOptions plain;
    plain.comparison = options_.comparison;
    plain.threads = options_.threads;
    return score(side_of(a), side_of(b), request, plain).over_threshold;
  }
  void add_exact(Scores& scores, const EmbeddingSet& real, const EmbeddingSet& synthetic) const {
    const std::uint64_t pairs = std::uint64_t{real.matrix.rows} * synthetic.matrix.rows;
    if (pairs > options_.exact_pairs) return;
    for (const PairScore& pair : every_pair(real, synthetic, pairs)) scores.ascending.push_back(pair.score);
    std::ranges::reverse(scores.ascending);
  }

  const MatcherSets& sets_;
  const DistributionOptions& options_;
  std::optional<std::array<double, 2>> range_;
};

DistributionStudy::Test test_people(const MatcherSets& sets, const Units& units, const std::vector<UnitScores>& scored,
                                    const Histogram& bins, const DistributionOptions& options) {
  DistributionStudy::Test test =
      permutation_test(scored, bins.low, (bins.high - bins.low) / static_cast<double>(bins.counts.size()),
                       options.permutations, options.seed, options.threads);
  test.people_train = sets.train.identity_names.size();
  test.people_holdout = sets.holdout->identity_names.size();
  test.units = units.plans.size();
  test.people_per_unit = units.people_per_unit;
  test.fixed_people = units.fixed_people;
  return test;
}

DistributionStudy::Matcher study_matcher(const MatcherSets& sets, const DistributionOptions& options) {
  const Passes passes(sets, options);
  DistributionStudy::Matcher matcher;
  matcher.name = sets.name;
  const Scores real = passes.within(sets.train, "train x train");
  Units units;
  if (sets.holdout) {
    units = plan_units(rows_by_identity(sets.train), rows_by_identity(*sets.holdout), options.max_units, options.seed);
  }
  for (const auto& [name, synthetic] : sets.synthetic) {
    DistributionStudy::Cell& cell = matcher.cells.emplace_back();
    cell.synthetic = name;
    const Scores among = passes.within(synthetic, name + " x itself");
    Scores train;
    if (sets.holdout) {
      const std::vector<UnitScores> scored = passes.of_units(units, synthetic, "train and hold-out x " + name);
      train = passes.sum(scored, true, sets.train, synthetic);
      const Scores holdout = passes.sum(scored, false, *sets.holdout, synthetic);
      cell.distributions = {describe("R-R", real), describe("R-G", train), describe("H-G", holdout),
                            describe("G-G", among)};
      cell.comparisons.push_back(compare("R-G", train, "H-G", holdout));
      if (sets.train.labelled) cell.test = test_people(sets, units, scored, train.histogram, options);
    } else {
      train = passes.across(sets.train, synthetic, "train x " + name);
      cell.distributions = {describe("R-R", real), describe("R-G", train), describe("G-G", among)};
    }
    cell.comparisons.push_back(compare("R-G", train, "R-R", real));
    cell.comparisons.push_back(compare("G-G", among, "R-R", real));
  }
  return matcher;
}

void adjust(std::vector<DistributionStudy::Matcher>& matchers) {
  std::vector<double> p;
  for (const auto& matcher : matchers) {
    for (const auto& cell : matcher.cells) {
      if (cell.test) p.push_back(cell.test->p_min);
    }
  }
  const std::vector<double> adjusted = holm(p);
  std::size_t next = 0;
  for (auto& matcher : matchers) {
    for (auto& cell : matcher.cells) {
      if (cell.test) cell.test->p_adjusted = adjusted[next++];
    }
  }
}

void add_notes(DistributionStudy& study, const std::vector<MatcherSets>& sets) {
  const auto add = [&](std::string text) { study.notes.push_back(std::move(text)); };
  const MatcherSets& first = sets.front();
  if (!first.holdout) {
    add("No hold-out was given: R-G against R-R shows how real the synthetic faces look to the matcher, not whether "
        "training people leak, and there is no p-value.");
  }
  if (!first.train.labelled) {
    add("The training set has no identity labels, so R-R may hold pairs of one person, and there is no p-value: whole "
        "people can't be permuted. Where every image shows another person, say so in --train-items and "
        "--holdout-items.");
  }
  for (const auto& [name, set] : first.synthetic) {
    if (set.labelled) continue;
    add(fmt::format("{} has no identity labels: its G-G may hold pairs of one synthetic person.", set.location));
  }
  for (const auto& matcher : study.matchers) {
    if (matcher.cells.front().test && matcher.cells.front().test->fixed_people > 0) {
      add(
          fmt::format("{}: {} people keep their side in every permutation, because the other set has nobody with about "
                      "as many images or their group is not full.",
                      matcher.name, matcher.cells.front().test->fixed_people));
    }
  }
}

}  // namespace

DistributionStudy study_distribution(const DistributionOptions& options) {
  check(options);
  std::vector<MatcherSets> sets;
  sets.reserve(options.matchers.size());
  for (const auto& input : options.matchers) sets.push_back(read(input, options.comparison));
  DistributionStudy study;
  study.comparison = comparison_text(options.comparison);
  study.permutations = options.permutations;
  study.seed = options.seed;
  for (const MatcherSets& one : sets) {
    study.sets.push_back(describe("train", one.train));
    if (one.holdout) study.sets.push_back(describe("holdout", *one.holdout));
    for (const auto& [name, set] : one.synthetic) study.sets.push_back(describe("synthetic " + name, set));
  }
  for (const MatcherSets& one : sets) study.matchers.push_back(study_matcher(one, options));
  adjust(study.matchers);
  add_notes(study, sets);
  return study;
}

}  // namespace semblance
