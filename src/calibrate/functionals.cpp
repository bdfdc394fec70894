#include "calibrate/functionals.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <ranges>

namespace semblance::calibrate_stage {

Moments moments_of(std::span<const double> scores) {
  Moments result;
  if (scores.empty()) return result;
  const auto n = static_cast<double>(scores.size());
  for (const double s : scores) result.mean += s;
  result.mean /= n;
  for (const double s : scores) result.variance += (s - result.mean) * (s - result.mean);
  result.variance /= n;
  return result;
}

Moments moments_of(const Histogram& histogram) {
  Moments result;
  const auto n = static_cast<double>(histogram.total());
  if (n == 0) return result;
  const double width = histogram.edge(1) - histogram.edge(0);
  for (std::size_t k = 0; k < histogram.counts.size(); ++k) {
    result.mean += static_cast<double>(histogram.counts[k]) * (histogram.edge(k) + width / 2);
  }
  result.mean /= n;
  for (std::size_t k = 0; k < histogram.counts.size(); ++k) {
    const double distance = histogram.edge(k) + width / 2 - result.mean;
    result.variance += static_cast<double>(histogram.counts[k]) * distance * distance;
  }
  // Sheppard: a bin's middle stands for scores spread over the bin.
  result.variance = std::max(0.0, result.variance / n - width * width / 12);
  return result;
}

double d_prime_of(const Moments& mated, const Moments& non_mated) {
  const double distance = mated.mean - non_mated.mean;
  const double spread = std::sqrt((mated.variance + non_mated.variance) / 2);
  if (spread == 0) {
    if (distance == 0) return 0;
    return std::copysign(std::numeric_limits<double>::infinity(), distance);
  }
  return distance / spread;
}

double d_prime_influence(double s, const Moments& own, double sign, const Moments& mated, const Moments& non_mated) {
  const double spread = std::sqrt((mated.variance + non_mated.variance) / 2);
  if (spread == 0) return 0;
  const double from_own_mean = s - own.mean;
  return sign * from_own_mean / spread - (mated.mean - non_mated.mean) / (4 * spread * spread * spread) *
                                             (from_own_mean * from_own_mean - own.variance);
}

MatedShare::MatedShare(const std::vector<MatedScore>& best_first) {
  if (best_first.empty()) return;
  ascending_.reserve(best_first.size());
  for (const MatedScore& m : std::ranges::reverse_view(best_first)) ascending_.push_back(m.score);
  constexpr std::size_t kBuckets = 16'384;
  low_ = ascending_.front();
  const double range = ascending_.back() - low_;
  per_bucket_ = range > 0 ? static_cast<double>(kBuckets) / range : 0;
  bucket_.assign(kBuckets + 2, 0);
  // Counted by the same arithmetic that looks a score up, so that rounding can't part them.
  for (const double s : ascending_) {
    ++bucket_[static_cast<std::size_t>((s - low_) * per_bucket_) + 1];
  }
  for (std::size_t k = 1; k < bucket_.size(); ++k) bucket_[k] += bucket_[k - 1];
}

double MatedShare::above(double s) const {
  if (s < ascending_.front()) return 1;
  if (s > ascending_.back()) return 0;
  const auto k = static_cast<std::size_t>((s - low_) * per_bucket_);
  const auto first = ascending_.begin() + bucket_[k];
  const auto last = ascending_.begin() + bucket_[k + 1];
  const auto equal = std::equal_range(first, last, s);
  const auto over = static_cast<double>(ascending_.end() - equal.second);
  const auto ties = static_cast<double>(equal.second - equal.first);
  return (over + ties / 2) / static_cast<double>(ascending_.size());
}

void NonMatedFunctionals::operator()(double s, double* out) const {
  out[auc] = mated->empty() ? 0 : mated->above(s);
  out[d_prime] = mated->empty() ? 0 : d_prime_influence(s, moments, -1, mated_moments, moments);
  out[mean] = s;
}

}  // namespace semblance::calibrate_stage
