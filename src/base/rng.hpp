#pragma once
// Seeded random numbers that are the same on every machine: std engines and Boost distributions (std's
// distributions differ between standard libraries).

#include <boost/random/mersenne_twister.hpp>
#include <boost/random/normal_distribution.hpp>
#include <boost/random/uniform_01.hpp>
#include <boost/random/uniform_int_distribution.hpp>
#include <cstdint>
#include <numeric>
#include <string_view>
#include <utility>
#include <vector>

namespace semblance {

using Rng = boost::random::mt19937_64;

/// A seed for one purpose and one index of it, so that streams don't depend on the order of use or on threads.
inline std::uint64_t derive_seed(std::uint64_t seed, std::string_view purpose, std::uint64_t index = 0) {
  auto mix = [](std::uint64_t z) {  // splitmix64's finaliser
    z += 0x9e3779b97f4a7c15ULL;
    z = (z ^ (z >> 30U)) * 0xbf58476d1ce4e5b9ULL;
    z = (z ^ (z >> 27U)) * 0x94d049bb133111ebULL;
    return z ^ (z >> 31U);
  };
  std::uint64_t h = mix(seed);
  for (const char c : purpose) h = mix(h ^ static_cast<unsigned char>(c));
  return mix(h ^ index);
}

inline std::size_t uniform_index(Rng& rng, std::size_t n) {
  return boost::random::uniform_int_distribution<std::size_t>(0, n - 1)(rng);
}

inline double uniform_unit(Rng& rng) { return boost::random::uniform_01<double>()(rng); }

/// Fisher-Yates.
template <class Range>
void shuffle(Range& values, Rng& rng) {
  for (std::size_t i = values.size(); i > 1; --i) std::swap(values[i - 1], values[uniform_index(rng, i)]);
}

inline std::vector<std::size_t> random_permutation(std::size_t n, Rng& rng) {
  std::vector<std::size_t> order(n);
  std::iota(order.begin(), order.end(), std::size_t{0});
  shuffle(order, rng);
  return order;
}

}  // namespace semblance
