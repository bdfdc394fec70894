#pragma once
// Logistic regression with an L2 penalty.

#include <vector>

#include "membership/features.hpp"

namespace semblance::membership_stage {

/// Log-odds of class 1: rows * weight + intercept.
struct LogisticModel {
  Eigen::VectorXd weight;
  double intercept = 0;
  bool converged = false;

  [[nodiscard]] std::vector<double> log_odds(const FeatureMatrix& rows) const;
};

/// Minimises sum_i c_i log(1 + exp(-y_i f_i)) + l2 |weight|^2 / 2, c_i the weight of row i's class, the intercept free:
/// scikit-learn's LogisticRegression(C=1/l2, class_weight="balanced"). Newton's method, each step solved by conjugate
/// gradients (Dembo and Steihaug 1983; as in LIBLINEAR), until the gradient is below 1e-10 times the rows.
/// float64 in a fixed order: deterministic. Needs both classes and l2 > 0.
LogisticModel fit_logistic(const TrainingSet& data, double l2);

}  // namespace semblance::membership_stage
