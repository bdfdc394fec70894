#pragma once
// Seeded sets for the scoring tests, ordinary and hostile.

#include "base/rng.hpp"
#include "oracle.hpp"

namespace cases {

using oracle::Set;

inline void fill_normal(Set& set, semblance::Rng& rng) {
  boost::random::normal_distribution<double> normal;
  for (std::size_t i = 0; i < set.rows; ++i) {
    for (std::size_t k = 0; k < set.dim; ++k) set.row(i)[k] = static_cast<float>(normal(rng));
  }
}

inline void label(Set& set, std::size_t identities, semblance::Rng& rng) {
  set.identities = identities;
  set.identity.resize(set.rows);
  for (auto& identity : set.identity)
    identity = static_cast<semblance::IdentityIndex>(semblance::uniform_index(rng, identities));
  const auto order = semblance::random_permutation(set.rows, rng);
  set.order.assign(order.begin(), order.end());
}

/// Normal rows, some copied from `like` with and without noise, so that lists have something to find.
inline Set ordinary(std::size_t n, std::size_t d, std::uint64_t seed, const Set* like = nullptr, std::size_t pad = 0) {
  semblance::Rng rng(seed);
  Set set(n, d, pad);
  fill_normal(set, rng);
  if (like != nullptr && like->rows > 0) {
    for (std::size_t i = 0; i < n; i += 3) {
      const std::size_t from = semblance::uniform_index(rng, like->rows);
      for (std::size_t k = 0; k < d; ++k) {
        const float noise = i % 2 == 0 ? 0.0F : 0.3F * set.row(i)[k];
        set.row(i)[k] = like->row(from)[k] + noise;
      }
    }
  }
  if (n > 0) label(set, (n + 2) / 3, rng);
  return set;
}

/// Near-ties, duplicates, zero and antipodal rows, one huge component, denormals.
inline Set hostile(std::size_t n, std::size_t d, std::uint64_t seed) {
  semblance::Rng rng(seed);
  Set set(n, d);
  fill_normal(set, rng);
  for (std::size_t i = 1; i < n; ++i) {
    float* x = set.row(i);
    const float* base = set.row(i - i % 9);
    switch (i % 9) {
      case 1:
        std::copy_n(base, d, x);
        break;
      case 2:
        for (std::size_t k = 0; k < d; ++k) x[k] = -base[k];
        break;
      case 3:
        for (std::size_t k = 0; k < d; ++k) x[k] = base[k] * (1 + 1e-7F * x[k]);
        break;
      case 4:
        std::fill_n(x, d, 0.0F);
        break;
      case 5:
        x[d / 2] = 1e18F;
        break;
      case 6:
        for (std::size_t k = 0; k < d; ++k) x[k] *= 1e-39F;
        break;
      case 7:
        for (std::size_t k = 0; k < d; ++k) x[k] = base[k] * 2;
        break;
      case 8:
        std::fill_n(x, d, 1.0F);
        break;
      default:
        break;
    }
  }
  if (n > 0) label(set, (n + 4) / 5, rng);
  return set;
}

}  // namespace cases
