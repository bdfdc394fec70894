// What the global test would have found: leaks planted in H's own scores.

#include <algorithm>
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

}  // namespace

std::optional<double> minimum_detectable(std::span<const EqualStratum> strata, const MatedScores& mated,
                                         const NullTable& null, const AssessOptions& options) {
  std::size_t people = 0;
  std::vector<double> widths;
  for (const EqualStratum& stratum : strata) {
    people += stratum.train_best.size();
    widths.push_back(kernel_width(stratum.holdout_best));
  }
  const auto powerful = [&](std::size_t leaks) {
    std::vector<std::uint8_t> miss(kReplicates, 0);
    std::size_t misses = 0;
    for (std::size_t from = 0; from < kReplicates && misses <= kMissesAllowed; from += kBatch) {
      parallel_for(kBatch, options.threads, [&](std::size_t r, unsigned) {
        miss[from + r] = found(strata, widths, mated, null, options, from + r, leaks) ? 0 : 1;
      });
      misses = std::accumulate(miss.begin(), miss.end(), std::size_t{0});
    }
    return misses <= kMissesAllowed;
  };
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

}  // namespace semblance
