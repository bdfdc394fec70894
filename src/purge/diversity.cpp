#include "purge/diversity.hpp"

#include <Eigen/Core>
#include <Eigen/Eigenvalues>
#include <algorithm>
#include <cmath>

#include "base/parallel.hpp"

namespace semblance::purge_stage {
namespace {

constexpr std::size_t kBlockRows = 8192;
constexpr std::size_t kBlocksAtOnce = 8;  // partial sums held in memory

struct Part {
  Eigen::MatrixXd products;
  Eigen::VectorXd sum;
  double rows = 0;
};

Part part_of(const MatrixView& rows, const std::vector<bool>& wanted, std::size_t begin, std::size_t end) {
  const auto dim = static_cast<Eigen::Index>(rows.cols);
  Eigen::MatrixXd unit(dim, static_cast<Eigen::Index>(end - begin));
  Eigen::Index columns = 0;
  for (std::size_t k = begin; k < end; ++k) {
    if (!wanted[k]) continue;
    const auto row = rows.row(k);
    const Eigen::VectorXd x = Eigen::Map<const Eigen::VectorXf>(row.data(), dim).cast<double>();
    const double norm = x.norm();
    if (norm > 0) unit.col(columns++) = x / norm;
  }
  unit.conservativeResize(dim, columns);
  Part part{.products = Eigen::MatrixXd::Zero(dim, dim), .sum = unit.rowwise().sum(), .rows = double(columns)};
  part.products.selfadjointView<Eigen::Lower>().rankUpdate(unit);
  return part;
}

}  // namespace

Spread::Spread(std::size_t dim) : dim_(dim), sum_(dim, 0.0), products_(dim * dim, 0.0) {}

void Spread::add(const MatrixView& rows, const std::vector<bool>& wanted, bool away, unsigned threads) {
  const auto dim = static_cast<Eigen::Index>(dim_);
  Eigen::Map<Eigen::VectorXd> sum(sum_.data(), dim);
  Eigen::Map<Eigen::MatrixXd> products(products_.data(), dim, dim);
  const double sign = away ? -1 : 1;
  std::vector<std::size_t> begins;
  for (std::size_t begin = 0; begin < rows.rows; begin += kBlockRows) {
    const std::size_t end = std::min(begin + kBlockRows, rows.rows);
    const auto from = wanted.begin() + static_cast<std::ptrdiff_t>(begin);
    const auto to = wanted.begin() + static_cast<std::ptrdiff_t>(end);
    if (std::find(from, to, true) != to) begins.push_back(begin);
  }
  std::vector<Part> parts(std::min(kBlocksAtOnce, begins.size()));
  for (std::size_t first = 0; first < begins.size(); first += kBlocksAtOnce) {
    const std::size_t count = std::min(kBlocksAtOnce, begins.size() - first);
    parallel_for(count, thread_count(threads), [&](std::size_t k, unsigned) {
      const std::size_t begin = begins[first + k];
      parts[k] = part_of(rows, wanted, begin, std::min(begin + kBlockRows, rows.rows));
    });
    for (std::size_t k = 0; k < count; ++k) {
      products += sign * parts[k].products;
      sum += sign * parts[k].sum;
      rows_ += sign * parts[k].rows;
    }
  }
}

std::optional<double> Spread::effective_rank() const {
  if (rows_ < 2) return std::nullopt;
  const auto dim = static_cast<Eigen::Index>(dim_);
  const Eigen::VectorXd mean = Eigen::Map<const Eigen::VectorXd>(sum_.data(), dim) / rows_;
  Eigen::MatrixXd covariance = Eigen::Map<const Eigen::MatrixXd>(products_.data(), dim, dim) / rows_;
  covariance -= mean * mean.transpose();
  const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> solver(covariance, Eigen::EigenvaluesOnly);
  // What rounding leaves of no variance is no direction.
  const Eigen::VectorXd values = (solver.eigenvalues().array() > 1e-14).select(solver.eigenvalues(), 0.0);
  const double total = values.sum();
  if (total <= 0) return std::nullopt;
  double entropy = 0;
  for (const double value : values) {
    if (value > 0) entropy -= value / total * std::log(value / total);
  }
  return std::exp(entropy);
}

std::optional<double> Spread::mean_cosine() const {
  if (rows_ < 2) return std::nullopt;
  const double square = Eigen::Map<const Eigen::VectorXd>(sum_.data(), static_cast<Eigen::Index>(dim_)).squaredNorm();
  return (square - rows_) / (rows_ * (rows_ - 1));
}

}  // namespace semblance::purge_stage
