#pragma once
// Judging seeded repetitions: uniformity, rates within binomial limits, and which tests are long.

#include <gtest/gtest.h>

#include <algorithm>
#include <boost/math/distributions/binomial.hpp>
#include <cmath>
#include <cstdlib>
#include <vector>

/// Skips a test that takes long unless SEMBLANCE_LONG_TESTS is set.
#define SEMBLANCE_LONG_TEST() \
  if (std::getenv("SEMBLANCE_LONG_TESTS") == nullptr) GTEST_SKIP() << "long; set SEMBLANCE_LONG_TESTS"

namespace semblance::test {

/// Kolmogorov's distance to uniform on (0, 1), times root n: 1.63 is passed with probability 0.01.
inline double uniform_ks(std::vector<double> p) {
  std::ranges::sort(p);
  const auto n = static_cast<double>(p.size());
  double distance = 0;
  for (std::size_t k = 0; k < p.size(); ++k) {
    distance = std::max(
        {distance, std::abs(p[k] - static_cast<double>(k) / n), std::abs(p[k] - static_cast<double>(k + 1) / n)});
  }
  return distance * std::sqrt(n);
}

/// The same for p-values that may be too large but not too small: 1.52 is passed with probability 0.01.
inline double too_small_ks(std::vector<double> p) {
  std::ranges::sort(p);
  const auto n = static_cast<double>(p.size());
  double distance = 0;
  for (std::size_t k = 0; k < p.size(); ++k) distance = std::max(distance, static_cast<double>(k + 1) / n - p[k]);
  return distance * std::sqrt(n);
}

/// Most successes among n at rate `rate` but in one case of 1,000.
inline std::size_t most_at(std::size_t n, double rate) {
  return static_cast<std::size_t>(boost::math::quantile(boost::math::binomial(static_cast<double>(n), rate), 0.999));
}

}  // namespace semblance::test
