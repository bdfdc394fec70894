#pragma once
// A closed matcher as a process of its own: pairs of pictures go in, scores come out (docs/formats.md, "Closed
// matchers").

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>

#include "semblance/ingest.hpp"
#include "semblance/types.hpp"

namespace semblance {

/// Has the card a table [process]? Throws Error{input} if it can't be read.
bool is_process_card(const std::filesystem::path& card);

/// Image datasets, as open_dataset takes them.
struct PipeSets {
  std::filesystem::path train, synthetic;
  std::optional<std::filesystem::path> holdout;
};

/// What a run is going to be.
struct PipePlan {
  std::string matcher, version;                         ///< as the process calls itself
  std::uint64_t train = 0, synthetic = 0, holdout = 0;  ///< pictures that can be read
  std::uint64_t pairs = 0;                              ///< in all
  std::uint64_t done = 0;                               ///< by an earlier call
  double pairs_a_second = 0;                            ///< measured on the first batch
};

struct PipeOptions {
  /// Folder for what is done so far, for pictures that lie in no file of their own, and for the results. A call that
  /// was killed goes on from there; a folder of other sets or of another card is refused.
  std::filesystem::path work;
  bool train_pairs = true;                     ///< R x R, too: thresholds come from it where there is no calibration
  std::function<void(const PipePlan&)> begin;  ///< told once, before the long part
  std::function<Progress(const std::string& label, const std::string& unit)> progress;
};

/// Where the results lie: items files and tables for read_pair_table.
struct PipeResult {
  std::string matcher, version;  ///< as the process calls itself
  bool distances = false;
  std::filesystem::path train, synthetic, holdout;                        ///< items files; pictures may be rejected
  std::filesystem::path train_synthetic, holdout_synthetic, train_train;  ///< tables, float64
  std::uint64_t failed = 0;  ///< pairs of pictures that are not rejected, for which the process gave no score
};

/// Has every pair of R x G and H x G (and R x R, each once) scored by the card's process, one batch at a time, in a
/// fixed order. A picture that can't be read, or in which the process finds no face, is rejected with its reason, as is
/// one that gets no score at all; a single pair without a score stays without one.
///
/// Throws Error: input (card, datasets, a process that can't be started, calls itself otherwise than the card, answers
/// with anything but the protocol, or dies), resource (no answer in time), output, interrupted.
PipeResult score_by_process(const std::filesystem::path& card, const PipeSets& sets, const PipeOptions& options);

}  // namespace semblance
