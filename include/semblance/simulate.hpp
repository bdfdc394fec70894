#pragma once
// Cases of known truth: people and a generator that leaks some of them, as embeddings on the hypersphere or as pictures
// of faces drawn by formulas.

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "semblance/types.hpp"

namespace semblance {

/// What a synthetic image that leaks a training person is.
enum class LeakStrength {
  near_copy,    ///< a training image of the person plus a little noise, cosine about 0.97
  same_person,  ///< a new image of the person, drawn as the training images are
  blend,        ///< a training image mixed with a stranger's image, the person's share 40 to 60%
  mixed,        ///< by turns from one leaked person to the next: near_copy, same_person
};

/// What to draw. The defaults resemble a good face matcher on photographs in the wild: mated cosines 0.66 +- 0.08,
/// non-mated ones 0.01 +- 0.07. Laws, ranges and measured figures: docs/simulate.md.
struct SimulateOptions {
  std::size_t identities = 2000;       ///< training people
  std::size_t holdout_identities = 0;  ///< 0: as many as training people
  std::size_t images = 5;              ///< images a person (mean, where images_spread > 0), at most 500
  double images_spread = 0;            ///< 0: all equal; otherwise a heavy-tailed spread (sigma of a log-normal)
  std::size_t synthetic = 5000;        ///< synthetic images; those that are no leak show strangers, each another one
  std::size_t dimension = 512;
  double spectrum = 0.7;     ///< variance of dimension k falls as k^-spectrum (0: flat)
  double intra_class = 0.0;  ///< length of the noise that sets an image off from its person; 0: 0.7
  double leak_rate = 0.02;   ///< share of training people that the generator leaks
  LeakStrength leak = LeakStrength::same_person;
  std::size_t images_per_leak = 1;  ///< synthetic images of each leaked person
  double hubs = 0.0;                ///< 0 to 1: pull of one real image in 200 to where it is near everybody
  double shift = 0.0;               ///< distance between the means of R's people and H's (0: exchangeable)
  std::uint64_t seed = 1;
};

struct SimulatedSet {
  std::vector<float> values;  ///< (rows, dimension) float32, rows of length 1
  std::vector<std::string> ids;
  std::vector<std::string> identity;  ///< one a row; empty strings for synthetic images
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

/// Draws a case. Deterministic in the options, whatever the threads; thread-safe. R and H come from one law, and who
/// leaks is drawn among R's people at random, so with shift = 0 and leak_rate = 0 R and H are exactly exchangeable.
/// R, H and G's strangers do not depend on the leak options. Rows of all sets have length 1 within float32 rounding;
/// `truth` is sorted by identity and has round(leak_rate * identities) * images_per_leak entries.
/// Throws Error{usage}, subject the command-line option, on values out of range; Error{resource} without memory.
SimulatedCase simulate(const SimulateOptions& options);

/// How a case is drawn as pictures.
struct PictureOptions {
  std::size_t side = 160;  ///< pixels of a picture, a side: 48 to 1024
  unsigned threads = 0;    ///< 0: all processors
  Progress progress;       ///< counts pictures
};

/// Draws a case as JPEG pictures of rendered people (semblance/render.hpp) below `folder`, which exists and is empty:
/// train/<identity>/<id>.jpg, holdout/<identity>/<id>.jpg, synthetic/<id>.jpg, and landmarks.csv with the five points
/// of each, named as open_dataset names the pictures. Returns ids of that kind and no values. Who leaks, and what is
/// called what, is as in simulate(); of `options` dimension, spectrum, intra_class, hubs and shift are not looked at.
/// A near copy repeats a training picture with another exposure, framing, sensor noise and compression; same_person is
/// the person in a new pose, light and expression; a blend mixes the numbers of two people, so it has no source.
/// Deterministic in the options, whatever the threads. Throws Error: usage (an option out of range), output,
/// interrupted (progress said stop).
SimulatedCase simulate_pictures(const SimulateOptions& options, const PictureOptions& pictures,
                                const std::filesystem::path& folder);

}  // namespace semblance
