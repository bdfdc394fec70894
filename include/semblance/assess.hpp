#pragma once
// Leakage against a control: is there any, who, which synthetic images, how much, and what would have been missed.
// Formulas and sources: docs/statistics.md.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "semblance/types.hpp"

namespace semblance {

/// Best matches of one real set (R or H) in G, one entry a real row.
struct RealSide {
  std::span<const double> best;             ///< best score of each row over all of G
  std::span<const IdentityIndex> identity;  ///< identity of each row
  std::size_t identities = 0;
  /// Best score of each row among the other rows of its identity; -infinity where it has none. Only R's are used.
  std::span<const double> best_mated;
};

/// Best matches of every synthetic image, one entry a synthetic row.
struct SyntheticSide {
  std::span<const double> best_in_train;
  std::span<const double> best_in_holdout;
};

struct AssessOptions {
  double alpha = 0.01;                     ///< level of the verdict
  std::vector<double> fdr = {0.01, 0.05};  ///< levels q of the lists, each in (0, 1)
  std::uint64_t seed = 1;
  unsigned permutations = 10'000;
  unsigned threads = 0;
  /// At most so many images of a person are used (0: all), drawn by seed.
  std::size_t max_images_per_identity = 0;
  bool detection_limit = true;  ///< false: leave LeakRate's minimum_detectable and power out, most of the time
};

/// The global test (minP of Westfall and Young over exact permutations of whole identities between R and H, within
/// strata of equal numbers of images).
struct GlobalTest {
  struct Component {
    std::string name;  ///< "auc", "excess-q90", "excess-q95", "excess-q99", "excess-q99.9", "leading"
    double statistic = 0;
    double p = 1;  ///< one-sided permutation p-value of this component alone
  };
  double p = 1;      ///< of the smallest component p-value
  double auc = 0.5;  ///< P(M_R > M_H) + P(=)/2 within strata, weighted by pairs
  std::vector<Component> components;
  struct Stratum {
    std::size_t images = 0;  ///< images a person in this stratum (people with more are subsampled)
    std::size_t train = 0;
    std::size_t holdout = 0;
  };
  std::vector<Stratum> strata;
};

/// One training identity's evidence.
struct IdentityEvidence {
  IdentityIndex identity = 0;
  double best = 0;  ///< M_i over all its images
  std::size_t images = 0;
  std::size_t images_used = 0;  ///< equal-numbers comparison: images that `p` rests on
  std::size_t controls = 0;     ///< held-out people it was compared with
  double p = 1;                 ///< conformal
  double q = 1;                 ///< Benjamini-Hochberg adjusted: the smallest FDR at which it is listed
};

struct FdrList {
  double q = 0;
  std::size_t count = 0;
  std::vector<std::uint32_t> ids;  ///< identity (or synthetic row) indices, strongest first
};

/// Share of the training identities of which the synthetic set holds the person, in units of leaks as good as another
/// photograph of them. Best matches are over equal numbers of images within GlobalTest's strata, where sensitivity
/// needs it over one image fewer.
struct LeakRate {
  /// How often the global test finds leaks of a given rate, planted as for the smallest detectable rate.
  struct Power {
    double leak_rate = 0;
    double power = 0;
    double low = 0, high = 1;  ///< 95% (Wilson), of the planted cases alone
  };
  double threshold = 0;              ///< score t at which excess was measured, chosen without looking at R against G
  double share_train = 0;            ///< training identities with M >= t
  double share_holdout = 0;          ///< chance: held-out identities with M >= t
  double sensitivity = 1;            ///< share of leaks that reach t
  bool sensitivity_assumed = false;  ///< no mated scores to measure it on: taken as 1, so rates are lower bounds
  double estimate = 0;
  double low = 0, high = 1;  ///< 95% interval
  double upper95 = 1;        ///< one-sided 95% upper bound
  std::optional<double>
      minimum_detectable;  ///< leak rate that the global test finds 95 times in 100; none: not even 100%, or not asked
  std::vector<Power> power;  ///< around minimum_detectable, smallest rate first; empty: not asked
};

/// With a control.
struct LeakageAssessment {
  GlobalTest global;
  bool found = false;                        ///< global.p <= alpha
  std::vector<IdentityEvidence> identities;  ///< one a training identity, by index
  double smallest_possible_p = 1;            ///< 1 / (1 + held-out identities)
  double smallest_p = 1;                     ///< observed
  /// Per FDR level: the fewest people that the list can show with these controls; more than there are training
  /// identities where it must stay empty.
  std::vector<std::size_t> fewest_listable;
  /// Training identities with more images than max(200, half of H) held-out people have (all of H, where it has fewer
  /// than 200): compared over a random part of their images.
  std::size_t subsampled_identities = 0;
  std::vector<FdrList> identity_lists;  ///< one a level of options.fdr
  std::vector<FdrList> image_lists;     ///< synthetic rows, target-decoy competition
  std::size_t targets = 0, decoys = 0;  ///< synthetic images whose best match is in R, in H
  LeakRate leak_rate;
  std::vector<std::string> notes;  ///< limits of this assessment in plain words
};

/// Assesses R against H. Deterministic in the seed, whatever the threads. O(items + permutations x identities) time,
/// linear memory. Throws Error{usage} on an alpha or FDR outside (0, 1), Error{input} on empty sides.
LeakageAssessment assess_leakage(const RealSide& train, const RealSide& holdout, const SyntheticSide& synthetic,
                                 const AssessOptions& options);

/// Benjamini-Hochberg adjusted p-values, in input order.
std::vector<double> benjamini_hochberg(std::span<const double> p);

/// Holm's adjusted p-values, in input order.
std::vector<double> holm(std::span<const double> p);

/// p-value of "at least u of the hypotheses are false": min(1, (M - u + 1) * p_(u)) over M sorted p-values, valid under
/// any dependence between them (Benjamini and Heller 2008, Bonferroni form). Requires 1 <= u <= p.size().
double partial_conjunction(std::span<const double> p, std::size_t u);

/// Identities on which at least u matchers agree: partial conjunction per identity, then Benjamini-Hochberg at each
/// level. `p` holds one vector a matcher, all over the same identities.
std::vector<FdrList> consensus_lists(std::span<const std::vector<double>> p, std::size_t u,
                                     std::span<const double> fdr);

struct Interval {
  double low = 0, high = 1;
};
/// Wilson score interval of x successes among n independent units at two-sided `level`.
Interval wilson(std::uint64_t x, std::uint64_t n, double level);

}  // namespace semblance
