// The study of pairs: the best of R x G, beside what chance and H x G give.

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <unordered_set>

#include "base/rng.hpp"
#include "experiment/inputs.hpp"
#include "experiment/near_duplicates.hpp"
#include "semblance/calibrate.hpp"
#include "semblance/error.hpp"

namespace semblance {
namespace {

using namespace experiment_stage;

constexpr std::size_t kMostClustered = 10'000;  // images of the best so many pairs are looked at for near-duplicates

struct Inputs {
  EmbeddingSet train, synthetic;
  std::optional<EmbeddingSet> holdout;
};

void check(const PairsOptions& options) {
  const auto refuse = [](const char* option, const std::string& why) {
    throw Error(ErrorCode::usage, "experiment", option, why);
  };
  if (options.top == 0) refuse("--top", "must be at least 1");
  for (const double fmr : options.fmr) {
    if (!(fmr > 0 && fmr < 1)) refuse("--fmr", fmt::format("{} is not between 0 and 1", fmr));
  }
  for (const double t : options.thresholds) {
    if (!std::isfinite(t)) refuse("--threshold", "is not a finite number");
  }
  if (!(options.near_duplicate >= 0 && options.near_duplicate <= 1)) {
    refuse("--near-duplicate", fmt::format("{} is not between 0 and 1", options.near_duplicate));
  }
}

Inputs read(const PairsOptions& options) {
  Inputs sets;
  sets.train = read_set(options.train, "training", options.comparison);
  sets.synthetic = read_set(options.synthetic, "synthetic", options.comparison);
  check_same_matcher(sets.train, sets.synthetic);
  check_distinct(sets.train, "--train", sets.synthetic, "--synthetic");
  if (options.holdout) {
    sets.holdout = read_set(*options.holdout, "hold-out", options.comparison);
    check_control(sets.train, *sets.holdout);
    check_distinct(sets.synthetic, "--synthetic", *sets.holdout, "--holdout");
  }
  return sets;
}

std::size_t reaching(const std::vector<PairScore>& bests, double threshold) {
  return static_cast<std::size_t>(
      std::ranges::count_if(bests, [&](const PairScore& pair) { return pair.b != kNoRow && pair.score >= threshold; }));
}

/// The first edge at or over a score.
std::size_t edge_from(const Histogram& histogram, double score) {
  std::size_t bin = histogram.counts.size();
  while (bin > 0 && histogram.edge(bin - 1) >= score) --bin;
  return bin;
}

/// Everything at or over an edge: who has a pair there follows from the bests, however many pairs there are.
PairsStudy::Count count_from(const ScoreResult& pass, std::size_t edge, double score, bool real_labelled,
                             bool synthetic_labelled) {
  return {.pairs = pass.histogram.count_from(edge),
          .real_items = reaching(pass.row_bests, score),
          .real_identities = real_labelled ? reaching(pass.identity_bests_a, score) : 0,
          .synthetic_items = reaching(pass.column_bests, score),
          .synthetic_identities = synthetic_labelled ? reaching(pass.identity_bests_b, score) : 0};
}

PairsStudy::Count count_pairs(const std::vector<PairScore>& pairs, const EmbeddingSet& real,
                              const EmbeddingSet& synthetic) {
  std::unordered_set<std::uint32_t> items, identities, images, synthetic_identities;
  for (const PairScore& pair : pairs) {
    items.insert(pair.a);
    images.insert(pair.b);
    if (real.labelled) identities.insert(real.identity[pair.a]);
    if (synthetic.labelled) synthetic_identities.insert(synthetic.identity[pair.b]);
  }
  return {pairs.size(), items.size(), identities.size(), images.size(), synthetic_identities.size()};
}

std::string identity_name(const EmbeddingSet& set, RowIndex row) {
  return set.labelled ? set.identity_names[set.identity[row]] : std::string();
}

BestMatches best_matches(const std::string& name, const std::vector<PairScore>& bests, const EmbeddingSet& real,
                         const EmbeddingSet& synthetic) {
  BestMatches matches;
  matches.name = name;
  matches.gallery = real.matrix.rows;
  matches.real_item_names = real.ids;
  for (std::size_t j = 0; j < bests.size(); ++j) {
    matches.score.push_back(bests[j].score);
    matches.synthetic_identity.push_back(synthetic.identity[j]);
    matches.real_item.push_back(bests[j].a);
    matches.real_identity.push_back(real.identity[bests[j].a]);
  }
  return matches;
}

/// Whole people in an order drawn by seed, up to as many images as asked for (the last person may go over it).
std::vector<RowIndex> draw_people(const EmbeddingSet& set, std::size_t images, std::uint64_t seed) {
  const auto people = rows_by_identity(set);
  Rng rng(derive_seed(seed, "people of equal sets"));
  std::vector<RowIndex> rows;
  for (const std::size_t person : random_permutation(people.size(), rng)) {
    if (rows.size() >= images) break;
    rows.insert(rows.end(), people[person].begin(), people[person].end());
  }
  std::ranges::sort(rows);
  return rows;
}

class PairsRun {
 public:
  explicit PairsRun(const PairsOptions& options) : options_(options), sets_(read(options)) {
    std::vector<MatrixView> all = {sets_.train.matrix, sets_.synthetic.matrix};
    if (sets_.holdout) all.push_back(sets_.holdout->matrix);
    range_ = common_range(all, options.comparison);
  }

