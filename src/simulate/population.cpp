#include "simulate/population.hpp"

#include <algorithm>
#include <cmath>

namespace semblance::simulation {

namespace {

// With the default spread these give mated cosines of 0.66 +- 0.08 and non-mated ones of 0.01 +- 0.07 at 512
// dimensions, which is what a good face matcher gives on photographs in the wild.
constexpr double kMeanOnDominantAxis = 0.15;
constexpr double kQualitySigma = 0.25;

constexpr double kNearCopyNoise = 0.25;

using Normal = boost::random::normal_distribution<double>;

/// Scales to length 1 and rounds to float32. A zero vector has probability 0 under every law here.
void put_on_sphere(std::span<const double> from, std::span<float> to) {
  double squares = 0;
  for (const double x : from) squares += x * x;
  const double scale = 1.0 / std::sqrt(squares);
  std::transform(from.begin(), from.end(), to.begin(), [scale](double x) { return static_cast<float>(x * scale); });
}

}  // namespace

Population::Population(std::size_t dimension, double spectrum, double spread) : deviation_(dimension), spread_(spread) {
  double sum = 0;
  for (std::size_t k = 0; k < dimension; ++k) sum += std::pow(static_cast<double>(k + 1), -spectrum);
  for (std::size_t k = 0; k < dimension; ++k) {
    deviation_[k] = std::sqrt(std::pow(static_cast<double>(k + 1), -spectrum) / sum);
  }
}

std::vector<double> Population::person(Rng& rng, double offset) const {
  Normal normal;
  std::vector<double> centre(dimension());
  const double step = offset / std::sqrt(static_cast<double>(dimension()));
  for (std::size_t k = 0; k < centre.size(); ++k) centre[k] = deviation_[k] * normal(rng) + step;
  centre[0] += kMeanOnDominantAxis;
  double squares = 0;
  for (const double x : centre) squares += x * x;
  for (double& x : centre) x /= std::sqrt(squares);
  return centre;
}

void Population::image(std::span<const double> person, Rng& rng, std::span<float> out) const {
  Normal normal;
  const double step = spread_ * std::exp(kQualitySigma * normal(rng)) / std::sqrt(static_cast<double>(dimension()));
  std::vector<double> noisy(person.begin(), person.end());
  for (double& x : noisy) x += step * normal(rng);
  put_on_sphere(noisy, out);
}

void near_copy(std::span<const float> source, Rng& rng, std::span<float> out) {
  Normal normal;
  const double step = kNearCopyNoise / std::sqrt(static_cast<double>(source.size()));
  std::vector<double> noisy(source.begin(), source.end());
  for (double& x : noisy) x += step * normal(rng);
  put_on_sphere(noisy, out);
}

void mix(std::span<const float> x, std::span<const float> y, double share, std::span<float> out) {
  std::vector<double> sum(x.size());
  for (std::size_t k = 0; k < sum.size(); ++k) {
    sum[k] = share * static_cast<double>(x[k]) + (1 - share) * static_cast<double>(y[k]);
  }
  put_on_sphere(sum, out);
}

void pull_to_axis(double strength, std::span<float> image) {
  std::vector<double> pulled(image.begin(), image.end());
  for (double& x : pulled) x *= 1 - strength;
  pulled[0] += strength;
  put_on_sphere(pulled, image);
}

}  // namespace semblance::simulation
