#pragma once
// Guards: ways in which scores mislead, looked for in every audit (docs/statistics.md, "Guards").

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "semblance/score.hpp"
#include "semblance/types.hpp"

namespace semblance {

/// How often each item was chosen as a best match.
class MatchTally {
 public:
  /// `best` holds indices below `items`; neither is zero.
  MatchTally(std::span<const RowIndex> best, std::size_t items);

  /// The item chosen most often; ties: the first.
  [[nodiscard]] RowIndex most_chosen() const { return most_chosen_; }
  /// Items chosen at least once.
  [[nodiscard]] std::size_t distinct() const;
  /// Share of all choices that the `items` most chosen hold.
  [[nodiscard]] double share_of_top(std::size_t items) const;
  /// How many items 1% of `items` is: rounded up, so at least one.
  static std::size_t percent_of(std::size_t items) { return (items + 99) / 100; }

 private:
  std::vector<std::size_t> descending_;
  std::size_t choices_ = 0;
  RowIndex most_chosen_ = 0;
};

/// How unevenly best matches fall on real items. A hub, an item near everybody, fakes leakage.
struct HubShares {
  double top_item = 0;      ///< share of all best matches that the most-matched item holds
  double top_ten = 0;       ///< the ten most-matched items
  double top_percent = 0;   ///< the most-matched 1% of items (rounded up)
  double top_identity = 0;  ///< the most-matched identity
  RowIndex item = kNoRow;   ///< the most-matched item
  bool fires = false;       ///< top_item >= 5% and >= 20 times an even share
};

/// `best` holds the best real item of every synthetic image, `identity` the identity of every real item.
/// O(items), deterministic (ties: the item first in row order).
HubShares hub_shares(std::span<const RowIndex> best, std::span<const IdentityIndex> identity, std::size_t identities);

/// A held-out identity that looks like a training one.
struct Overlap {
  IdentityIndex holdout = 0;
  PairScore pair;  ///< its best pair: a = row of the hold-out, b = row of the training set
};

struct OverlapGuard {
  /// Score at or over which two pictures of different names count as the same person: the median mated score of the
  /// training set. None: no mated scores, or so many non-mated training pairs reach it that the matcher can't tell.
  std::optional<double> threshold;
  double expected_by_chance = 0;  ///< hold-out x training pairs that non-mated scores put at or over it
  std::vector<Overlap> overlaps;  ///< strongest first
};

/// Finds held-out people who sit in the training set under another name. `holdout_bests` is the best pair of each
/// held-out identity against the training set; `mated` and `non_mated` come from the training set itself. A guard that
/// would be right by luck is silent: more than half an expected chance pair means no threshold.
OverlapGuard find_overlaps(std::span<const PairScore> holdout_bests, std::uint64_t pairs, const Histogram& mated,
                           const Histogram& non_mated);

/// Do people with more training images match better? Spearman's rank correlation between a person's number of images
/// and best score, with the 95% interval of Bonett and Wright (2000).
struct RankCorrelation {
  double rho = 0;
  double low = -1, high = 1;
  std::size_t people = 0;
};

/// nullopt with fewer than five people or when either side is constant. Ties get mid-ranks.
std::optional<RankCorrelation> spearman(std::span<const double> x, std::span<const double> y);

/// Are R's and H's people exchangeable, as every p-value of the assessment assumes? Judged without G, so a leak cannot
/// set it off.
struct Exchangeability {
  double p = 1;  ///< smaller of the two below, corrected for looking at both (minP over the permutations)
  double p_location =
      1;                ///< their means differ: Hotelling's T-squared with a ridge (Chen, Paul, Prentice and Wang 2011)
  double p_spread = 1;  ///< one side lies further from the centre: rank sum of distances, two-sided
  double auc = 0.5;     ///< about how well a linear rule tells an image of R from one of H; 0.5: not at all
  std::size_t train_people = 0, holdout_people = 0;  ///< who were looked at
  bool fires = false;                                ///< p <= alpha
};

struct ExchangeabilityOptions {
  Comparison comparison = Comparison::cosine;  ///< cosine: rows are normalised first
  double alpha = 0.01;
  unsigned permutations = 999;
  /// At most so many people a side, drawn by seed. More would raise an alarm at differences too small to matter.
  std::size_t most_people = 2000;
  std::uint64_t seed = 1;
  unsigned threads = 0;
};

/// Permutes whole people between R and H, one random image each, in coordinates that are decorrelated over both sides
/// together: exact at level alpha for any number of people and any dimension (above 1,024 a random projection to 512
/// comes first). Sides need `identity`. Deterministic in the seed, whatever the threads. O(people x dim x
/// (dim + permutations)); memory: 3 x people x dim doubles. p = 1 with fewer than four people.
Exchangeability exchangeability(const ScoreSide& train, const ScoreSide& holdout,
                                const ExchangeabilityOptions& options);

}  // namespace semblance
