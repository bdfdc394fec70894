#include "experiment/two_sample.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numeric>

#include "semblance/error.hpp"

namespace semblance::experiment_stage {
namespace {

constexpr std::array<double, 4> kLevels = {0.5, 0.9, 0.99, 0.999};

/// Calls body(value, below_x, below_y) for each distinct value of the pooled samples, with how many of each sample
/// are at or under it.
template <class Body>
void walk(std::span<const double> x, std::span<const double> y, const Body& body) {
  std::size_t i = 0;
  std::size_t j = 0;
  while (i < x.size() || j < y.size()) {
    const double at = j == y.size() || (i < x.size() && x[i] < y[j]) ? x[i] : y[j];
    while (i < x.size() && x[i] == at) ++i;
    while (j < y.size() && y[j] == at) ++j;
    body(at, i, j);
  }
}

double mean_of(std::span<const double> x) {
  return std::accumulate(x.begin(), x.end(), 0.0) / static_cast<double>(x.size());
}

double sd_of(std::span<const double> x, double mean) {
  double squares = 0;
  for (const double s : x) squares += (s - mean) * (s - mean);
  return std::sqrt(squares / static_cast<double>(x.size()));
}

Bounded exactly(double value) { return {value, value, value}; }
Bounded within(double value, double reach) { return {value, value - reach, value + reach}; }
Bounded minus(const Bounded& x, const Bounded& y) { return {x.value - y.value, x.low - y.high, x.high - y.low}; }

/// A difference of means over a pooled spread, from bounds of each.
Bounded ratio(const Bounded& difference, const Bounded& spread) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  if (spread.value <= 0) {
    const double value = difference.value == 0 ? 0 : std::copysign(kInfinity, difference.value);
    return {value, std::min(value, 0.0), std::max(value, 0.0)};
  }
  const auto over = [&](double numerator, bool up) {
    const double by = (numerator >= 0) == up ? spread.low : spread.high;
    return by > 0 ? numerator / by : std::copysign(kInfinity, numerator);
  };
  return {difference.value / spread.value, over(difference.low, false), over(difference.high, true)};
}

double pooled_spread(double sd_x, double sd_y) { return std::sqrt((sd_x * sd_x + sd_y * sd_y) / 2); }

/// Position of a quantile among bins: value by spreading a bin's scores evenly, bounds from the bins' edges.
Bounded binned_quantile(std::span<const double> counts, double total, double q, double low, double width) {
  const double place = q * (total - 1);
  const double first = std::floor(place);
  const double last = std::ceil(place);
  double below = 0;
  Bounded result;
  bool started = false;
  for (std::size_t k = 0; k < counts.size(); ++k) {
    const double up_to = below + counts[k];
    const double edge = low + width * static_cast<double>(k);
    if (!started && up_to > first) {
      started = true;
      result.low = edge;
      result.value = edge + width * std::min(1.0, (place - below + 0.5) / counts[k]);
    }
    if (up_to > last) {
      result.high = edge + width;
      break;
    }
    below = up_to;
  }
  return result;
}

struct Moments {
  double mean = 0, sd = 0;
};

Moments binned_moments(std::span<const double> counts, double total, double low, double width) {
  double sum = 0;
  for (std::size_t k = 0; k < counts.size(); ++k) sum += counts[k] * (static_cast<double>(k) + 0.5);
  const double centre = sum / total;
  double squares = 0;
  for (std::size_t k = 0; k < counts.size(); ++k) {
    const double d = static_cast<double>(k) + 0.5 - centre;
    squares += counts[k] * d * d;
  }
  return {low + width * centre, width * std::sqrt(squares / total)};
}

std::vector<double> counts_of(const Histogram& histogram) {
  std::vector<double> counts;
  counts.reserve(histogram.counts.size());
  for (const std::uint64_t n : histogram.counts) counts.push_back(static_cast<double>(n));
  return counts;
}

double bin_width(const Histogram& histogram) {
  return (histogram.high - histogram.low) / static_cast<double>(histogram.counts.size());
}

void compare_binned(DistributionStudy::Comparison& out, const Histogram& hx, const Histogram& hy) {
  const std::vector<double> x = counts_of(hx);
  const std::vector<double> y = counts_of(hy);
  const double nx = std::accumulate(x.begin(), x.end(), 0.0);
  const double ny = std::accumulate(y.begin(), y.end(), 0.0);
  double fx = 0;
  double fy = 0;
  double ks = 0;
  double ks_high = 0;
  double ties = 0;
  double wins = 0;
  for (std::size_t k = 0; k < x.size(); ++k) {
    const double px = x[k] / nx;
    const double py = y[k] / ny;
    wins += px * fy;
    ties += px * py;
    ks_high = std::max({ks_high, fx + px - fy, fy + py - fx});
    fx += px;
    fy += py;
    ks = std::max(ks, std::abs(fx - fy));
  }
  const double width = bin_width(hx);
  const BinnedStatistics s = binned_statistics(x, y, hx.low, width);
  out.ks = {ks, ks, std::min(1.0, ks_high)};
  out.auc = {wins + ties / 2, wins, std::min(1.0, wins + ties)};
  out.wasserstein = {s.wasserstein, std::max(0.0, s.wasserstein - width), s.wasserstein + width};
  const Moments mx = binned_moments(x, nx, hx.low, width);
  const Moments my = binned_moments(y, ny, hy.low, width);
  // Every score lies within half a bin of its centre, so a mean and a standard deviation are off by half a bin at most.
  out.d_prime = ratio(within(mx.mean - my.mean, width), within(pooled_spread(mx.sd, my.sd), width / 2));
}

}  // namespace

