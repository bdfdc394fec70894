#pragma once
// People of known truth at the level of scores: image counts, chance scores that people share to different degrees,
// and leaks that score as mated images do. It shares no code with the stage under test, its random numbers neither.

#include <algorithm>
#include <boost/math/distributions/normal.hpp>
#include <cmath>
#include <limits>
#include <random>
#include <vector>

#include "semblance/assess.hpp"

namespace semblance::test {

struct Population {
  std::size_t train = 200, holdout = 200;
  std::size_t images = 3;    ///< of everybody where images_spread is 0, else the median
  double images_spread = 0;  ///< sigma of a log-normal, counts cut to [1, 500]
  double leak_rate = 0;      ///< each training person leaks with this probability
  double mated_mean = 0.55, mated_sd = 0.08;
  double chance_mean = 0.35, chance_sd = 0.04, person_sd = 0.02;
  std::size_t synthetic = 100;
};

struct Side {
  std::vector<double> best, mated;
  std::vector<IdentityIndex> identity;
  std::size_t identities = 0;
  [[nodiscard]] RealSide view() const { return {best, identity, identities, mated}; }
};

struct Case {
  Side train, holdout;
  std::vector<double> in_train, in_holdout;
  std::vector<bool> leaked;
  [[nodiscard]] SyntheticSide synthetic() const { return {in_train, in_holdout}; }
  [[nodiscard]] LeakageAssessment assess(const AssessOptions& options) const {
    return assess_leakage(train.view(), holdout.view(), synthetic(), options);
  }
};

inline Case draw_case(const Population& p, unsigned seed) {
  std::mt19937_64 rng(seed);
  std::normal_distribution<double> normal(0, 1);
  std::uniform_real_distribution<double> unit(0, 1);
  Case c;
  const auto side = [&](std::size_t people, double leak_rate, std::vector<bool>* leaked) {
    Side s;
    s.identities = people;
    for (std::size_t i = 0; i < people; ++i) {
      const double raw = static_cast<double>(p.images) * std::exp(p.images_spread * normal(rng));
      const auto images =
          p.images_spread > 0 ? static_cast<std::size_t>(std::clamp(std::round(raw), 1.0, 500.0)) : p.images;
      const double person = p.chance_mean + p.person_sd * normal(rng);
      const bool leaks = unit(rng) < leak_rate;
      if (leaked != nullptr) leaked->push_back(leaks);
      for (std::size_t k = 0; k < images; ++k) {
        double best = person + p.chance_sd * normal(rng);
        const double leak = p.mated_mean + p.mated_sd * normal(rng);
        if (leaks) best = std::max(best, leak);
        double mated = -std::numeric_limits<double>::infinity();
        if (images > 1) {  // the best of images - 1 draws, at once
          const double u = std::pow(unit(rng), 1.0 / static_cast<double>(images - 1));
          mated = p.mated_mean +
                  p.mated_sd * boost::math::quantile(boost::math::normal(), std::clamp(u, 1e-300, 1 - 1e-16));
        }
        s.best.push_back(best);
        s.mated.push_back(mated);
        s.identity.push_back(static_cast<IdentityIndex>(i));
      }
    }
    return s;
  };
  c.train = side(p.train, p.leak_rate, &c.leaked);
  c.holdout = side(p.holdout, 0, nullptr);
  for (std::size_t g = 0; g < p.synthetic; ++g) {
    c.in_train.push_back(p.chance_mean + p.chance_sd * normal(rng));
    c.in_holdout.push_back(p.chance_mean + p.chance_sd * normal(rng));
  }
  return c;
}

}  // namespace semblance::test
