#include "membership/attacks.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/rng.hpp"
#include "membership/logistic.hpp"
#include "membership/mlp.hpp"
#include "semblance/score.hpp"

namespace semblance::membership_stage {
namespace {

// Best scores of every query, best first, `depth` a query.
struct Neighbours {
  std::size_t depth = 0;
  std::vector<PairScore> bests;
  [[nodiscard]] double at(std::size_t query, std::size_t rank) const { return bests[query * depth + rank].score; }
};

Neighbours neighbours(const MatrixView& queries, const MatrixView& others, std::size_t depth, Comparison comparison,
                      const std::string& label, const MembershipOptions& options) {
  Neighbours result;
  result.depth = std::min(depth, others.rows);
  ScoreOptions how;
  how.comparison = comparison;
  how.threads = options.threads;
  if (options.progress) how.progress = options.progress(label, "pairs");
  SinkRequest request;
  request.row_bests = result.depth;
  result.bests = score({.matrix = queries}, {.matrix = others}, request, how).row_bests;
  return result;
}

std::vector<double> each_query(std::size_t rows, const std::function<double(std::size_t)>& value) {
  std::vector<double> values(rows);
  for (std::size_t i = 0; i < rows; ++i) values[i] = value(i);
  return values;
}

// Rows of a training set: at most `limit` of each class, drawn by seed.
TrainingSet training_rows(const MatrixView& synthetic, const MatrixView& reference, std::size_t limit,
                          const MembershipOptions& options, const char* purpose) {
  const auto drawn = [&](std::size_t rows, std::uint64_t index) {
    std::vector<RowIndex> chosen(rows);
    std::iota(chosen.begin(), chosen.end(), RowIndex{0});
    if (rows <= limit) return chosen;
    Rng rng(derive_seed(options.seed, purpose, index));
    shuffle(chosen, rng);
    chosen.resize(limit);
    std::sort(chosen.begin(), chosen.end());
    return chosen;
  };
  const std::vector<RowIndex> ones = drawn(synthetic.rows, 1);
  const std::vector<RowIndex> zeros = drawn(reference.rows, 0);
  TrainingSet data;
  data.rows.resize(static_cast<Eigen::Index>(ones.size() + zeros.size()), static_cast<Eigen::Index>(synthetic.cols));
  data.rows.topRows(static_cast<Eigen::Index>(ones.size())) = gather(synthetic, ones, options.comparison);
  data.rows.bottomRows(static_cast<Eigen::Index>(zeros.size())) = gather(reference, zeros, options.comparison);
  data.positive.assign(ones.size(), 1);
  data.positive.insert(data.positive.end(), zeros.size(), 0);
  return data;
}

FeatureMatrix all_rows(const MatrixView& view, Comparison comparison) {
  std::vector<RowIndex> index(view.rows);
  std::iota(index.begin(), index.end(), RowIndex{0});
  return gather(view, index, comparison);
}

std::string drawn_text(std::size_t limit, const MatrixView& synthetic, const MatrixView& reference) {
  if (synthetic.rows <= limit && reference.rows <= limit) return {};
  return fmt::format("; trained on at most {} images of each, drawn by seed", limit);
}

}  // namespace

double distance_of(double score, Comparison comparison) {
  // A query that lies in the set has distance 0, up to the rounding of its score; the floor keeps its logarithm finite.
  constexpr double kFloor = 1e-6;
  const double square = comparison == Comparison::cosine ? 2 - 2 * score : -score;
  return std::max(kFloor, std::sqrt(std::max(0.0, square)));
}

std::vector<AttackScores> neighbour_attacks(const Queries& queries, const MatrixView& synthetic,
                                            const MatrixView& reference, const MembershipOptions& options) {
  const MatrixView rows = queries.view();
  const Comparison comparison = options.comparison;
  const bool has_distance = comparison != Comparison::inner_product;
  const std::size_t depth = has_distance ? std::max(options.nearest, options.neighbours) : options.nearest;
  const Neighbours in_g = neighbours(rows, synthetic, depth, comparison, "scoring queries x synthetic", options);
  const Neighbours in_n = neighbours(rows, reference, has_distance ? options.neighbours : 1, comparison,
                                     "scoring queries x reference", options);

  std::vector<AttackScores> attacks;
  attacks.push_back({"nearest-synthetic", "Score of the most similar synthetic image", false,
                     each_query(queries.rows, [&](std::size_t q) { return in_g.at(q, 0); })});
  const std::size_t m = std::min(options.nearest, in_g.depth);
  attacks.push_back({"nearest-synthetic-mean", fmt::format("Mean score of the {} most similar synthetic images", m),
                     false, each_query(queries.rows, [&](std::size_t q) {
                       double sum = 0;
                       for (std::size_t r = 0; r < m; ++r) sum += in_g.at(q, r);
                       return sum / static_cast<double>(m);
                     })});
  attacks.push_back({"nearest-difference",
                     "Score of the most similar synthetic image minus that of the most similar reference face", true,
                     each_query(queries.rows, [&](std::size_t q) { return in_g.at(q, 0) - in_n.at(q, 0); })});

  // Densities of k-th neighbours need a distance; an inner product is none, so the rows' own is taken.
  const Comparison metric = has_distance ? comparison : Comparison::negative_squared_l2;
  const std::size_t k = std::min({options.neighbours, synthetic.rows, reference.rows});
  const Neighbours near_g =
      has_distance ? in_g : neighbours(rows, synthetic, k, metric, "distances to synthetic", options);
  const Neighbours near_n =
      has_distance ? in_n : neighbours(rows, reference, k, metric, "distances to reference", options);
  const double dimensions = static_cast<double>(queries.cols) - (comparison == Comparison::cosine ? 1 : 0);
  const double sizes = std::log(static_cast<double>(reference.rows)) - std::log(static_cast<double>(synthetic.rows));
  attacks.push_back({"density-ratio",
                     fmt::format("Logarithm of the density of synthetic images over that of reference faces, by the "
                                 "distance to neighbour {}",
                                 k),
                     true, each_query(queries.rows, [&](std::size_t q) {
                       return dimensions * (std::log(distance_of(near_n.at(q, k - 1), metric)) -
                                            std::log(distance_of(near_g.at(q, k - 1), metric))) +
                              sizes;
                     })});
  return attacks;
}

void add_classifier_attacks(const Queries& queries, const MatrixView& synthetic, const MatrixView& reference,
                            const MembershipOptions& options, std::vector<AttackScores>& attacks,
                            std::vector<Task>& tasks) {
  const std::size_t first = attacks.size();
  attacks.push_back({"logistic",
                     "Log-odds of a logistic classifier trained on synthetic images against reference faces" +
                         drawn_text(options.logistic_rows, synthetic, reference),
                     true,
                     {}});
  attacks.push_back({"mlp",
                     fmt::format("Log-odds of a neural network ({}-256-256-2) trained on synthetic images against "
                                 "reference faces{}",
                                 queries.cols, drawn_text(options.mlp_rows, synthetic, reference)),
                     true,
                     {}});
  tasks.emplace_back([&queries, &synthetic, &reference, &options, &attacks, first] {
    TrainingSet data = training_rows(synthetic, reference, options.mlp_rows, options, "membership mlp rows");
    const Standardiser standardiser(data.rows);
    standardiser.apply(data.rows);
    FeatureMatrix rows = all_rows(queries.view(), options.comparison);
    standardiser.apply(rows);
    const Mlp model(data, {.epochs = options.epochs, .seed = derive_seed(options.seed, "membership attack")});
    attacks[first + 1].scores = model.log_odds(rows);
  });
  tasks.emplace_back([&queries, &synthetic, &reference, &options, &attacks, first] {
    TrainingSet data = training_rows(synthetic, reference, options.logistic_rows, options, "membership logistic rows");
    const Standardiser standardiser(data.rows);
    standardiser.apply(data.rows);
    FeatureMatrix rows = all_rows(queries.view(), options.comparison);
    standardiser.apply(rows);
    attacks[first].scores = fit_logistic(data, options.l2).log_odds(rows);
  });
}

}  // namespace semblance::membership_stage