  PairsStudy run() {
    study_.matcher = matcher_of({}, sets_.train);
    study_.comparison = comparison_text(options_.comparison);
    study_.seed = options_.seed;
    study_.near_duplicate = options_.comparison == Comparison::cosine ? options_.near_duplicate : 0;
    study_.sets = {describe("train", sets_.train), describe("synthetic", sets_.synthetic)};
    if (sets_.holdout) study_.sets.push_back(describe("holdout", *sets_.holdout));
    score_all();
    for (const double fmr : options_.fmr) study_.thresholds.push_back(at_fmr(fmr));
    for (const double score : options_.thresholds) study_.thresholds.push_back(at_score(score));
    std::ranges::stable_sort(study_.thresholds, {}, &PairsStudy::Threshold::score);
    study_.top = top_of(train_, sets_.train, "train", "synthetic");
    if (holdout_) study_.holdout_top = top_of(*holdout_, *sets_.holdout, "holdout", "synthetic in holdout pairs");
    expect_in_top();
    list_images();
    summarise_bests();
    add_notes();
    return std::move(study_);
  }

 private:
  ScoreOptions score_options(const std::string& label) const {
    ScoreOptions result;
    result.comparison = options_.comparison;
    result.threads = options_.threads;
    if (options_.progress) result.progress = options_.progress(label, "pairs");
    return result;
  }

  void score_all() {
    SinkRequest request;
    request.top_pairs = options_.top;
    request.row_bests = 1;
    request.column_bests = 1;
    request.identity_bests_a = true;
    request.identity_bests_b = true;
    request.histogram = true;
    request.histogram_range = range_;
    train_ = score(side_of(sets_.train), side_of(sets_.synthetic), request, score_options("train x synthetic"));
    study_.pairs = train_.pairs;
    study_.curves.push_back({"R-G", train_.histogram});
    if (sets_.holdout) {
      holdout_ =
          score(side_of(*sets_.holdout), side_of(sets_.synthetic), request, score_options("hold-out x synthetic"));
      study_.holdout_pairs = holdout_->pairs;
      study_.curves.push_back({"H-G", holdout_->histogram});
    }
    SinkRequest real;
    real.histogram = true;
    real.histogram_range = range_;
    non_mated_ = score_self(side_of(sets_.train), real, score_options("train x train")).non_mated;
    study_.non_mated = non_mated_.total();
    if (study_.non_mated == 0) {
      throw Error(ErrorCode::input, "experiment", sets_.train.location,
                  "holds one person only; thresholds come from pairs of different people");
    }
    study_.curves.push_back({"R-R non-mated", non_mated_});
  }

  /// H x G to the size of R x G.
  [[nodiscard]] double scaled(std::uint64_t holdout_pairs) const {
    return static_cast<double>(holdout_pairs) * static_cast<double>(sets_.train.matrix.rows) /
           static_cast<double>(sets_.holdout->matrix.rows);
  }

  PairsStudy::Threshold at_edge(std::size_t edge) const {
    PairsStudy::Threshold row;
    row.score = non_mated_.edge(edge);
    row.false_matches = non_mated_.count_from(edge);
    row.rule_of_30 = row.false_matches >= 30;
    row.train = count_from(train_, edge, row.score, sets_.train.labelled, sets_.synthetic.labelled);
    row.expected_by_chance = static_cast<double>(row.false_matches) / static_cast<double>(study_.non_mated) *
                             static_cast<double>(train_.pairs);
    if (holdout_) {
      row.holdout = count_from(*holdout_, edge, row.score, sets_.holdout->labelled, sets_.synthetic.labelled);
      row.expected_from_holdout = scaled(row.holdout->pairs);
    }
    return row;
  }

