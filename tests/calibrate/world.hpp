#pragma once
// People on the sphere whose true error rates are known from a sample far larger than any calibration set.

#include <fmt/format.h>

#include <boost/random/mersenne_twister.hpp>
#include <boost/random/normal_distribution.hpp>
#include <boost/random/uniform_01.hpp>
#include <cmath>
#include <memory>
#include <string>
#include <vector>

#include "semblance/store.hpp"

namespace semblance::calibrate_test {

using Engine = boost::random::mt19937_64;

struct World {
  std::size_t dimension = 24;
  double offset = 0.35;   ///< of everybody towards one direction: makes some people alike to many (identity variance)
  double spectrum = 0.5;  ///< variance of dimension k falls as k^-spectrum
  double spread = 0.55;   ///< of a person's images
  std::size_t fewest = 1, most = 4;  ///< images of a person, all numbers alike probable

  [[nodiscard]] std::vector<double> person(Engine& rng) const {
    boost::random::normal_distribution<double> normal;
    std::vector<double> c(dimension);
    for (std::size_t k = 0; k < dimension; ++k) {
      c[k] =
          normal(rng) * std::pow(static_cast<double>(k + 1), -spectrum / 2) / std::sqrt(static_cast<double>(dimension));
    }
    c[0] += offset * std::abs(normal(rng));
    return unit(c);
  }

  [[nodiscard]] std::vector<double> image(const std::vector<double>& person_at, Engine& rng) const {
    boost::random::normal_distribution<double> normal;
    std::vector<double> x = person_at;
    for (double& value : x) value += spread * normal(rng) / std::sqrt(static_cast<double>(dimension));
    return unit(x);
  }

  [[nodiscard]] std::size_t images(Engine& rng) const {
    const double u = boost::random::uniform_01<double>()(rng);
    return fewest + static_cast<std::size_t>(u * static_cast<double>(most - fewest + 1));
  }

  static std::vector<double> unit(std::vector<double> x) {
    double squared = 0;
    for (const double value : x) squared += value * value;
    for (double& value : x) value /= std::sqrt(squared);
    return x;
  }
};

inline double dot(const std::vector<double>& x, const std::vector<double>& y) {
  double sum = 0;
  for (std::size_t k = 0; k < x.size(); ++k) sum += x[k] * y[k];
  return sum;
}

/// A labelled set of so many people, in memory.
inline EmbeddingSet sample(const World& world, std::size_t people, Engine& rng) {
  auto data = std::make_shared<std::vector<float>>();
  EmbeddingSet set;
  set.location = "sample";
  set.labelled = true;
  for (std::size_t p = 0; p < people; ++p) {
    const std::vector<double> at = world.person(rng);
    set.identity_names.push_back(fmt::format("p{:06}", p));
    for (std::size_t n = world.images(rng); n > 0; --n) {
      for (const double value : world.image(at, rng)) data->push_back(static_cast<float>(value));
      set.order.push_back(static_cast<RowIndex>(set.ids.size()));
      set.ids.push_back(std::to_string(set.ids.size()));
      set.identity.push_back(static_cast<IdentityIndex>(p));
    }
  }
  set.matrix = {data->data(), set.ids.size(), world.dimension, world.dimension};
  set.keep = data;
  return set;
}

/// True rates, from many people. Each meets the next `partners` in a circle: for one number of comparisons that leaves
/// far less of the chance of who was drawn than fewer people that all meet, and a truth that is off by a fifth of a
/// set's standard error makes good intervals miss it.
class Truth {
 public:
  Truth(const World& world, std::size_t people, std::size_t partners, Engine& rng) {
    std::vector<std::vector<double>> first;
    for (std::size_t p = 0; p < people; ++p) {
      const std::vector<double> at = world.person(rng);
      std::vector<std::vector<double>> images;
      for (std::size_t n = 0; n < 4; ++n) images.push_back(world.image(at, rng));
      for (std::size_t a = 0; a < 4; ++a) {
        for (std::size_t b = a + 1; b < 4; ++b) add(mated_, dot(images[a], images[b]));
      }
      first.push_back(images[0]);
    }
    for (std::size_t a = 0; a < people; ++a) {
      for (std::size_t step = 1; step <= partners; ++step) add(non_mated_, dot(first[a], first[(a + step) % people]));
    }
    for (Side* side : {&mated_, &non_mated_}) {
      side->from.assign(kBins + 1, 0);
      for (std::size_t k = kBins; k > 0; --k) side->from[k - 1] = side->from[k] + side->counts[k - 1];
    }
  }

  [[nodiscard]] double fmr(double t) const { return share(non_mated_, t); }
  [[nodiscard]] double fnmr(double t) const { return 1 - share(mated_, t); }
  [[nodiscard]] double score_at_fmr(double target) const {
    return bisect([&](double t) { return fmr(t) <= target; });
  }
  [[nodiscard]] double eer() const {
    const double t = bisect([&](double at) { return fmr(at) <= fnmr(at); });
    return (fmr(t) + fnmr(t)) / 2;
  }
  [[nodiscard]] double auc() const {
    double sum = 0;
    for (std::size_t k = 0; k < kBins; ++k) {
      sum += static_cast<double>(mated_.counts[k]) *
             (non_mated_.n - static_cast<double>(non_mated_.from[k]) + static_cast<double>(non_mated_.counts[k]) / 2);
    }
    return sum / (mated_.n * non_mated_.n);
  }
  [[nodiscard]] double mean(bool mated) const { return side(mated).sum / side(mated).n; }
  [[nodiscard]] double variance(bool mated) const {
    return side(mated).squares / side(mated).n - mean(mated) * mean(mated);
  }
  [[nodiscard]] double d_prime() const {
    return (mean(true) - mean(false)) / std::sqrt((variance(true) + variance(false)) / 2);
  }

 private:
  static constexpr std::size_t kBins = 200'000;
  struct Side {
    std::vector<std::uint64_t> counts = std::vector<std::uint64_t>(kBins);
    std::vector<std::uint64_t> from;
    double n = 0, sum = 0, squares = 0;
  };
  static void add(Side& side, double s) {
    ++side.counts[static_cast<std::size_t>(std::min((s + 1) / 2, 0.999999999) * kBins)];
    side.n += 1;
    side.sum += s;
    side.squares += s * s;
  }
  [[nodiscard]] const Side& side(bool mated) const { return mated ? mated_ : non_mated_; }
  static double share(const Side& side, double t) {
    const double at = (t + 1) / 2 * kBins;
    const auto k = static_cast<std::size_t>(at);
    const double part = at - static_cast<double>(k);
    return (static_cast<double>(side.from[k]) - part * static_cast<double>(side.counts[k])) / side.n;
  }
  template <class Holds>
  static double bisect(Holds holds) {  // holds(t) is false below the result, true above
    double low = -0.99;
    double high = 0.99;
    for (int step = 0; step < 60; ++step) {
      const double middle = (low + high) / 2;
      (holds(middle) ? high : low) = middle;
    }
    return high;
  }
  Side mated_, non_mated_;
};

}  // namespace semblance::calibrate_test