double ks_statistic(std::span<const double> x, std::span<const double> y) {
  double largest = 0;
  walk(x, y, [&](double, std::size_t i, std::size_t j) {
    largest = std::max(largest, std::abs(static_cast<double>(i) / static_cast<double>(x.size()) -
                                         static_cast<double>(j) / static_cast<double>(y.size())));
  });
  return largest;
}

double auc(std::span<const double> x, std::span<const double> y) {
  double wins = 0;
  std::size_t before_x = 0;
  std::size_t before_y = 0;
  walk(x, y, [&](double, std::size_t i, std::size_t j) {
    const auto mine = static_cast<double>(i - before_x);
    wins += mine * (static_cast<double>(before_y) + 0.5 * static_cast<double>(j - before_y));
    before_x = i;
    before_y = j;
  });
  return wins / (static_cast<double>(x.size()) * static_cast<double>(y.size()));
}

double wasserstein(std::span<const double> x, std::span<const double> y) {
  double area = 0;
  double gap = 0;
  double last = 0;
  bool started = false;
  walk(x, y, [&](double at, std::size_t i, std::size_t j) {
    if (started) area += gap * (at - last);
    started = true;
    last = at;
    gap = std::abs(static_cast<double>(i) / static_cast<double>(x.size()) -
                   static_cast<double>(j) / static_cast<double>(y.size()));
  });
  return area;
}

double quantile(std::span<const double> ascending, double q) {
  const double place = q * static_cast<double>(ascending.size() - 1);
  const auto below = static_cast<std::size_t>(std::floor(place));
  const double low = ascending[below];
  if (below + 1 >= ascending.size()) return low;
  return low + (place - static_cast<double>(below)) * (ascending[below + 1] - low);
}

DistributionStudy::Distribution describe(const std::string& name, const Scores& scores) {
  DistributionStudy::Distribution d;
  d.name = name;
  d.histogram = scores.histogram;
  d.pairs = scores.exact() ? scores.ascending.size() : scores.histogram.total();
  if (d.pairs == 0) throw Error(ErrorCode::input, "experiment", name, "has no pairs to compare");
  d.max = exactly(scores.max);
  const std::array<Bounded*, 4> quantiles = {&d.q50, &d.q90, &d.q99, &d.q999};
  if (scores.exact()) {
    const double mean = mean_of(scores.ascending);
    d.mean = exactly(mean);
    d.sd = exactly(sd_of(scores.ascending, mean));
    for (std::size_t i = 0; i < kLevels.size(); ++i) *quantiles[i] = exactly(quantile(scores.ascending, kLevels[i]));
    return d;
  }
  const std::vector<double> counts = counts_of(scores.histogram);
  const double width = bin_width(scores.histogram);
  const double low = scores.histogram.low;
  const auto total = static_cast<double>(d.pairs);
  const Moments moments = binned_moments(counts, total, low, width);
  d.mean = within(moments.mean, width / 2);
  d.sd = {moments.sd, std::max(0.0, moments.sd - width / 2), moments.sd + width / 2};
  for (std::size_t i = 0; i < kLevels.size(); ++i)
    *quantiles[i] = binned_quantile(counts, total, kLevels[i], low, width);
  return d;
}

DistributionStudy::Comparison compare(const std::string& first, const Scores& x, const std::string& second,
                                      const Scores& y) {
  const DistributionStudy::Distribution dx = describe(first, x);
  const DistributionStudy::Distribution dy = describe(second, y);
  DistributionStudy::Comparison out;
  out.first = first;
  out.second = second;
  if (x.exact() && y.exact()) {
    out.ks = exactly(ks_statistic(x.ascending, y.ascending));
    out.auc = exactly(auc(x.ascending, y.ascending));
    out.wasserstein = exactly(wasserstein(x.ascending, y.ascending));
    out.d_prime = ratio(exactly(dx.mean.value - dy.mean.value), exactly(pooled_spread(dx.sd.value, dy.sd.value)));
  } else {
    compare_binned(out, x.histogram, y.histogram);
  }
  out.shift_q50 = minus(dx.q50, dy.q50);
  out.shift_q90 = minus(dx.q90, dy.q90);
  out.shift_q99 = minus(dx.q99, dy.q99);
  out.shift_q999 = minus(dx.q999, dy.q999);
  out.shift_max = minus(dx.max, dy.max);
  return out;
}

BinnedStatistics binned_statistics(std::span<const double> x, std::span<const double> y, double low, double width) {
  const double nx = std::accumulate(x.begin(), x.end(), 0.0);
  const double ny = std::accumulate(y.begin(), y.end(), 0.0);
  BinnedStatistics s;
  double fx = 0;
  double fy = 0;
  double wins = 0;
  double area = 0;
  for (std::size_t k = 0; k < x.size(); ++k) {
    wins += x[k] * (fy + 0.5 * y[k]);
    fx += x[k];
    fy += y[k];
    const double gap = std::abs(fx / nx - fy / ny);
    s.ks = std::max(s.ks, gap);
    area += gap;
  }
  s.auc = wins / (nx * ny);
  s.wasserstein = area * width;
  const Moments mx = binned_moments(x, nx, low, width);
  const Moments my = binned_moments(y, ny, low, width);
  const double spread = pooled_spread(mx.sd, my.sd);
  s.d_prime = spread > 0 ? (mx.mean - my.mean) / spread : 0;
  const std::array<double*, 4> shifts = {&s.q50, &s.q90, &s.q99, &s.q999};
  for (std::size_t i = 0; i < kLevels.size(); ++i) {
    *shifts[i] =
        binned_quantile(x, nx, kLevels[i], low, width).value - binned_quantile(y, ny, kLevels[i], low, width).value;
  }
  return s;
}

}  // namespace semblance::experiment_stage
