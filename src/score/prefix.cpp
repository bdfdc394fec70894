#include "score/prefix.hpp"

#include <Eigen/Dense>
#include <algorithm>
#include <boost/random/normal_distribution.hpp>
#include <cmath>

#include "base/rng.hpp"
#include "score/kernels/kernel.hpp"
#include "score/quantised.hpp"

namespace semblance::scoring {
namespace {

/// The norm of a row divided by its norm, in float32, is within this of 1.
constexpr double kUnitNorm = 1 + 0x1p-20;

/// The same subspace's directions, none of them special.
Eigen::MatrixXd turned(const Eigen::MatrixXd& directions) {
  const Eigen::Index depth = directions.rows();
  Rng rng(derive_seed(1, "prefix"));
  boost::random::normal_distribution<double> normal;
  Eigen::MatrixXd random(depth, depth);
  for (Eigen::Index c = 0; c < depth; ++c) {
    for (Eigen::Index r = 0; r < depth; ++r) random(r, c) = normal(rng);
  }
  const Eigen::MatrixXd rotation = Eigen::HouseholderQR<Eigen::MatrixXd>(random).householderQ();
  return rotation * directions;
}

/// Bound of |P - Q| in the spectral norm, Q being the nearest P with orthonormal rows: the singular values of P lie
/// within |PP' - I| of 1, because |s - 1| <= |s^2 - 1|.
double distance_from_orthonormal(const Eigen::MatrixXd& p) {
  const Eigen::MatrixXd gram = p * p.transpose() - Eigen::MatrixXd::Identity(p.rows(), p.rows());
  // Every entry of the product is a sum of dim terms of rows of length about 1.
  const double rounding = static_cast<double>(p.rows()) * static_cast<double>(p.cols() + 2) * 0x1p-52;
  return gram.norm() + rounding;
}

}  // namespace

Prefix::Prefix(const std::vector<double>& directions, std::size_t dim)
    : full_dim_(dim),
      depth_(directions.size() / dim),
      stride_((depth_ + kRestCoordinates + kProjectStep - 1) / kProjectStep * kProjectStep),
      basis_(dim * stride_) {
  using RowMajor = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
  const Eigen::Map<const RowMajor> given(directions.data(), static_cast<Eigen::Index>(depth_),
                                         static_cast<Eigen::Index>(dim));
  const Eigen::MatrixXd used = turned(given).cast<float>().cast<double>();
  for (std::size_t k = 0; k < dim; ++k) {
    for (std::size_t j = 0; j < depth_; ++j) {
      basis_[k * stride_ + j] = static_cast<float>(used(static_cast<Eigen::Index>(j), static_cast<Eigen::Index>(k)));
    }
  }
  const double off = distance_from_orthonormal(used);
  // Every coordinate is a sum in float32 of `dim` products in runs of kProjectRun: the roundings that a term passes.
  const std::size_t runs = (dim + kProjectRun - 1) / kProjectRun;
  const auto roundings = static_cast<double>(kProjectRun + runs + 2);
  const double projecting = roundings * 0x1p-24 * 1.001 * std::sqrt(static_cast<double>(depth_)) * (1 + off);
  // Dividing a row by its norm rounds it to float32, which the projection of the exact quotient does not see.
  defect_ = (off + projecting + 0x1p-23) * 1.001;
  slack_ = defect_ * (2 + defect_) * kUnitNorm * kUnitNorm;
  growth_ = kUnitNorm * (1 + 3 * defect_);
}

void Prefix::project(const Side& side, std::size_t first, std::size_t count, float* work, float* out) const {
  const float* rows[kBatch];
  float* to[kBatch];
  for (std::size_t r = 0; r < kBatch; ++r) {
    const std::size_t at = std::min(r, count - 1);
    if (at == r) side.load_direction(first + r, work + r * full_dim_);
    rows[r] = work + at * full_dim_;
    to[r] = out + at * stride_;
  }
  common_kernel().project_rows(rows, full_dim_, basis_.data(), stride_, to);
  for (std::size_t r = 0; r < count; ++r) {
    float* x = out + r * stride_;
    double square = 0;
    for (std::size_t j = 0; j < depth_; ++j) square += static_cast<double>(x[j]) * static_cast<double>(x[j]);
    const double length = side.norm(first + r) > 0 ? kUnitNorm : 0;
    const double kept = std::max(0.0, std::sqrt(square) * (1 - 1e-12) - defect_ * length);
    const double rest = std::sqrt(std::max(0.0, length * length - kept * kept)) * (1 + 1e-12);
    std::fill_n(x + depth_, kRestCoordinates, round_up(rest / 2));
  }
}

}  // namespace semblance::scoring
