#include "assess/intervals.hpp"

#include <algorithm>
#include <cmath>

#include "base/normal.hpp"
#include "semblance/error.hpp"

namespace semblance {

double two_sided_z(double level) { return normal_quantile(0.5 + level / 2); }

Interval wilson_share(double share, double n, double z) {
  const double z2 = z * z;
  const double centre = share + z2 / (2 * n);
  const double half = z * std::sqrt(share * (1 - share) / n + z2 / (4 * n * n));
  const double scale = 1 + z2 / n;
  // At the ends the two terms cancel exactly in theory; rounding must not make 0 successes exclude 0.
  return {share <= 0 ? 0 : std::max(0.0, (centre - half) / scale),
          share >= 1 ? 1 : std::min(1.0, (centre + half) / scale)};
}

Interval wilson(std::uint64_t x, std::uint64_t n, double level) {
  if (n == 0) return {0, 1};
  if (x > n || !(level > 0 && level < 1)) {
    throw Error(ErrorCode::internal, "assess", "interval", "a share needs successes <= units and a level in (0, 1)");
  }
  return wilson_share(static_cast<double>(x) / static_cast<double>(n), static_cast<double>(n), two_sided_z(level));
}

Interval ratio_interval(const Measured& x, const Measured& y) {
  const double product = x.value * y.value;
  // Lower end: x low, y high. The form with the root below the line stays finite where y.high passes twice y.
  const double low_x = x.interval.low * (2 * x.value - x.interval.low);
  const double high_y = y.interval.high * (2 * y.value - y.interval.high);
  const double low_root = product + std::sqrt(std::max(0.0, product * product - low_x * high_y));
  const double low = low_root > 0 ? low_x / low_root : 0;
  const double high_x = x.interval.high * (2 * x.value - x.interval.high);
  const double low_y = y.interval.low * (2 * y.value - y.interval.low);
  const double high = (product + std::sqrt(std::max(0.0, product * product - high_x * low_y))) / low_y;
  return {low, high};
}

Interval difference_interval(const Measured& x, const Measured& y) {
  const double difference = x.value - y.value;
  return {difference - std::hypot(x.value - x.interval.low, y.interval.high - y.value),
          difference + std::hypot(x.interval.high - x.value, y.value - y.interval.low)};
}

}  // namespace semblance
