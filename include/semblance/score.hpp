#pragma once
// Every pair of two sets, compared exactly, in one pass that fills bounded outputs ("sinks").
//
// The reference score of a pair is alpha * <x, y> + u + v with the inner product taken in float64 over the float32
// rows, in index order (cosine: rows normalised first, see Comparison). Every score that leaves is a reference
// score; ties break by (score down, order of a up, order of b up). Results are bit-identical for any number of
// threads, tile size and kernel.

#include <array>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "semblance/types.hpp"

namespace semblance {

/// One side of a comparison. Borrowed; sizes must agree with `matrix.rows` where not empty.
struct ScoreSide {
  MatrixView matrix = {};                        ///< (n, dim)
  std::span<const RowIndex> order = {};          ///< tie order; empty: row order
  std::span<const IdentityIndex> identity = {};  ///< identity of each row; empty: none
  std::size_t identities = 0;                    ///< number of distinct identities (indices are below it)
};

struct PairScore {
  double score = 0;
  RowIndex a = kNoRow;
  RowIndex b = kNoRow;
  bool operator==(const PairScore&) const = default;
};

/// Counts of scores in equal bins over [low, high]; a score at or beyond an end counts in the end bin. Bin k holds
/// edge(k) <= s < edge(k + 1), decided by the reference score.
struct Histogram {
  double low = -1;
  double high = 1;
  std::vector<std::uint64_t> counts;  ///< empty: not asked for
  /// Scores from edge(exact_from) up are counted in their bins; a pair below may be counted up to `blur` away from
  /// its score, but never at or above that edge.
  std::size_t exact_from = 0;
  double blur = 0;

