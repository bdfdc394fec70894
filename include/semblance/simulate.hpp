#pragma once
// Cases of known truth: embeddings of people on the hypersphere and of a generator that leaks some of them.

#include <cstdint>
#include <string>
#include <vector>

#include "semblance/types.hpp"

namespace semblance {

enum class LeakStrength { near_copy, same_person, blend };

struct SimulateOptions {
  std::size_t identities = 2000;          ///< training people
  std::size_t holdout_identities = 0;     ///< 0: as many as training people
  std::size_t images = 5;                 ///< images a person (mean, where images_spread > 0)
  double images_spread = 0;               ///< 0: all equal; otherwise a heavy-tailed spread (sigma of a log-normal)
  std::size_t synthetic = 5000;
  std::size_t dimension = 512;
  double spectrum = 1.0;                  ///< variance of dimension k falls as k^-spectrum (0: flat)
  double intra_class = 0.0;               ///< spread of a person's images about the person; 0: the default
  double leak_rate = 0.02;                ///< share of training people that the generator leaks
  LeakStrength leak = LeakStrength::same_person;
  std::size_t images_per_leak = 1;        ///< synthetic images of each leaked person
  double hubs = 0.0;                      ///< strength of hub items: real images that are near everybody
  double shift = 0.0;                     ///< distance between the distributions of R and H (0: exchangeable)
  std::uint64_t seed = 1;
};

struct SimulatedSet {
  std::vector<float> values;              ///< (rows, dimension), unit rows
  std::vector<std::string> ids;
  std::vector<std::string> identity;      ///< one a row; empty strings for synthetic images
  [[nodiscard]] MatrixView view(std::size_t dimension) const {
    return {values.data(), ids.size(), dimension, dimension};
  }
};

/// A leak that was planted.
struct PlantedLeak {
  std::string identity;      ///< the leaked training person
  std::string synthetic_id;  ///< the synthetic image that shows the person
  std::string source_id;     ///< the training image it was made from (near_copy, blend), or empty
};

struct SimulatedCase {
  SimulatedSet train, holdout, synthetic;
  std::vector<PlantedLeak> truth;
};

/// Deterministic in the options. Throws Error{usage} on values out of range.
SimulatedCase simulate(const SimulateOptions& options);

}  // namespace semblance
