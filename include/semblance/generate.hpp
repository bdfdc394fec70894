#pragma once
// Pictures from a generator's network, by seed.

#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "semblance/runtime.hpp"
#include "semblance/types.hpp"

namespace semblance {

/// What is asked of a generator. A seed's latent code is numpy.random.RandomState(seed).randn(1, z), as float32, as
/// StyleGAN's own tools take it.
struct GeneratorOptions {
  Runtime runtime = {};
  std::vector<std::uint32_t> seeds;  ///< ascending, each once
  double truncation = 1;             ///< psi; from -10 to 10
  std::optional<std::size_t> label;  ///< class, from 0, for a generator that has some
  unsigned threads = 0;              ///< 0: all processors
};

/// Reads seeds as StyleGAN's tools take them: numbers and ranges, separated by commas ("0-9999", "3,7,20-30"). Gives
/// them in ascending order. Throws Error{usage}: no such text, a seed twice, above 4,294,967,295, or more than ten
/// million of them.
std::vector<std::uint32_t> parse_seeds(const std::string& text);

/// The text of ascending seeds: "0-99,105".
std::string ranges_of(const std::vector<std::uint32_t>& seeds);

/// "seed0007.png": the name and id of a seed's picture, as StyleGAN's tools call it.
std::string seed_name(std::uint32_t seed);
/// The seed that a name of that kind names.
std::optional<std::uint32_t> named_seed(const std::string& name);

/// Is this a dataset that a generator makes: "card:FILE"? Gives the card's file then.
std::optional<std::filesystem::path> generator_of(const std::filesystem::path& location);

/// Throws Error{usage} where the card's generator can't make such pictures (truncation, class), and Error{input} if it
/// is no generator's. Loads no network: for asking before other work begins.
void check_generator_options(const std::filesystem::path& card, const GeneratorOptions& options);

struct GenerateOptions {
  GeneratorOptions generator;
  /// Folder of the pictures that are finished, which a run that was killed or stopped goes on from; gone at its end.
  std::filesystem::path checkpoint;
  bool overwrite = false;  ///< replaces an output that Semblance wrote
  Progress progress;       ///< counts pictures
};

struct RejectedSeed {
  std::uint32_t seed = 0;
  std::string why;
};

struct GenerateSummary {
  std::string generator, runtime_version;  ///< the card's name; of ONNX Runtime
  std::string engine;                      ///< what ran it: library, version and device
  std::size_t pictures = 0, rejected = 0;
  std::size_t resumed = 0;                     ///< pictures that the run before had finished
  std::vector<RejectedSeed> first_rejections;  ///< at most ten; all are in images.csv
};

/// Writes to `out`, atomically: a PNG of 8 bits a seed, named by it; images.csv (id, path, seed, truncation, class,
/// status, rejection); generator.json (card, weights and their SHA-256, versions, options). A seed for which the
/// network gives something that isn't finite, or one colour alone, has no picture and is named in images.csv with its
/// reason.
///
/// The same bytes for any number of threads and wherever a run was broken off: seeds are run in groups that the card
/// and the seed alone determine.
///
/// Throws Error: input (card, weights of another checksum, a network that isn't the card's or fails its self-test, no
/// seed that gives a picture), usage (a class or truncation that the generator doesn't know), resource (no
/// libonnxruntime), output, interrupted.
GenerateSummary generate_pictures(const std::filesystem::path& card, const std::filesystem::path& out,
                                  const GenerateOptions& options);

/// Rows and columns of the picture's points that a golden self-test looks at.
inline constexpr std::size_t kGoldenGrid = 3;

/// A picture in short: for each colour the mean of its values (0 to 255), and the values themselves at the centres of 3
/// x 3 equal parts, row by row, red, green, blue.
struct PictureDigest {
  std::array<double, 3> mean{};
  std::array<double, kGoldenGrid * kGoldenGrid * 3> pixels{};
};
/// By how much means and pixels may differ from the card's.
inline constexpr double kGoldenMeanTolerance = 1;
inline constexpr double kGoldenPixelTolerance = 2;
/// Truncation of the golden self-test's picture, of seed 0 and class 0, where the generator knows truncation.
inline constexpr double kGoldenTruncation = 0.7;

struct GeneratorCheck {
  std::string generator, runtime_version, engine;  ///< as in GenerateSummary
  std::size_t width = 0, height = 0;
  PictureDigest digest;
  bool has_golden = false;       ///< the card has a digest; it is this one, or the check would have thrown
  double truncation_effect = 0;  ///< mean change of a pixel from truncation 0.7 to 1; 0 where there is none
  double seconds_per_image = 0;  ///< of one thread
};

/// Runs a generator card's self-test and measures its speed; every run begins with the same self-test. Throws as
/// generate_pictures does.
GeneratorCheck check_generator(const std::filesystem::path& card, const Runtime& runtime);

}  // namespace semblance
