#pragma once
// How well scores rank members above non-members, and what chance alone would do.

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "semblance/membership.hpp"

namespace semblance::membership_stage {

/// Units to rank: a score, and the person it belongs to. People below `members` are members, the others aren't.
struct Sample {
  std::vector<double> score;          ///< not NaN
  std::vector<std::uint32_t> person;  ///< one a score
  std::size_t members = 0;            ///< people
  std::size_t nonmembers = 0;
};

/// True positive rates at the rates of kMembershipFpr.
using Tpr = std::array<double, kMembershipFpr.size()>;

/// The figures of one ranking (scikit-learn's roc_auc_score, average_precision_score and roc_curve agree).
struct RankingFigures {
  double auc = 0.5;
  double average_precision = 0;
  Tpr tpr{};
};

/// A sample in order of its scores, ready to be weighted anew. Immutable after construction.
class Ranking {
 public:
  explicit Ranking(const Sample& sample);

  [[nodiscard]] std::size_t people() const { return rank_sum_.size(); }
  [[nodiscard]] std::size_t members() const { return members_; }

  /// `weight` counts how often each person stands in the sample. Both sides need a positive total. O(units).
  [[nodiscard]] RankingFigures figures(std::span<const std::uint32_t> weight) const;
  [[nodiscard]] RankingFigures figures() const;
  /// RankingFigures::tpr alone: looks no further than the largest rate.
  [[nodiscard]] Tpr tpr(std::span<const std::uint32_t> weight) const;
  /// Pairs of a member's unit and another's: those that the member's wins (ties: half), and all.
  struct Wins {
    double won = 0, pairs = 0;
  };
  /// The same if exactly the people with `is_member` were the members. O(people), by rank sums; whole or half numbers,
  /// so equal rankings give equal values whatever the order of summation.
  [[nodiscard]] Wins wins_if(std::span<const std::uint8_t> is_member) const;
  /// The ROC curve from (0, 0) to (1, 1), one point a distinct score.
  [[nodiscard]] std::vector<RocPoint> roc() const;

 private:
  struct Unit {
    std::uint32_t person = 0;
    std::uint32_t last_of_tie = 0;  ///< 1 on the last unit of equal scores
  };
  /// Units of members and of the others, people taken by weight.
  [[nodiscard]] std::array<double, 2> totals(std::span<const std::uint32_t> weight) const;

  std::vector<Unit> units_;         ///< best first
  std::vector<double> rank_sum_;    ///< per person, midranks counted from the worst
  std::vector<double> unit_count_;  ///< per person
  std::size_t members_ = 0;
};

struct ResamplingOptions {
  unsigned bootstrap = 2'000;
  unsigned permutations = 10'000;
  std::uint64_t seed = 1;
  unsigned threads = 0;
};

/// One-sided permutation p-value, (1 + #{AUC* >= AUC}) / (1 + draws), of the AUC over the pairs within each ranking,
/// permuting who is a member among the whole people of each. Deterministic in the seed, whatever the threads.
double permutation_p(std::span<const Ranking> strata, const ResamplingOptions& options);

/// Figures with 95% intervals of a bootstrap over whole people (members and non-members apart, so that both keep their
/// numbers) and the permutation p-value (1 + #{AUC* >= AUC}) / (1 + draws). Deterministic in the seed,
/// whatever the threads.
MembershipMetrics measure(const Sample& sample, const ResamplingOptions& options);

/// Percentile interval of bootstrap draws at a two-sided level; NaN draws are left out. Reorders `draws`.
Interval percentile_interval(std::vector<double>& draws, double level);

/// How often a bootstrap draw takes each person: members among members, the rest among the rest.
void draw_people(std::uint64_t seed, std::size_t members, std::span<std::uint32_t> weight);

}  // namespace semblance::membership_stage
