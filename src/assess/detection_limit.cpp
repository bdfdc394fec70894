// What the global test would have found: leaks planted in H's own scores.

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numeric>
#include <vector>

#include "assess/leak_rate.hpp"
#include "base/parallel.hpp"
#include "base/rng.hpp"

namespace semblance {
namespace {

constexpr std::size_t kReplicates = 300;
constexpr std::size_t kMissesAllowed = 15;  ///< power 95%
constexpr std::size_t kBatch = 30;          ///< between looks at whether the misses are too many already

/// Width of the normal kernel that smooths a stratum's control scores: 1.06 n^(-1/5) standard deviations (Silverman).
/// Unsmoothed, no redrawn score would beat H's best, and leaks would stand out too easily.
double kernel_width(std::span<const double> scores) {
  if (std::ranges::min(scores) == std::ranges::max(scores)) return 0;
  const auto n = static_cast<double>(scores.size());
  const double mean = std::accumulate(scores.begin(), scores.end(), 0.0) / n;
  const double squares = std::accumulate(scores.begin(), scores.end(), 0.0, [&](double sum, double score) {
    return sum + (score - mean) * (score - mean);
  });
  return 1.06 * std::sqrt(squares / n) * std::pow(n, -0.2);
}

/// One seeded replicate; its first k leaks are the same for every k, so that power grows with k.
bool found(std::span<const EqualStratum> strata, std::span<const double> widths, const MatedScores& mated,
           const NullTable& null, const AssessOptions& options, std::size_t replicate, std::size_t leaks) {
  Rng rng(derive_seed(options.seed, "plant", replicate));
  boost::random::normal_distribution<double> kernel;
  std::vector<Ranked> people;
  for (std::size_t b = 0; b < strata.size(); ++b) {
    const auto& control = strata[b].holdout_best;
    const std::size_t train = strata[b].train_best.size();
    for (std::size_t i = 0; i < train + control.size(); ++i) {
      const double score = control[uniform_index(rng, control.size())] + widths[b] * kernel(rng);
      // Equals (where the width is 0) rank at random.
      people.push_back({score, static_cast<std::uint32_t>(rng()), static_cast<std::uint32_t>(b), i < train});
    }
  }
  std::vector<std::size_t> targets;
  for (std::size_t i = 0; i < people.size(); ++i) {
    if (people[i].train) targets.push_back(i);
  }
  shuffle(targets, rng);
  for (std::size_t k = 0; k < leaks; ++k) {
    Ranked& person = people[targets[k]];
    const double leak = mated.missing() ? std::numeric_limits<double>::max() : mated.draw(person.stratum, rng);
    person.height = std::max(person.height, leak);
  }
  rank_across_strata(people, strata.size());
  return null.min_p(component_values(people, strata.size())) <= options.alpha;
}

/// Leaks planted in many replicates of one audit.
class Planting {
 public:
  Planting(std::span<const EqualStratum> strata, const MatedScores& mated, const NullTable& null,
           const AssessOptions& options)
      : strata_(strata), mated_(mated), null_(null), options_(options) {
    for (const EqualStratum& stratum : strata) {
      people_ += stratum.train_best.size();
      widths_.push_back(kernel_width(stratum.holdout_best));
    }
  }

  [[nodiscard]] std::size_t people() const { return people_; }

  /// Replicates in which so many leaks are missed; stops early once they are more than `most`.
  [[nodiscard]] std::size_t misses(std::size_t leaks, std::size_t most) const {
    std::vector<std::uint8_t> miss(kReplicates, 0);
    std::size_t misses = 0;
    for (std::size_t from = 0; from < kReplicates && misses <= most; from += kBatch) {
      parallel_for(kBatch, options_.threads, [&](std::size_t r, unsigned) {
        miss[from + r] = found(strata_, widths_, mated_, null_, options_, from + r, leaks) ? 0 : 1;
      });
      misses = std::accumulate(miss.begin(), miss.end(), std::size_t{0});
    }
    return misses;
  }

 private:
  std::span<const EqualStratum> strata_;
  const MatedScores& mated_;
  const NullTable& null_;
  const AssessOptions& options_;
  std::vector<double> widths_;
  std::size_t people_ = 0;
};

}  // namespace

std::optional<double> minimum_detectable(std::span<const EqualStratum> strata, const MatedScores& mated,
                                         const NullTable& null, const AssessOptions& options) {
  const Planting planting(strata, mated, null, options);
  const std::size_t people = planting.people();
  const auto powerful = [&](std::size_t leaks) { return planting.misses(leaks, kMissesAllowed) <= kMissesAllowed; };
  if (!powerful(people)) return std::nullopt;
  std::size_t missed = 0;
  std::size_t enough = people;
  // To 2% of the answer: replicates don't tell nearer rates apart.
  while (enough - missed > std::max<std::size_t>(1, enough / 50)) {
    const auto middle =
        missed == 0 ? (enough + 7) / 8
                    : static_cast<std::size_t>(std::sqrt(static_cast<double>(missed) * static_cast<double>(enough)));
    const std::size_t leaks = std::clamp(middle, missed + 1, enough - 1);
    (powerful(leaks) ? enough : missed) = leaks;
  }
  return static_cast<double>(enough) / static_cast<double>(people);
}

std::vector<LeakRate::Power> power_curve(std::span<const EqualStratum> strata, const MatedScores& mated,
                                         const NullTable& null, std::optional<double> detectable,
                                         const AssessOptions& options) {
  constexpr std::array<double, 4> kShares = {1.0 / 8, 1.0 / 4, 1.0 / 2, 1};
  const Planting planting(strata, mated, null, options);
  const auto people = static_cast<double>(planting.people());
  std::vector<LeakRate::Power> curve;
  std::size_t before = 0;
  for (const double share : kShares) {
    const double rate = std::min(1.0, share * detectable.value_or(1));
    const auto leaks = static_cast<std::size_t>(std::lround(rate * people));
    if (leaks <= before) continue;
    before = leaks;
    const std::size_t seen = kReplicates - planting.misses(leaks, kReplicates);
    const Interval interval = wilson(seen, kReplicates, 0.95);
    curve.push_back({.leak_rate = static_cast<double>(leaks) / people,
                     .power = static_cast<double>(seen) / static_cast<double>(kReplicates),
                     .low = interval.low,
                     .high = interval.high});
  }
  return curve;
}

}  // namespace semblance
