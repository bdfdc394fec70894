#pragma once
// Two samples of scores side by side: exactly from the scores, or from their histograms with proven bounds.

#include <span>
#include <vector>

#include "semblance/experiment.hpp"

namespace semblance::experiment_stage {

/// All functions take samples in ascending order, not empty.
/// sup |F_x - F_y| (two-sample Kolmogorov-Smirnov statistic).
double ks_statistic(std::span<const double> x, std::span<const double> y);
/// P(X > Y) + P(X = Y) / 2.
double auc(std::span<const double> x, std::span<const double> y);
/// Integral of |F_x - F_y|.
double wasserstein(std::span<const double> x, std::span<const double> y);
/// Linear interpolation between order statistics (type 7 of Hyndman and Fan 1996, NumPy's default).
double quantile(std::span<const double> ascending, double q);

/// One distribution, held in one of two ways.
struct Scores {
  Histogram histogram;
  double max = 0;
  std::vector<double> ascending;  ///< every score, or empty: then the histogram speaks
  [[nodiscard]] bool exact() const { return !ascending.empty(); }
};

DistributionStudy::Distribution describe(const std::string& name, const Scores& scores);
/// Exact where both are, else from the histograms, which must share their bins.
DistributionStudy::Comparison compare(const std::string& first, const Scores& x, const std::string& second,
                                      const Scores& y);

/// Statistics of two histograms over the same bins that a permutation draws again and again. Counts are whole numbers
/// in doubles; equal counts give equal bits.
struct BinnedStatistics {
  double ks = 0, auc = 0, wasserstein = 0, d_prime = 0;
  double q50 = 0, q90 = 0, q99 = 0, q999 = 0;  ///< shifts, first minus second
};
/// Bin k covers [low + k * width, low + (k + 1) * width).
BinnedStatistics binned_statistics(std::span<const double> x, std::span<const double> y, double low, double width);

}  // namespace semblance::experiment_stage
