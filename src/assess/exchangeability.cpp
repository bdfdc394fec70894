// Can R's people be told from H's before anybody looks at G? Then H is no fair control.

#include <Eigen/Dense>
#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>

#include "assess/ranks.hpp"
#include "base/normal.hpp"
#include "base/parallel.hpp"
#include "base/rng.hpp"
#include "semblance/error.hpp"
#include "semblance/guards.hpp"

namespace semblance {
namespace {

using Matrix = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

// Above so many dimensions people are first projected at random to half as many: the whitening costs their cube.
constexpr Eigen::Index kMostDimensions = 1024;

/// One random image of each of at most `most` random people.
std::vector<RowIndex> one_image_each(const ScoreSide& side, std::size_t most, std::uint64_t seed) {
  std::vector<std::vector<RowIndex>> images(side.identities);
  for (std::size_t row = 0; row < side.identity.size(); ++row) {
    images[side.identity[row]].push_back(static_cast<RowIndex>(row));
  }
  Rng rng(seed);
  std::vector<std::size_t> people = random_permutation(images.size(), rng);
  people.resize(std::min(people.size(), most));
  std::vector<RowIndex> chosen;
  chosen.reserve(people.size());
  for (const std::size_t person : people) {
    if (!images[person].empty()) chosen.push_back(images[person][uniform_index(rng, images[person].size())]);
  }
  return chosen;
}

void gather(const ScoreSide& side, const std::vector<RowIndex>& rows, bool normalise, Eigen::Index first, Matrix& to) {
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const auto row = side.matrix.row(rows[i]);
    auto out = to.row(first + static_cast<Eigen::Index>(i));
    for (std::size_t k = 0; k < row.size(); ++k) out(static_cast<Eigen::Index>(k)) = static_cast<double>(row[k]);
    const double length = out.norm();
    if (normalise && length > 0) out /= length;
  }
}

Matrix projected(const Matrix& x, std::uint64_t seed) {
  Rng rng(seed);
  boost::random::normal_distribution<double> normal;
  Matrix directions(x.cols(), kMostDimensions / 2);
  for (Eigen::Index i = 0; i < directions.size(); ++i) directions.data()[i] = normal(rng);
  return x * directions;
}

/// Rows centred and decorrelated over both sides, without looking at who is who. The ridge grows with dimensions per
/// person: a covariance of few people is not to be trusted in every direction.
Matrix whitened(Matrix x) {
  x.rowwise() -= x.colwise().mean().eval();
  const auto n = static_cast<double>(x.rows());
  const auto d = static_cast<double>(x.cols());
  Eigen::MatrixXd covariance = x.transpose() * x / n;
  const double ridge = covariance.trace() / d * std::max(1e-6, d / n);
  if (!(ridge > 0)) return Matrix::Zero(x.rows(), x.cols());
  const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> solver(covariance);
  const Eigen::VectorXd scale = (solver.eigenvalues().array().max(0) + ridge).rsqrt();
  return x * (solver.eigenvectors() * scale.asDiagonal());
}

/// `count` of n places at random.
std::vector<std::size_t> some_of(std::size_t n, std::size_t count, Rng& rng) {
  std::vector<std::size_t> places(n);
  std::iota(places.begin(), places.end(), std::size_t{0});
  for (std::size_t i = 0; i < count; ++i) std::swap(places[i], places[i + uniform_index(rng, n - i)]);
  places.resize(count);
  return places;
}

/// Both statistics of one labelling, given one side's places: how far the means lie apart (squared), and how far its
/// share of the ranks of distance from the centre is from the mean. Neither cares which side it is.
class Statistics {
 public:
  explicit Statistics(const Matrix& z) : z_(z) {
    std::vector<double> distance(static_cast<std::size_t>(z.rows()));
    for (Eigen::Index i = 0; i < z.rows(); ++i) distance[static_cast<std::size_t>(i)] = z.row(i).squaredNorm();
    ranks_ = mid_ranks(distance);
  }

