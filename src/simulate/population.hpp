#pragma once
// The people of a simulated case and their images: points on the unit sphere.

#include <cstddef>
#include <span>
#include <vector>

#include "base/rng.hpp"

namespace semblance::simulation {

/// The law that people and their images are drawn from.
///
/// A person is N(m e1, diag(variance)) scaled to length 1, variance of dimension k proportional to k^-spectrum and
/// summing to 1; e1 is the dominant axis. An image is the person plus isotropic noise of expected length
/// spread * q, scaled to length 1, where q is log-normal: some photographs are worse than others.
class Population {
 public:
  Population(std::size_t dimension, double spectrum, double spread);

  [[nodiscard]] std::size_t dimension() const { return deviation_.size(); }

  /// A person, shape (dimension). `offset` moves the mean before scaling by that length, along the diagonal
  /// (1, ..., 1), which the spectrum does not favour.
  [[nodiscard]] std::vector<double> person(Rng& rng, double offset) const;

  /// An image of a person, written to `out`, shape (dimension).
  void image(std::span<const double> person, Rng& rng, std::span<float> out) const;

 private:
  std::vector<double> deviation_;
  double spread_;
};

/// A copy of `source` that differs by a little isotropic noise: cosine about 0.97.
void near_copy(std::span<const float> source, Rng& rng, std::span<float> out);

/// share * x + (1 - share) * y, scaled to length 1; `out` may be x or y.
void mix(std::span<const float> x, std::span<const float> y, double share, std::span<float> out);

/// Pulls an image towards the dominant axis, where it is near everybody: (1 - strength) * x + strength * e1, scaled.
void pull_to_axis(double strength, std::span<float> image);

}  // namespace semblance::simulation
