#include "score/cascade.hpp"

#include <Eigen/Eigenvalues>
#include <algorithm>
#include <array>
#include <cmath>
#include <functional>

#include "base/normal.hpp"
#include "base/rng.hpp"

namespace semblance::scoring {
namespace {

using Rows = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

// What to expect of a pass, in cycles of one core. They decide how long it takes, never what comes out.
constexpr double kScreenCycles = 0.35;     // a pair's conversion, bound and comparison
constexpr double kSurvivorCycles = 600;    // bounding a survivor again, its rows out of the first-level cache
constexpr double kProjectMacs = 10;        // float32 multiply-accumulates a cycle of the projection
constexpr double kLearnCycles = 4;         // times the cube of the dimension: decomposition and sample
constexpr double kWorthwhile = 0.8;        // a prefix has to promise a fifth
constexpr int kStages = 12;                // of a pass, each half as long as the one after it
constexpr double kDoubt = 0.1;             // of the survivors that a normal spectrum lets expect, so many at least
constexpr std::size_t kSampleRows = 1024;  // of a side, for the second moment; at least the dimension is drawn
constexpr std::size_t kSamplePairs = 384;  // squared: pairs of further rows that stand for all

/// Directions of random rows.
Rows sample(const Side& side, std::size_t most, std::uint64_t index) {
  std::vector<std::size_t> rows(side.rows());
  for (std::size_t i = 0; i < rows.size(); ++i) rows[i] = i;
  Rng rng(derive_seed(1, "cascade", index));
  const std::size_t count = std::min(most, rows.size());
  for (std::size_t i = 0; i < count; ++i) std::swap(rows[i], rows[i + uniform_index(rng, rows.size() - i)]);
  Rows drawn(static_cast<Eigen::Index>(count), static_cast<Eigen::Index>(side.dim()));
  for (std::size_t i = 0; i < count; ++i) side.load_direction(rows[i], drawn.row(static_cast<Eigen::Index>(i)).data());
  return drawn;
}

/// Of a sample, the rows that directions are learnt from, and those that they are tried on. Directions fit the rows
/// that they come from better than others: where there are enough, the two have none in common (in a self-comparison,
/// whose two samples are of one set, a few).
Rows to_learn(const Rows& drawn) {
  const auto apart = static_cast<Eigen::Index>(kSamplePairs);
  return drawn.topRows(drawn.rows() > 2 * apart ? drawn.rows() - apart : drawn.rows());
}
Rows to_try(const Rows& drawn) {
  return drawn.bottomRows(std::min<Eigen::Index>(drawn.rows(), static_cast<Eigen::Index>(kSamplePairs)));
}

struct Scores {
  Eigen::ArrayXXf cosines;  ///< of the sample's pairs
  double mean;
  double deviation;
  /// The cosine that so small a share of all pairs exceeds, if they are normal.
  [[nodiscard]] double exceeded_by(double share) const {
    if (!(share > 0) || share >= 0.5) return kNoBar;
    return mean + deviation * normal_upper_quantile(share);
  }
};

Scores scores_of(const Rows& a, const Rows& b) {
  Scores scores{(a * b.transpose()).array(), 0, 0};
  const auto pairs = static_cast<double>(scores.cosines.size());
  scores.mean = static_cast<double>(scores.cosines.cast<double>().sum()) / pairs;
  scores.deviation = std::sqrt((scores.cosines.cast<double>() - scores.mean).square().sum() / pairs);
  return scores;
}

/// Half-width of int8 for a pair of rows whose coordinates are alike, `dim` of them.
double typical_half_width(std::size_t dim, const TileKernel& kernel) {
  return kernel.half_width * 2 * std::sqrt(2 * std::log(static_cast<double>(dim) + 1) / 12) / kLevels;
}

/// The bars that a pass goes through, that of its second half first.
using Bars = std::array<double, kStages>;

/// What share of all pairs survives, if `share(bar)` does at a bar.
double surviving_all(const Bars& bars, const std::function<double(double)>& share) {
  double sum = 0, weight = 0.5;
  for (const double bar : bars) {
    sum += weight * (bar == kNoBar ? 1 : share(bar));
    weight /= 2;
  }
  return sum + 2 * weight;
}

double survivors(const Eigen::ArrayXXf& upper, double bar) {
  return static_cast<double>((upper >= static_cast<float>(bar)).count()) / static_cast<double>(upper.size());
}

/// Longer prefixes by and by: what the kernel multiplies at a time, and not much of it for nothing.
std::vector<std::size_t> lengths(std::size_t dim, const TileKernel& kernel) {
  std::vector<std::size_t> all;
  for (std::size_t length = 32; length <= dim * 3 / 4; length += length < 128 ? 16 : 64) {
    if (length % kernel.depth_multiple == 0) all.push_back(length);
  }
  return all;
}

/// Second moment of both sides' rows.
Eigen::MatrixXf second_moment(const Rows& a, const Rows& b) {
  Eigen::MatrixXf moment = Eigen::MatrixXf::Zero(a.cols(), a.cols());
  moment.selfadjointView<Eigen::Lower>().rankUpdate(a.transpose());
  moment.selfadjointView<Eigen::Lower>().rankUpdate(b.transpose());
  return moment;
}

/// Its eigenvectors, a row each, those of large eigenvalue first.
Eigen::MatrixXd leading_directions(const Eigen::MatrixXf& moment) {
  const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> solver(moment.cast<double>());
  return solver.eigenvectors().transpose().colwise().reverse();
}

/// What share of the pairs a prefix of each length would leave if rows were normal with the sample's spectrum: a tenth
/// of the time that the directions take tells spectra that no prefix can screen.
class Spectrum {
 public:
  Spectrum(const Eigen::MatrixXf& moment, const Scores& scores, const TileKernel& kernel)
      : kernel_(kernel),
        mean_(scores.mean),
        values_(
            Eigen::SelfAdjointEigenSolver<Eigen::MatrixXf>(moment, Eigen::EigenvaluesOnly).eigenvalues().reverse()) {
    values_ = values_.cwiseMax(0.0F) / std::max(values_.sum(), 1e-30F);
  }
  [[nodiscard]] double surviving(std::size_t total, double bar) const {
    const auto depth = static_cast<Eigen::Index>(total - Prefix::kRestCoordinates);
    const auto rest = static_cast<double>(values_.tail(values_.size() - depth).sum());
    const auto deviation = static_cast<double>(values_.head(depth).norm());
    const double reach = bar - typical_half_width(total, kernel_) - rest - mean_;
    return 1 - normal_cdf(reach / std::max(deviation, 1e-30));
  }

