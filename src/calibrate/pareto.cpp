#include "calibrate/pareto.hpp"

#include <algorithm>
#include <atomic>
#include <boost/math/tools/minima.hpp>
#include <cmath>
#include <limits>
#include <vector>

#include "base/parallel.hpp"

namespace semblance::calibrate_stage {
namespace {

constexpr double kExponential = 1e-9;  // |shape| below which the law is exponential to rounding
constexpr double kInfinity = std::numeric_limits<double>::infinity();
// Of x = log(1 + tau * largest), from -12 to 12: tau from -1/largest to 160,000/largest.
constexpr double kSearchStep = 0.25;
constexpr int kSearchSteps = 48;

// The likelihood with the shape maximised out, as a function of x = log(1 + tau * largest), tau = shape / scale
// (Davison 1984; Grimshaw 1993): shape(tau) = mean log(1 + tau y), scale = shape / tau.
class Profile {
 public:
  Profile(std::span<const double> y, std::span<const double> weights) : y_(y), weights_(weights) {
    for (std::size_t k = 0; k < y.size(); ++k) {
      const double w = weight(k);
      if (w <= 0) continue;
      total_ += w;
      mean_ += w * y[k];
      largest_ = std::max(largest_, y[k]);
    }
    mean_ = total_ > 0 ? mean_ / total_ : 0;
  }

  [[nodiscard]] bool degenerate() const { return !(largest_ > 0) || !(mean_ < largest_); }

  [[nodiscard]] ParetoFit at(double x) const {
    const double tau = std::expm1(x) / largest_;
    ParetoFit fit;
    fit.position = x;
    double sum = 0;
    if (std::abs(tau * mean_) >= kExponential) {
      for (std::size_t k = 0; k < y_.size(); ++k) sum += weight(k) * std::log1p(tau * y_[k]);
      fit.shape = sum / total_;
    }
    if (fit.shape < -1) {
      fit.log_likelihood = -kInfinity;
      return fit;
    }
    fit.scale = fit.shape != 0 ? fit.shape / tau : mean_;
    fit.log_likelihood = -total_ * (std::log(fit.scale) + 1 + fit.shape);
    return fit;
  }

  [[nodiscard]] ParetoFit refine(double low, double high) const {
    constexpr int kBits = 30;
    std::uintmax_t iterations = 60;
    const auto [x, value] = boost::math::tools::brent_find_minima(
        [this](double at_x) { return -std::max(at(at_x).log_likelihood, -std::numeric_limits<double>::max()); }, low,
        high, kBits, iterations);
    static_cast<void>(value);
    return at(x);
  }

  [[nodiscard]] ParetoFit search() const {
    double best = 0;
    double best_likelihood = -kInfinity;
    for (int step = -kSearchSteps; step <= kSearchSteps; ++step) {
      const double x = step * kSearchStep;
      const double likelihood = at(x).log_likelihood;
      if (likelihood > best_likelihood) {
        best_likelihood = likelihood;
        best = x;
      }
    }
    const ParetoFit refined = refine(best - kSearchStep, best + kSearchStep);
    return refined.log_likelihood >= best_likelihood ? refined : at(best);
  }

 private:
  [[nodiscard]] double weight(std::size_t k) const { return weights_.empty() ? 1 : weights_[k]; }
  std::span<const double> y_;
  std::span<const double> weights_;
  double total_ = 0;
  double mean_ = 0;
  double largest_ = 0;
};

}  // namespace

double pareto_log_likelihood(std::span<const double> excesses, double shape, double scale) {
  double sum = 0;
  for (const double y : excesses) {
    if (shape == 0) {
      sum += -std::log(scale) - y / scale;
      continue;
    }
    const double z = shape * y / scale;
    if (!(z > -1)) return -kInfinity;
    sum += -std::log(scale) - (1 + 1 / shape) * std::log1p(z);
  }
  return sum;
}

std::optional<ParetoFit> fit_pareto(std::span<const double> excesses, std::span<const double> weights,
                                    const ParetoFit* near) {
  const Profile profile(excesses, weights);
  if (profile.degenerate()) return std::nullopt;
  if (near != nullptr) {
    constexpr double kReach = 1.0;
    const ParetoFit close = profile.refine(near->position - kReach, near->position + kReach);
    const bool inside = std::abs(close.position - near->position) < 0.98 * kReach;
    if (inside && std::isfinite(close.log_likelihood)) return close;
  }
  return profile.search();
}

double pareto_survival(double y, double shape, double scale) {
  if (y <= 0) return 1;
  if (std::abs(shape) < kExponential) return std::exp(-y / scale);
  const double z = shape * y / scale;
  return z <= -1 ? 0 : std::exp(-std::log1p(z) / shape);
}

double pareto_quantile(double p, double shape, double scale) {
  if (std::abs(shape) < kExponential) return -scale * std::log(p);
  return scale / shape * std::expm1(-shape * std::log(p));
}

double anderson_darling(std::span<const double> ascending, double shape, double scale) {
  constexpr double kLeast = std::numeric_limits<double>::min();
  const std::size_t n = ascending.size();
  double sum = 0;
  for (std::size_t k = 0; k < n; ++k) {
    const double below = 1 - pareto_survival(ascending[k], shape, scale);
    const double above = pareto_survival(ascending[n - 1 - k], shape, scale);
    sum += (2 * static_cast<double>(k) + 1) * (std::log(std::max(below, kLeast)) + std::log(std::max(above, kLeast)));
  }
  return -static_cast<double>(n) - sum / static_cast<double>(n);
}

double anderson_darling_p(double statistic, std::size_t excesses, const ParetoFit& fit, unsigned draws,
                          std::uint64_t seed, unsigned threads) {
  std::atomic<unsigned> as_bad{0};
  parallel_for(draws, threads, [&](std::size_t draw, unsigned) {
    Rng rng(derive_seed(seed, "calibrate goodness of fit", draw));
    std::vector<double> y(excesses);
    for (double& value : y) value = pareto_quantile(1 - uniform_unit(rng), fit.shape, fit.scale);
    std::sort(y.begin(), y.end());
    const auto refit = fit_pareto(y, {}, &fit);
    if (!refit || anderson_darling(y, refit->shape, refit->scale) >= statistic) as_bad.fetch_add(1);
  });
  return (1.0 + as_bad.load()) / (1.0 + draws);
}

}  // namespace semblance::calibrate_stage
