#include "membership/logistic.hpp"

#include <algorithm>
#include <cmath>

namespace semblance::membership_stage {
namespace {

// Blocks of rows that stay in the cache between the product with X and the one with its transpose.
constexpr Eigen::Index kBlockRows = 128;

// Parameters are one vector: the weights, then the intercept.
Eigen::VectorXd products(const FeatureMatrix& x, const Eigen::VectorXd& parameters) {
  const Eigen::Index d = x.cols();
  Eigen::VectorXd result(x.rows());
  for (Eigen::Index begin = 0; begin < x.rows(); begin += kBlockRows) {
    const Eigen::Index rows = std::min(kBlockRows, x.rows() - begin);
    const Eigen::MatrixXd block = x.middleRows(begin, rows).cast<double>().transpose();
    result.segment(begin, rows).noalias() = block.transpose() * parameters.head(d);
  }
  return result.array() + parameters(d);
}

class Problem {
 public:
  Problem(const TrainingSet& data, double l2) : x_(data.rows), l2_(l2), cost_(x_.rows()), target_(x_.rows()) {
    const std::array<double, 2> weights = data.class_weights();
    for (Eigen::Index i = 0; i < x_.rows(); ++i) {
      const std::uint8_t positive = data.positive[static_cast<std::size_t>(i)];
      cost_(i) = weights[positive];
      target_(i) = positive;
    }
  }

  [[nodiscard]] Eigen::Index parameters() const { return x_.cols() + 1; }
  [[nodiscard]] const FeatureMatrix& rows() const { return x_; }

  // Objective at `parameters`, whose products with the rows are `f`.
  [[nodiscard]] double value(const Eigen::VectorXd& parameters, const Eigen::VectorXd& f) const {
    double loss = 0;
    for (Eigen::Index i = 0; i < f.size(); ++i) {
      const double margin = target_(i) > 0 ? f(i) : -f(i);
      loss += cost_(i) * (margin > 0 ? std::log1p(std::exp(-margin)) : std::log1p(std::exp(margin)) - margin);
    }
    return loss + l2_ / 2 * parameters.head(x_.cols()).squaredNorm();
  }

  // Gradient there; keeps the curvature for hessian_times.
  Eigen::VectorXd gradient(const Eigen::VectorXd& parameters, const Eigen::VectorXd& f) {
    const Eigen::ArrayXd probability = 1 / (1 + (-f.array()).exp());
    curvature_ = cost_ * probability * (1 - probability);
    const Eigen::VectorXd residual = cost_ * (probability - target_);
    Eigen::VectorXd result = Eigen::VectorXd::Zero(this->parameters());
    each_block([&](const Eigen::MatrixXd& block, Eigen::Index begin) { add(result, block, residual, begin); });
    result.head(x_.cols()) += l2_ * parameters.head(x_.cols());
    return result;
  }

  [[nodiscard]] Eigen::VectorXd hessian_times(const Eigen::VectorXd& direction) const {
    const Eigen::Index d = x_.cols();
    Eigen::VectorXd result = Eigen::VectorXd::Zero(parameters());
    Eigen::VectorXd weighted(x_.rows());
    each_block([&](const Eigen::MatrixXd& block, Eigen::Index begin) {
      auto part = weighted.segment(begin, block.cols());
      part.noalias() = block.transpose() * direction.head(d);
      part = (part.array() + direction(d)) * curvature_.segment(begin, block.cols());
      add(result, block, weighted, begin);
    });
    result.head(d) += l2_ * direction.head(d);
    return result;
  }

 private:
  // Calls body(transposed block in float64, first row) over the rows in order.
  template <class Body>
  void each_block(const Body& body) const {
    for (Eigen::Index begin = 0; begin < x_.rows(); begin += kBlockRows) {
      const Eigen::Index rows = std::min(kBlockRows, x_.rows() - begin);
      body(Eigen::MatrixXd(x_.middleRows(begin, rows).cast<double>().transpose()), begin);
    }
  }

  void add(Eigen::VectorXd& sum, const Eigen::MatrixXd& block, const Eigen::VectorXd& factor,
           Eigen::Index begin) const {
    const auto part = factor.segment(begin, block.cols());
    sum.head(x_.cols()).noalias() += block * part;
    sum(x_.cols()) += part.sum();
  }

  const FeatureMatrix& x_;
  double l2_ = 1;
  Eigen::ArrayXd cost_, target_, curvature_;
};

// Conjugate gradients on H s = -g, as far as a Newton step needs it.
Eigen::VectorXd newton_step(const Problem& problem, const Eigen::VectorXd& gradient) {
  const double norm = gradient.norm();
  const double enough = std::min(0.1, std::sqrt(norm)) * norm;
  Eigen::VectorXd step = Eigen::VectorXd::Zero(gradient.size());
  Eigen::VectorXd residual = -gradient;
  Eigen::VectorXd direction = residual;
  double square = residual.squaredNorm();
  for (int iteration = 0; iteration < 500 && std::sqrt(square) > enough; ++iteration) {
    const Eigen::VectorXd bent = problem.hessian_times(direction);
    const double curvature = direction.dot(bent);
    if (!(curvature > 0)) break;
    step += square / curvature * direction;
    residual -= square / curvature * bent;
    const double next = residual.squaredNorm();
    direction = residual + next / square * direction;
    square = next;
  }
  return step;
}

}  // namespace

std::vector<double> LogisticModel::log_odds(const FeatureMatrix& rows) const {
  Eigen::VectorXd parameters(weight.size() + 1);
  parameters << weight, intercept;
  const Eigen::VectorXd f = products(rows, parameters);
  return {f.data(), f.data() + f.size()};
}

LogisticModel fit_logistic(const TrainingSet& data, double l2) {
  Problem problem(data, l2);
  const double small_enough = 1e-10 * static_cast<double>(data.positive.size());
  Eigen::VectorXd parameters = Eigen::VectorXd::Zero(problem.parameters());
  Eigen::VectorXd f = Eigen::VectorXd::Zero(data.rows.rows());
  double value = problem.value(parameters, f);
  LogisticModel model;
  for (int iteration = 0; iteration < 100; ++iteration) {
    const Eigen::VectorXd gradient = problem.gradient(parameters, f);
    model.converged = gradient.norm() <= small_enough;
    if (model.converged) break;
    const Eigen::VectorXd step = newton_step(problem, gradient);
    const Eigen::VectorXd f_step = products(problem.rows(), step);
    const double slope = gradient.dot(step);
    bool moved = false;
    for (double length = 1; length > 1e-10 && !moved; length /= 2) {
      const Eigen::VectorXd next = parameters + length * step;
      const Eigen::VectorXd next_f = f + length * f_step;
      const double next_value = problem.value(next, next_f);
      // The last term is the rounding of the objective, below which descent can't be seen.
      if (next_value > value + 1e-4 * length * slope + 1e-14 * std::abs(value)) continue;
      parameters = next;
      f = next_f;
      value = next_value;
      moved = true;
    }
    if (!moved) break;
  }
  model.weight = parameters.head(data.rows.cols());
  model.intercept = parameters(data.rows.cols());
  return model;
}

}  // namespace semblance::membership_stage