 private:
  const TileKernel& kernel_;
  double mean_;
  Eigen::VectorXf values_;
};

std::vector<double> row_major(const Eigen::MatrixXd& directions) {
  std::vector<double> flat;
  flat.reserve(static_cast<std::size_t>(directions.size()));
  for (Eigen::Index r = 0; r < directions.rows(); ++r) {
    for (Eigen::Index c = 0; c < directions.cols(); ++c) flat.push_back(directions(r, c));
  }
  return flat;
}

}  // namespace

std::optional<Prefix> choose_prefix(const Side& a, const Side& b, const Sinks& sinks, const TileKernel& kernel,
                                    const PassOptions& options, int wanted) {
  const std::size_t dim = a.dim();
  if (wanted == 0 || sinks.wants_histogram() || sinks.lists_nothing() || a.rows() == 0 || b.rows() == 0 || dim < 2) {
    return std::nullopt;
  }
  const auto length = static_cast<double>(dim);
  const auto pairs = static_cast<double>(pair_count(a, b, options.shape));
  const double learning = kLearnCycles * length * length * length;
  if (wanted < 0 && pairs * length / kernel.macs_per_cycle * (1 - kWorthwhile) < learning) return std::nullopt;

  const Rows drawn_rows = sample(a, std::max(dim, kSampleRows) + kSamplePairs, 0);
  const Rows drawn_columns = sample(b, std::max(dim, kSampleRows) + kSamplePairs, 1);
  const Rows rows = to_learn(drawn_rows);
  const Rows columns = to_learn(drawn_columns);
  if (wanted > 0) {
    const auto depth = static_cast<Eigen::Index>(std::min<std::size_t>(static_cast<std::size_t>(wanted), dim));
    return Prefix(row_major(leading_directions(second_moment(rows, columns)).topRows(depth)), dim);
  }
  // Cosines stand for the scores: a likely bar in the units of another comparison is not to be had from directions.
  if (options.comparison != Comparison::cosine) return std::nullopt;

  const auto few_rows = to_try(drawn_rows);
  const auto few_columns = to_try(drawn_columns);
  const Scores scores = scores_of(few_rows, few_columns);
  Bars bars;
  for (int stage = 0; stage < kStages; ++stage) {
    const double seen = std::ldexp(0.75, -stage);
    bars[static_cast<std::size_t>(stage)] =
        sinks.likely_bar(pairs, seen, [&](double share) { return scores.exceeded_by(share); });
  }
  if (bars[0] == kNoBar) return std::nullopt;
  auto cycles = [&](double depth, double surviving) {
    return pairs * (depth / kernel.macs_per_cycle + kScreenCycles + surviving * kSurvivorCycles);
  };
  const auto surviving_of = [&](const Eigen::ArrayXXf& upper) {
    return surviving_all(bars, [&](double bar) { return survivors(upper, bar); });
  };
  const double full =
      cycles(length, surviving_of(scores.cosines + static_cast<float>(typical_half_width(dim, kernel))));

  const std::size_t packings = (a.rows() + kernel.job_rows - 1) / kernel.job_rows;
  const double repacked = static_cast<double>(packings) * static_cast<double>(b.rows());
  auto cost_of = [&](std::size_t total, double surviving) {
    const double projecting =
        (static_cast<double>(a.rows()) + repacked) * length * static_cast<double>(total) / kProjectMacs;
    return cycles(static_cast<double>(total), surviving) + projecting + learning;
  };
  const Eigen::MatrixXf moment = second_moment(rows, columns);
  const Spectrum spectrum(moment, scores, kernel);
  const std::vector<std::size_t> totals = lengths(dim, kernel);
  if (std::none_of(totals.begin(), totals.end(), [&](std::size_t total) {
        const double surviving = surviving_all(bars, [&](double bar) { return spectrum.surviving(total, bar); });
        return cost_of(total, kDoubt * surviving) < full * kWorthwhile;
      })) {
    return std::nullopt;
  }

  const Eigen::MatrixXd directions = leading_directions(moment);
  const Rows x = few_rows * directions.transpose().cast<float>();
  const Rows y = few_columns * directions.transpose().cast<float>();
  double best = full * kWorthwhile;
  std::optional<std::size_t> chosen;
  Eigen::ArrayXXf upper = Eigen::ArrayXXf::Zero(x.rows(), y.rows());
  Eigen::Index done = 0;
  for (const std::size_t total : totals) {
    const auto depth = static_cast<Eigen::Index>(total - Prefix::kRestCoordinates);
    upper += (x.middleCols(done, depth - done) * y.middleCols(done, depth - done).transpose()).array();
    done = depth;
    const Eigen::VectorXf rest_x = x.rightCols(x.cols() - depth).rowwise().norm();
    const Eigen::VectorXf rest_y = y.rightCols(y.cols() - depth).rowwise().norm();
    const auto half = static_cast<float>(typical_half_width(total, kernel));
    const double surviving = surviving_of(upper + (rest_x * rest_y.transpose()).array() + half);
    const double cost = cost_of(total, surviving);
    if (cost >= best) continue;
    best = cost;
    chosen = static_cast<std::size_t>(depth);
  }
  if (!chosen) return std::nullopt;
  return Prefix(row_major(directions.topRows(static_cast<Eigen::Index>(*chosen))), dim);
}

}  // namespace semblance::scoring
