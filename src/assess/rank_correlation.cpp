// Spearman's rank correlation, for "are people with more images exposed more?".

#include <algorithm>
#include <cmath>

#include "assess/ranks.hpp"
#include "base/normal.hpp"
#include "semblance/guards.hpp"

namespace semblance {
std::optional<RankCorrelation> spearman(std::span<const double> x, std::span<const double> y) {
  constexpr std::size_t kFewest = 5;
  if (x.size() < kFewest) return std::nullopt;
  const std::vector<double> rx = mid_ranks(x);
  const std::vector<double> ry = mid_ranks(y);
  const auto n = static_cast<double>(x.size());
  const double mean = (n + 1) / 2;
  double xx = 0, yy = 0, xy = 0;
  for (std::size_t i = 0; i < rx.size(); ++i) {
    xx += (rx[i] - mean) * (rx[i] - mean);
    yy += (ry[i] - mean) * (ry[i] - mean);
    xy += (rx[i] - mean) * (ry[i] - mean);
  }
  if (xx == 0 || yy == 0) return std::nullopt;
  RankCorrelation result{.rho = std::clamp(xy / std::sqrt(xx * yy), -1.0, 1.0), .people = x.size()};
  // Fisher's z with the standard error of Bonett and Wright (2000).
  const double z = std::atanh(std::clamp(result.rho, -1 + 1e-12, 1 - 1e-12));
  const double error = std::sqrt((1 + result.rho * result.rho / 2) / (n - 3));
  const double width = normal_quantile(0.975) * error;
  result.low = std::tanh(z - width);
  result.high = std::tanh(z + width);
  return result;
}

}  // namespace semblance
