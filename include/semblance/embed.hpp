#pragma once
// From pictures to embeddings: a matcher's network run over an image dataset.

#include <array>
#include <cstddef>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "semblance/align.hpp"
#include "semblance/ingest.hpp"
#include "semblance/types.hpp"

namespace semblance {

inline constexpr std::size_t kLargestBatch = 1024;

struct EmbedOptions {
  Runtime runtime = {};
  DatasetOptions dataset;
  AlignOptions align;
  /// Folder of the checkpoint, which a run that was killed or stopped goes on from; deleted at its end. Empty: none. An
  /// item whose picture changed in between under the same id is not noticed.
  std::filesystem::path checkpoint;
  double checkpoint_seconds = 10;  ///< between two writes of it
  /// Pictures that go through the matcher's network at once, 1 to kLargestBatch; 0: one on the processor, which is best
  /// there, and 32 on a GPU if the network leaves their number open.
  std::size_t batch = 0;
  unsigned threads = 0;    ///< 0: all processors
  bool overwrite = false;  ///< replaces an output that Semblance wrote
  /// Takes a store that is there already for done if these options, this library, these networks and the same items
  /// made it: the items are read once more, and nothing else. One that was made otherwise is refused, or replaced with
  /// `overwrite`.
  bool reuse = false;
  Progress progress;  ///< counts images; 0 in all where their number isn't known
};

struct RejectedItem {
  std::string id, why;
};

/// A kind of reason for which items were rejected: its text up to a colon.
struct RejectionCount {
  std::string why;
  std::size_t items = 0;
};

struct EmbedSummary {
  std::string matcher;          ///< the card's name
  std::string runtime_version;  ///< of ONNX Runtime; empty where OpenCV ran the network
  std::string engine;           ///< what ran it, with its version
  std::size_t embedded = 0, rejected = 0, dimension = 0;
  std::size_t resumed = 0;                     ///< items that a checkpoint spared this run
  bool reused = false;                         ///< the store was there; rejections are in it alone
  std::vector<RejectedItem> first_rejections;  ///< at most ten; all are in the store
  std::vector<RejectionCount> rejections;      ///< the most frequent kind first
};

/// Embeds every picture of a dataset (see open_dataset), aligned as `options.align` says. `card` describes the network
/// (docs/formats.md, "Matcher cards"). Writes a folder store to `out`, items in the dataset's order, atomically. A
/// picture that can't be read or aligned, or for which the network gives no finite number, is an item with status
/// "rejected" and its reason.
///
/// Each image is run by itself or, where batches are asked for, in batches of always the same shape, so results don't
/// depend on threads or on what else is in the dataset: same inputs, same options, same library, same machine, same
/// bytes. Memory: a few images a thread, or a few batches, and the ids.
///
/// Throws Error: input (dataset, card, weights of another checksum, a network whose shape isn't the card's, that
/// doesn't tell two pictures apart or gives something else for a picture among others, no picture that can be
/// embedded), usage (a batch or device that the network can't have), resource (no libonnxruntime, or one that can't use
/// the device), output, interrupted.
EmbedSummary embed(const std::filesystem::path& dataset, const std::filesystem::path& card,
                   const std::filesystem::path& out, const EmbedOptions& options = {});

/// Pairs of the four formula pictures (docs/formats.md, "Golden self-test"), in the order of their cosines.
inline constexpr std::array<std::pair<std::size_t, std::size_t>, 6> kGoldenPairs = {
    {{0, 1}, {0, 2}, {0, 3}, {1, 2}, {1, 3}, {2, 3}}};
using GoldenCosines = std::array<double, kGoldenPairs.size()>;
/// By how much a cosine may differ from the card's.
inline constexpr double kGoldenTolerance = 2e-3;

struct CardCheck {
  std::string matcher, runtime_version, engine;  ///< as in EmbedSummary
  std::size_t dimension = 0;
  GoldenCosines cosines{};
  bool has_golden = false;       ///< the card has cosines; they are these, or the check would have thrown
  double colour_effect = 0;      ///< largest change of a cosine if red and blue are exchanged
  std::size_t batch = 1;         ///< pictures that went through the network at once
  double seconds_per_image = 0;  ///< of one thread: scaling and inference
};

/// Runs a card's self-test and measures its speed. Every embed begins with the same self-test. Throws Error: input (the
/// card, its weights, a network that isn't the card's, gives NaN, can't tell unlike pictures apart, or whose cosines
/// aren't the card's), usage and resource as embed. `batch`: as EmbedOptions has it.
CardCheck check_card(const std::filesystem::path& card, const Runtime& runtime, std::size_t batch = 0);

}  // namespace semblance
