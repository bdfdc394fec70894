#include "experiment/shares.hpp"

#include <algorithm>
#include <cmath>

#include "assess/intervals.hpp"

namespace semblance::experiment_stage {
namespace {

constexpr double kLevel = 0.95;

}  // namespace

ClusteredShare clustered_share(const std::vector<bool>& hit, std::span<const std::uint32_t> cluster) {
  const std::size_t labels = 1 + *std::ranges::max_element(cluster);
  std::vector<double> size(labels, 0);
  std::vector<double> hits(labels, 0);
  for (std::size_t i = 0; i < hit.size(); ++i) {
    size[cluster[i]] += 1;
    hits[cluster[i]] += hit[i] ? 1 : 0;
  }
  const auto images = static_cast<double>(hit.size());
  const auto clusters = static_cast<double>(std::ranges::count_if(size, [](double n) { return n > 0; }));
  const double share = static_cast<double>(std::ranges::count(hit, true)) / images;
  if (share <= 0 || share >= 1 || clusters < 2) return {share, clusters};
  double squares = 0;
  for (std::size_t c = 0; c < labels; ++c) {
    const double residual = hits[c] - share * size[c];
    squares += residual * residual;
  }
  const double between = clusters / (clusters - 1) * squares / (images * images);
  const double independent = share * (1 - share) / (images - 1);
  return {share, images / std::max(1.0, between / independent)};
}

Interval share_interval(const ClusteredShare& share) {
  return wilson_share(share.share, share.effective, two_sided_z(kLevel));
}

Interval difference_interval(const ClusteredShare& first, const ClusteredShare& second, double correlation) {
  const Interval x = share_interval(first);
  const Interval y = share_interval(second);
  const auto reach = [&](double a, double b) {
    return std::sqrt(std::max(0.0, a * a - 2 * correlation * a * b + b * b));
  };
  const double difference = first.share - second.share;
  return {std::max(-1.0, difference - reach(first.share - x.low, y.high - second.share)),
          std::min(1.0, difference + reach(x.high - first.share, second.share - y.low))};
}

double correlation(const std::vector<bool>& x, const std::vector<bool>& y) {
  double both = 0;
  double only_x = 0;
  double only_y = 0;
  double neither = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    (x[i] ? (y[i] ? both : only_x) : (y[i] ? only_y : neither)) += 1;
  }
  const double spread = std::sqrt((both + only_x) * (only_y + neither) * (both + only_y) * (only_x + neither));
  return spread > 0 ? (both * neither - only_x * only_y) / spread : 0;
}

}  // namespace semblance::experiment_stage