  [[nodiscard]] std::array<double, 2> of(std::span<const std::size_t> places) const {
    Eigen::RowVectorXd sum = Eigen::RowVectorXd::Zero(z_.cols());
    double ranks = 0;
    for (const std::size_t i : places) {
      sum += z_.row(static_cast<Eigen::Index>(i));
      ranks += ranks_[i];
    }
    // Rows are centred, so the other side's sum is the same with the other sign.
    const auto n = static_cast<double>(z_.rows());
    const auto m = static_cast<double>(places.size());
    const double per_sum = 1 / m + 1 / (n - m);
    return {(sum * per_sum).squaredNorm(), std::abs(ranks - m * (n + 1) / 2)};
  }

 private:
  const Matrix& z_;
  std::vector<double> ranks_;
};

/// p-values of each statistic in every labelling, among all labellings; the observed one is the last.
std::vector<std::array<double, 2>> p_values(const std::vector<std::array<double, 2>>& drawn) {
  std::vector<std::array<double, 2>> p(drawn.size());
  for (std::size_t s = 0; s < 2; ++s) {
    std::vector<double> sorted;
    sorted.reserve(drawn.size());
    for (const auto& values : drawn) sorted.push_back(values[s]);
    std::ranges::sort(sorted);
    for (std::size_t b = 0; b < drawn.size(); ++b) {
      const auto reached = sorted.end() - std::ranges::lower_bound(sorted, drawn[b][s]);
      p[b][s] = static_cast<double>(reached) / static_cast<double>(drawn.size());
    }
  }
  return p;
}

}  // namespace

Exchangeability exchangeability(const ScoreSide& train, const ScoreSide& holdout,
                                const ExchangeabilityOptions& options) {
  if (train.matrix.cols != holdout.matrix.cols) {
    throw Error(ErrorCode::input, "exchangeability", "", "training and held-out embeddings have different dimensions");
  }
  Exchangeability result;
  const auto r = one_image_each(train, options.most_people, derive_seed(options.seed, "exchangeability train"));
  const auto h = one_image_each(holdout, options.most_people, derive_seed(options.seed, "exchangeability holdout"));
  result.train_people = r.size();
  result.holdout_people = h.size();
  if (r.empty() || h.empty() || r.size() + h.size() < 4) return result;

  Matrix x(static_cast<Eigen::Index>(r.size() + h.size()), static_cast<Eigen::Index>(train.matrix.cols));
  const bool normalise = options.comparison == Comparison::cosine;
  gather(train, r, normalise, 0, x);
  gather(holdout, h, normalise, static_cast<Eigen::Index>(r.size()), x);
  if (x.cols() > kMostDimensions) x = projected(x, derive_seed(options.seed, "exchangeability projection"));
  const Matrix z = whitened(std::move(x));
  const Statistics statistics(z);

  std::vector<std::array<double, 2>> drawn(std::size_t{options.permutations} + 1);
  parallel_for(options.permutations, options.threads, [&](std::size_t b, unsigned) {
    Rng rng(derive_seed(options.seed, "exchangeability permutation", b));
    drawn[b] = statistics.of(some_of(r.size() + h.size(), std::min(r.size(), h.size()), rng));
  });
  std::vector<std::size_t> observed(std::min(r.size(), h.size()));
  std::iota(observed.begin(), observed.end(), r.size() <= h.size() ? std::size_t{0} : r.size());
  drawn.back() = statistics.of(observed);

  const auto p = p_values(drawn);
  const auto smallest = [](const std::array<double, 2>& values) { return std::min(values[0], values[1]); };
  std::size_t as_small = 0;
  for (const auto& values : p) as_small += smallest(values) <= smallest(p.back()) ? 1 : 0;
  result.p = static_cast<double>(as_small) / static_cast<double>(p.size());
  result.p_location = p.back()[0];
  result.p_spread = p.back()[1];

  double by_chance = 0;
  for (std::size_t b = 0; b < options.permutations; ++b) by_chance += drawn[b][0] / options.permutations;
  const double apart = std::max(0.0, drawn.back()[0] - by_chance);
  // The covariance is over both sides together, so it holds the difference, too; Mahalanobis' distance is within sides.
  const double share = static_cast<double>(r.size()) / static_cast<double>(r.size() + h.size());
  const double within = std::max(1e-3, 1 - share * (1 - share) * apart);
  result.auc = normal_cdf(std::sqrt(apart / within / 2));
  result.fires = result.p <= options.alpha;
  return result;
}

}  // namespace semblance
