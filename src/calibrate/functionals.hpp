#pragma once
// What is summed over comparisons beside the errors at each cut: AUC, d' and the mean, in linear form, so that the
// same resampling of people gives their intervals.

#include <cstdint>
#include <span>
#include <vector>

#include "calibrate/score_table.hpp"

namespace semblance::calibrate_stage {

struct Moments {
  double mean = 0;
  double variance = 0;  ///< divided by the count
};

/// Two-pass moments of scores; of a histogram at the middles of its bins.
Moments moments_of(std::span<const double> scores);
Moments moments_of(const Histogram& histogram);

/// d' = (mean of mated - mean of non-mated) / sqrt(mean of the two variances); 0 spread gives infinity or 0.
double d_prime_of(const Moments& mated, const Moments& non_mated);

/// Answers "what share of the mated scores lies above s, ties half" in nearly constant time.
class MatedShare {
 public:
  explicit MatedShare(const std::vector<MatedScore>& best_first);
  [[nodiscard]] double above(double s) const;
  [[nodiscard]] bool empty() const { return ascending_.empty(); }

 private:
  std::vector<double> ascending_;
  std::vector<std::uint32_t> bucket_;  // bucket_[k]: scores under low_ + k * width
  double low_ = 0;
  double per_bucket_ = 0;
};

/// The linear functionals of a non-mated score, in the order of their columns.
struct NonMatedFunctionals {
  static constexpr std::size_t kCount = 3;
  enum Column : std::size_t { auc, d_prime, mean };
  const MatedShare* mated = nullptr;
  Moments mated_moments, moments;

  /// out[auc] = share of mated scores above s; out[d_prime] = the derivative of d' along s; out[mean] = s.
  void operator()(double s, double* out) const;
};

/// Derivative of d' along one score of the side with `own` moments; `sign` is +1 for the mated side, -1 for the other.
double d_prime_influence(double s, const Moments& own, double sign, const Moments& mated, const Moments& non_mated);

}  // namespace semblance::calibrate_stage