  [[nodiscard]] double edge(std::size_t k) const {
    return low + (high - low) * static_cast<double>(k) / static_cast<double>(counts.size());
  }
  [[nodiscard]] std::uint64_t total() const;
  /// Scores >= edge(k).
  [[nodiscard]] std::uint64_t count_from(std::size_t k) const;
  /// Proven bounds of the number of scores >= edge(k); both are that number from exact_from up.
  [[nodiscard]] std::array<std::uint64_t, 2> count_from_bounds(std::size_t k) const;
};

inline constexpr std::size_t kHistogramBins = 4096;

/// What one pass is to produce.
struct SinkRequest {
  std::size_t top_pairs = 0;                 ///< global best pairs, up to 10^6
  std::optional<double> threshold;           ///< list every pair with score >= threshold
  std::uint64_t threshold_cap = 10'000'000;  ///< the best so many are kept; hitting the cap is reported
  std::size_t row_bests = 0;                 ///< best m matches of every row of A (0: none)
  std::size_t column_bests = 0;              ///< best m matches of every row of B
  bool identity_bests_a = false;             ///< best pair of every identity of A
  bool identity_bests_b = false;
  bool histogram = false;  ///< histogram of all pairs, exact unless histogram_tail is set
  /// Exact from this score up, bounded below (cosine, default range only): the count that costs hardly anything.
  std::optional<double> histogram_tail;
  std::optional<std::array<double, 2>> histogram_range;  ///< default: [-1, 1] for cosine, else from the largest norms
};

/// Where an unfinished pass keeps what it has, so that the same call goes on after a crash or an interruption.
struct CheckpointOptions {
  std::filesystem::path folder;  ///< empty: no checkpoints. Made at the first write, which may never come
  double interval_seconds = 60;
  std::string fingerprint_a = {};  ///< of the side's content; empty: computed
  std::string fingerprint_b = {};
};
/// Deletes what a finished pass left in the folder, and the folder if nothing else is in it.
void remove_checkpoint(const std::filesystem::path& folder);

/// ScoreOptions::cascade: screen by the prefix that pays best, if any does.
inline constexpr int kAutomaticCascade = -1;

struct ScoreOptions {
  Comparison comparison = Comparison::cosine;
  unsigned threads = 0;       ///< 0: all that the machine offers
  std::size_t tile_rows = 0;  ///< 0: chosen; results do not depend on it
  std::size_t tile_cols = 0;
  std::string kernel =
      {};  ///< a name of score_kernels(); empty: the fastest this machine has. Results do not depend on it
  /// Directions of the prefix that pairs are screened by first (learnt from a sample of both sides; ignored where a
  /// histogram has to see every pair); 0: none; kAutomaticCascade. Results do not depend on it.
  int cascade = kAutomaticCascade;
  Progress progress = {};
  CheckpointOptions checkpoint = {};
  std::uint64_t verify = 0;  ///< score so many pairs again, drawn with `verify_seed`, and check them against every list
  std::uint64_t verify_seed = 1;
};

/// Kernels that this machine can run, best first ("reference", in float64 throughout, is always the last).
std::vector<std::string> score_kernels();

/// What a screened pass did, and how near its proven bound it came. The bound of a pair is the sum of its row's and
/// its column's half-width: |screen - reference| <= half-width, so no pair was dropped that could matter. With a prefix
/// the screen's value is itself an upper bound but for int8, and errors count where the reference lies above it.
struct Certificate {
  std::string bound;                  ///< "none" where every pair was scored in float64
  std::uint64_t prefix = 0;           ///< directions of the prefix that screened; 0: rows at full depth
  std::uint64_t screened = 0;         ///< pairs that went through the screen
  std::uint64_t survived = 0;         ///< of them not dropped by it
  std::uint64_t rescored = 0;         ///< of them scored by reference
  std::uint64_t counted_apart = 0;    ///< pairs of the histogram too near an edge, or in the tail: scored to be counted
  double largest_half_width = 0;      ///< of the pairs rescored, as a share of the product of the norms
  double largest_error = 0;           ///< |screen - reference| of the pairs rescored, in the same unit
  double largest_share_of_bound = 0;  ///< of |screen - reference| / half-width; below 1
  std::uint64_t resumed = 0;          ///< pairs that a checkpoint spared this run
  bool checkpoint_damaged = false;    ///< a checkpoint was there but not whole: ignored, everything was scored
  std::uint64_t verified = 0;         ///< pairs of the seeded sample that were scored again
};

/// What the sinks hold after a pass. Lists are in tie order, best first.
struct ScoreResult {
  std::uint64_t pairs = 0;
  std::vector<PairScore> top_pairs;
  std::vector<PairScore> over_threshold;
  std::uint64_t over_threshold_total = 0;  ///< pairs at or over the threshold, listed or not
  bool threshold_cap_hit = false;
  std::vector<PairScore> row_bests;     ///< n * m; slots beyond B's size have b == kNoRow
  std::vector<PairScore> column_bests;  ///< n_B * m
  std::vector<PairScore> identity_bests_a;
  std::vector<PairScore> identity_bests_b;
  Histogram histogram;
  std::string kernel;  ///< the kernel that ran
  Certificate certificate;
};

/// A x B, every pair. Memory: the outputs, a few tiles a thread and at most 256 MiB of packed rows. Throws Error{input}
/// on a dimension mismatch or a checkpoint of other inputs, Error{usage} on an impossible request, Error{output} if a
/// checkpoint cannot be written, Error{interrupted} when progress says stop (running jobs are finished and, where
/// asked for, a checkpoint is written first), Error{internal} if `verify` finds a pair that a list should hold.
ScoreResult score(const ScoreSide& a, const ScoreSide& b, const SinkRequest& request, const ScoreOptions& options);

/// A x A: each unordered pair of distinct rows once, mated (same identity) and non-mated apart.
struct SelfScoreResult {
  std::uint64_t mated_pairs = 0;
  std::uint64_t non_mated_pairs = 0;
  Histogram mated;
  Histogram non_mated;
  std::vector<PairScore> top_non_mated;  ///< request.top_pairs best pairs of different identities; `a` is the one
                                         ///< that comes first in the tie order
  std::string kernel;                    ///< the kernel that ran
  Certificate certificate;
};
SelfScoreResult score_self(const ScoreSide& a, const SinkRequest& request, const ScoreOptions& options);

/// Reference score of one pair.
double reference_score(std::span<const float> x, std::span<const float> y, Comparison comparison);

/// Best mated score of every row (its best match among other rows of the same identity; -infinity where there is
/// none): what a leak as good as another photograph of the person would score.
std::vector<double> best_mated_scores(const ScoreSide& a, const ScoreOptions& options);

}  // namespace semblance