  PairsStudy::Threshold at_fmr(double fmr) const {
    const FmrThreshold at = threshold_at_fmr(non_mated_, fmr);
    PairsStudy::Threshold row = at_edge(edge_from(non_mated_, at.score));
    row.score = at.score;
    row.fmr = fmr;
    row.resolved = at.resolved;
    // Where no non-mated pair reaches the threshold the observed rate is 0, which nobody should take for chance.
    if (at.false_matches == 0) row.expected_by_chance = fmr * static_cast<double>(train_.pairs);
    return row;
  }

  PairsStudy::Threshold at_score(double score) const {
    const std::size_t edge = edge_from(non_mated_, score);
    if (edge == non_mated_.counts.size()) {
      throw Error(ErrorCode::usage, "experiment", "--threshold",
                  fmt::format("{} lies beyond the scores of this comparison", score));
    }
    PairsStudy::Threshold row = at_edge(edge);
    row.resolved = row.false_matches > 0;
    return row;
  }

  PairsStudy::Top top_of(const ScoreResult& pass, const EmbeddingSet& real, const std::string& real_side,
                         const std::string& synthetic_side) {
    PairsStudy::Top top;
    std::vector<RowIndex> real_rows, synthetic_rows;
    for (const PairScore& pair : pass.top_pairs) {
      top.pairs.push_back({.score = pair.score,
                           .real = real.ids[pair.a],
                           .real_identity = identity_name(real, pair.a),
                           .synthetic = sets_.synthetic.ids[pair.b],
                           .synthetic_identity = identity_name(sets_.synthetic, pair.b),
                           .fmr = fmr_of_score(non_mated_, pair.score)});
      if (top.pairs.size() > kMostClustered) continue;
      real_rows.push_back(pair.a);
      synthetic_rows.push_back(pair.b);
    }
    top.count = count_pairs(pass.top_pairs, real, sets_.synthetic);
    if (study_.near_duplicate <= 0) return top;
    cluster(real, std::move(real_rows), real_side, top.real_clusters, top.largest_real_cluster);
    cluster(sets_.synthetic, std::move(synthetic_rows), synthetic_side, top.synthetic_clusters,
            top.largest_synthetic_cluster);
    return top;
  }

  void cluster(const EmbeddingSet& set, std::vector<RowIndex> rows, const std::string& side, std::size_t& clusters,
               std::size_t& largest) {
    const auto found =
        near_duplicate_clusters(set, std::move(rows), study_.near_duplicate, options_.comparison, options_.threads);
    clusters = found.size();
    for (const auto& members : found) {
      largest = std::max(largest, members.size());
      if (members.size() < 2) continue;
      PairsStudy::Cluster& listed = study_.clusters.emplace_back();
      listed.side = side;
      for (const RowIndex row : members) {
        listed.items.push_back(set.ids[row]);
        const std::string name = identity_name(set, row);
        if (!name.empty()) listed.identities.push_back(name);
      }
      std::ranges::sort(listed.identities);
      listed.identities.erase(std::unique(listed.identities.begin(), listed.identities.end()), listed.identities.end());
    }
  }

  /// How many pairs chance and look-alikes alone would put at or over the last listed pair. The bin of that pair counts
  /// whole, on both sides.
  void expect_in_top() {
    const double last = train_.top_pairs.back().score;
    const double fmr = fmr_of_score(non_mated_, last).value_or(0);
    study_.top_expected_by_chance = fmr * static_cast<double>(train_.pairs);
    if (!holdout_) return;
    // Exact where H's own list reaches down so far, else from its histogram.
    const auto& pairs = holdout_->top_pairs;
    const auto at_or_over = static_cast<std::uint64_t>(
        std::ranges::count_if(pairs, [&](const PairScore& pair) { return pair.score >= last; }));
    const std::size_t edge = edge_from(non_mated_, last);
    study_.top_expected_from_holdout =
        scaled(at_or_over < pairs.size() ? at_or_over : std::max(at_or_over, holdout_->histogram.count_from(edge)));
  }

