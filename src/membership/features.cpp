#include "membership/features.hpp"

#include <cmath>

namespace semblance::membership_stage {

std::array<double, 2> TrainingSet::class_weights() const {
  std::array<double, 2> count{};
  for (const std::uint8_t p : positive) count[p] += 1;
  const auto rows_in_all = static_cast<double>(positive.size());
  return {rows_in_all / (2 * count[0]), rows_in_all / (2 * count[1])};
}

FeatureMatrix gather(const MatrixView& source, std::span<const RowIndex> index, Comparison comparison) {
  FeatureMatrix rows(static_cast<Eigen::Index>(index.size()), static_cast<Eigen::Index>(source.cols));
  for (std::size_t i = 0; i < index.size(); ++i) {
    const std::span<const float> row = source.row(index[i]);
    double norm = 1;
    if (comparison == Comparison::cosine) {
      double sum = 0;
      for (const float x : row) sum += static_cast<double>(x) * static_cast<double>(x);
      norm = std::sqrt(sum);
    }
    for (std::size_t k = 0; k < row.size(); ++k) {
      rows(static_cast<Eigen::Index>(i), static_cast<Eigen::Index>(k)) = static_cast<float>(row[k] / norm);
    }
  }
  return rows;
}

Standardiser::Standardiser(const FeatureMatrix& rows) {
  const auto count = static_cast<double>(rows.rows());
  Eigen::RowVectorXd sum = Eigen::RowVectorXd::Zero(rows.cols());
  for (Eigen::Index i = 0; i < rows.rows(); ++i) sum += rows.row(i).cast<double>();
  const Eigen::RowVectorXd mean = sum / count;
  Eigen::RowVectorXd squares = Eigen::RowVectorXd::Zero(rows.cols());
  for (Eigen::Index i = 0; i < rows.rows(); ++i) squares += (rows.row(i).cast<double>() - mean).cwiseAbs2();
  mean_ = mean.cast<float>();
  // Equal values of size x leave rounding of about x * 2^-24 around their mean, which is no variation.
  scale_ = Eigen::RowVectorXf::Zero(rows.cols());
  for (Eigen::Index k = 0; k < rows.cols(); ++k) {
    const double deviation = std::sqrt(squares(k) / count);
    if (deviation > 1e-6 * (std::abs(mean(k)) + 1e-30)) scale_(k) = static_cast<float>(1 / deviation);
  }
}

void Standardiser::apply(FeatureMatrix& rows) const {
  for (Eigen::Index i = 0; i < rows.rows(); ++i) rows.row(i) = (rows.row(i) - mean_).cwiseProduct(scale_);
}

}  // namespace semblance::membership_stage
