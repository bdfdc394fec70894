#pragma once
// What would an audit find? Leaks of known number and strength, planted in the user's own data. docs/statistics.md.

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "semblance/experiment.hpp"

namespace semblance {

enum class PowerLeak {
  same_person,  ///< the synthetic image is another photograph of the person, held back from the training set
  near_copy     ///< it is a training image with noise
};

struct PowerOptions {
  EmbeddingSource train, holdout;
  /// Its images are what nobody's leak stands among; without it the images of half of the held-out people are.
  std::optional<EmbeddingSource> synthetic;
  std::vector<double> rates = {0.001, 0.003, 0.01, 0.03, 0.1};  ///< shares of training people who leak, in (0, 1]
  std::vector<PowerLeak> strengths = {PowerLeak::same_person, PowerLeak::near_copy};
  double near_copy_cosine = 0.95;  ///< between a near-copy and its training image, in (0, 1)
  unsigned repetitions = 200;
  double alpha = 0.01;  ///< level of the verdict
  double fdr = 0.05;    ///< level of the list of people
  unsigned permutations = 1000;
  Comparison comparison = Comparison::cosine;
  std::uint64_t seed = 1;
  unsigned threads = 0;
  StudyProgress progress;
};

/// Repetitions of one rate and strength.
struct PowerPoint {
  std::optional<PowerLeak> strength;  ///< none: nobody leaked, `found` counts false alarms
  double rate = 0;
  std::size_t leaked = 0;  ///< people, one synthetic image each
  unsigned found = 0;      ///< repetitions whose verdict was "found"
  double power = 0;        ///< share of them
  Interval interval;       ///< Wilson, 95%
  double named = 0;        ///< mean share of the leaked people who are listed at the FDR
  double wrong = 0;        ///< mean share of the listed people who did not leak (0 for an empty list)
};

struct PowerStudy {
  std::vector<StudySet> sets;
  std::string background;                            ///< "synthetic" or "held-out strangers"
  std::size_t train_people = 0, holdout_people = 0;  ///< of every repetition
  std::size_t background_images = 0;
  unsigned repetitions = 0;
  double alpha = 0, fdr = 0, near_copy_cosine = 0;
  std::vector<PowerPoint> points;  ///< first nobody, then by strength and rate
};

/// In every repetition people are dealt anew between training and hold-out (as many as there are of each), leaks are
/// planted among the training people, and the verdict and the list are found as an audit finds them. Every person with
/// two images gives one up to be leaked. Deterministic in the seed, whatever the threads.
/// Throws Error{usage} on rates, levels or counts out of range, Error{input} on sets that don't fit together, too few
/// held-out people to give half away, or nobody with two images where same-person leaks are asked for.
PowerStudy estimate_power(const PowerOptions& options);

/// The study as JSON (schema "semblance-power/1").
std::string power_json(const PowerStudy& study);

/// Writes power.json, power.csv and page.html into `folder`, which exists and is empty. Byte-identical for equal
/// studies. Throws Error{output} naming the file.
void write_power(const PowerStudy& study, const std::filesystem::path& folder);

/// "same-person", "near-copy".
std::string power_leak_name(PowerLeak strength);

}  // namespace semblance