  void list_images() {
    for (std::size_t j = 0; j < sets_.synthetic.matrix.rows; ++j) {
      const PairScore& best = train_.column_bests[j];
      PairsStudy::Image& image = study_.images.emplace_back();
      image.id = sets_.synthetic.ids[j];
      image.identity = identity_name(sets_.synthetic, static_cast<RowIndex>(j));
      image.train_score = best.score;
      image.train = sets_.train.ids[best.a];
      image.train_identity = identity_name(sets_.train, best.a);
      if (!holdout_) continue;
      const PairScore& control = holdout_->column_bests[j];
      image.holdout_score = control.score;
      image.holdout = sets_.holdout->ids[control.a];
      image.holdout_identity = identity_name(*sets_.holdout, control.a);
    }
  }

  /// Best matches in a part of a real set.
  BestMatches bests_in(const std::string& name, const EmbeddingSet& real, const ScoreResult& whole, std::size_t images,
                       std::size_t& used) const {
    if (real.matrix.rows <= images) {
      used = real.matrix.rows;
      return best_matches(name, whole.column_bests, real, sets_.synthetic);
    }
    const Rows part(real, draw_people(real, images, options_.seed));
    used = part.size();
    SinkRequest request;
    request.column_bests = 1;
    std::vector<PairScore> bests =
        score(part.side(), side_of(sets_.synthetic), request, score_options(name + ", at equal size")).column_bests;
    for (PairScore& pair : bests) pair.a = part.row(pair.a);
    BestMatches matches = best_matches(name, bests, real, sets_.synthetic);
    matches.gallery = used;
    return matches;
  }

  void summarise_bests() {
    std::vector<double> scores;
    scores.reserve(study_.thresholds.size());
    for (const auto& row : study_.thresholds) scores.push_back(row.score);
    const BestMatches whole = best_matches("train", train_.column_bests, sets_.train, sets_.synthetic);
    double low = std::ranges::min(whole.score);
    double high = std::ranges::max(whole.score);
    if (!holdout_) {
      study_.bins = best_match_bins(low, high);
      study_.best = summarise_best_matches(whole, nullptr, Pairing::unpaired, scores, study_.bins);
      return;
    }
    const std::size_t images = std::min(sets_.train.matrix.rows, sets_.holdout->matrix.rows);
    const BestMatches train = bests_in("train", sets_.train, train_, images, study_.equal_train_items);
    const BestMatches holdout = bests_in("holdout", *sets_.holdout, *holdout_, images, study_.equal_holdout_items);
    for (const BestMatches* part : {&train, &holdout}) {
      low = std::min(low, std::ranges::min(part->score));
      high = std::max(high, std::ranges::max(part->score));
    }
    study_.bins = best_match_bins(low, high);
    study_.best = summarise_best_matches(whole, nullptr, Pairing::unpaired, scores, study_.bins);
    study_.equal_train = summarise_best_matches(train, &holdout, Pairing::paired, scores, study_.bins);
    study_.equal_holdout = summarise_best_matches(holdout, nullptr, Pairing::unpaired, scores, study_.bins);
  }

  void add_notes() {
    const auto add = [&](std::string text) { study_.notes.push_back(std::move(text)); };
    if (!holdout_) {
      add("No hold-out was given: high scores of real people who merely resemble somebody can't be told from leaks. "
          "Read every count beside its chance count.");
    }
    if (!sets_.train.labelled) {
      add("The training set has no identity labels: false match rates rest on all its pairs, mated ones too, so "
          "thresholds are too high and chance counts hold those, too.");
    }
    if (!sets_.synthetic.labelled) {
      add("The synthetic set has no identity labels: every synthetic image counts as an independent one in the "
          "intervals, which near-copies make too narrow.");
    }
    for (const auto& row : study_.thresholds) {
      if (row.fmr && !row.resolved) {
        add(
            fmt::format("FMR {:g} can't be measured with {} non-mated pairs: its threshold lies just over the best of "
                        "them.",
                        *row.fmr, study_.non_mated));
      }
    }
    if (train_.top_pairs.size() > kMostClustered) {
      add(fmt::format("Near-duplicates were looked for among the images of the {} best pairs.", kMostClustered));
    }
  }

  const PairsOptions& options_;
  Inputs sets_;
  std::optional<std::array<double, 2>> range_;
  ScoreResult train_;
  std::optional<ScoreResult> holdout_;
  Histogram non_mated_;
  PairsStudy study_;
};

}  // namespace

PairsStudy study_pairs(const PairsOptions& options) {
  check(options);
  return PairsRun(options).run();
}

}  // namespace semblance
