#pragma once
// Published studies of leakage, reproduced by name with the controls that they lack. Formulas: docs/experiments.md.

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "semblance/assess.hpp"
#include "semblance/score.hpp"
#include "semblance/store.hpp"
#include "semblance/types.hpp"

namespace semblance {

/// A set of a study, as its output names it.
struct StudySet {
  std::string role;      ///< "train", "holdout", "synthetic" or, along an axis, "synthetic NAME"
  std::string location;  ///< as the user named it
  std::size_t items = 0;
  std::size_t identities = 0;  ///< 0 without labels
  bool labelled = false;
  std::string sha256, items_sha256;
};

/// Makes the progress function of a stage from its label and unit; empty: no progress.
using StudyProgress = std::function<Progress(const std::string& label, const std::string& unit)>;

// ---------------------------------------------------------------------------------------------------------------
// Best matches: for every synthetic image its most similar real one.

/// A table of best matches, one entry a synthetic image. Names are empty where nobody gave them.
struct BestMatches {
  std::string name;
  std::vector<double> score;
  std::vector<std::uint32_t> synthetic_identity;        ///< dense indices; without labels one an image
  std::vector<std::uint32_t> real_item, real_identity;  ///< dense indices of the best match
  std::vector<std::string> real_item_names;             ///< by index of real_item
  std::size_t gallery = 0;                              ///< real images searched; 0: unknown
};

/// How best matches concentrate on few real images. A generator that leaks nobody and a matcher without hubs spread
/// them; a matcher with hubs does not, and then pairs say little about people.
struct BestMatchHubs {
  double top1 = 0, top10 = 0;         ///< shares of all best matches held by the 1 and 10 most chosen real images
  std::optional<double> top_percent;  ///< by the most chosen 1% of the gallery; none where its size is unknown
  std::size_t percent_items = 0;      ///< that many images
  std::size_t distinct = 0;           ///< real images chosen at least once
  std::string top_item;               ///< the most chosen image
};

/// Synthetic images at or over one score.
struct BestMatchShare {
  double threshold = 0;
  std::uint64_t images = 0;
  double share = 0;
  Interval interval;                                ///< 95%, clustered by synthetic identity
  std::size_t synthetic_identities = 0;             ///< distinct, among these images
  std::size_t real_items = 0, real_identities = 0;  ///< distinct, among their best matches
  std::optional<double> excess;                     ///< share minus the control's
  std::optional<Interval> excess_interval;          ///< 95%
};

struct BestMatchSummary {
  std::string name;
  std::size_t images = 0, synthetic_identities = 0;
  std::size_t real_items = 0, real_identities = 0;         ///< distinct best matches
  double median = 0, q90 = 0, q99 = 0, q999 = 0, max = 0;  ///< quantiles by linear interpolation (NumPy's default)
  BestMatchHubs hubs;
  std::vector<BestMatchShare> shares;  ///< one a threshold
  std::optional<double> ks, auc;       ///< against the control: exact, of all its images
  std::vector<std::uint64_t> counts;   ///< of best scores in the study's bins
};

/// Bins shared by every set of a study: counts[k] covers [low + k * width, low + (k + 1) * width).
struct BestMatchBins {
  double low = 0, width = 0.01;
  std::size_t count = 0;
};

/// Round bins, about a hundred, from `low` to `high`.
BestMatchBins best_match_bins(double low, double high);

/// Whether two tables hold the same synthetic images in the same order.
enum class Pairing { unpaired, paired };

/// Reads a published table: CSV with sample_identity, best_match_index, best_match_identity, similarity (and more).
/// Throws Error{input} naming file and line.
BestMatches read_best_matches(const std::string& name, const std::filesystem::path& file);

/// Quantiles, shares, hubs, identity counts; with `control` its excess. Deterministic; uses no random numbers.
BestMatchSummary summarise_best_matches(const BestMatches& matches, const BestMatches* control, Pairing pairing,
                                        const std::vector<double>& thresholds, const BestMatchBins& bins);

/// The lowest score at or over which no more than `share` of the images lie (an observed score, or just over the
/// highest).
double upper_score(const std::vector<double>& scores, double share);

// ---------------------------------------------------------------------------------------------------------------
// `pairs` from published tables.

struct PublishedOptions {
  std::vector<std::pair<std::string, std::filesystem::path>> sets;
  std::pair<std::string, std::filesystem::path> control;  ///< a set that can't leak
  std::vector<double> thresholds = {0.6};                 ///< beside the control's upper 0.1%
  std::size_t gallery = 0;                                ///< real images that were searched; 0: unknown
};

struct PublishedStudy {
  std::vector<BestMatchSummary> sets;  ///< the control first
  std::vector<double> thresholds;      ///< the first is `control_threshold`
  double control_threshold = 0;        ///< at or over it lie 0.1% of the control's images
  BestMatchBins bins;
  std::vector<StudySet> inputs;
  std::size_t gallery = 0;
};

PublishedStudy study_published(const PublishedOptions& options);

// ---------------------------------------------------------------------------------------------------------------
// `pairs`: Otroshi Shahreza and Marcel, arXiv 2410.24015.

struct PairsOptions {
  EmbeddingSource train, synthetic;
  std::optional<EmbeddingSource> holdout;
  Comparison comparison = Comparison::cosine;
  std::size_t top = 1500;
  std::vector<double> fmr = {1e-3, 1e-4, 1e-5, 1e-6};
  std::vector<double> thresholds;  ///< scores; moved up to the next edge of the histogram
  double near_duplicate = 0.9;     ///< cosine from which two images of one set count as near-duplicates; 0: none do
  std::uint64_t seed = 1;
  unsigned threads = 0;
  StudyProgress progress;
};

struct PairsStudy {
  /// Who is in a set of pairs. Identities are 0 without labels.
  struct Count {
    std::uint64_t pairs = 0;
    std::size_t real_items = 0, real_identities = 0;
    std::size_t synthetic_items = 0, synthetic_identities = 0;
  };
  struct Threshold {
    std::optional<double> fmr;  ///< asked for; none: the user gave the score
    double score = 0;
    std::uint64_t false_matches = 0;  ///< non-mated pairs within R at or over it
    bool resolved = true, rule_of_30 = false;
    Count train;                                  ///< R x G at or over it
    std::optional<Count> holdout;                 ///< H x G
    double expected_by_chance = 0;                ///< pairs, from the false match rate within R
    std::optional<double> expected_from_holdout;  ///< pairs of H x G, scaled to the size of R
  };
  struct Pair {
    double score = 0;
    std::string real, real_identity, synthetic, synthetic_identity;
    std::optional<double> fmr;  ///< none: below what the non-mated pairs resolve
  };
  /// The best pairs of one real set.
  struct Top {
    std::vector<Pair> pairs;
    Count count;
    std::size_t real_clusters = 0, synthetic_clusters = 0;  ///< images after near-duplicates are joined
    std::size_t largest_real_cluster = 0, largest_synthetic_cluster = 0;
  };
  struct Cluster {
    std::string side;                            ///< "train", "holdout", "synthetic" or "synthetic in holdout pairs"
    std::vector<std::string> items, identities;  ///< members; distinct identities
  };
  struct Image {
    std::string id, identity;
    double train_score = 0;
    std::string train, train_identity;
    std::optional<double> holdout_score;
    std::string holdout, holdout_identity;
  };
  struct Curve {
    std::string name;
    Histogram histogram;
  };

  std::vector<StudySet> sets;  ///< train, synthetic, holdout
  std::string matcher, comparison;
  std::uint64_t pairs = 0, holdout_pairs = 0;
  std::uint64_t non_mated = 0;  ///< pairs of different people within R, behind every FMR
  std::vector<Threshold> thresholds;
  Top top;
  std::optional<Top> holdout_top;
  /// Among the pairs of H x G at or over the last score of `top`, scaled to R's size: how many of the listed pairs
  /// look-alikes alone would give.
  std::optional<double> top_expected_from_holdout;
  double top_expected_by_chance = 0;  ///< the same from the false match rate within R; 0 where no pair of R reaches it
  std::vector<Cluster> clusters;      ///< of two images at least
  std::vector<Image> images;          ///< every synthetic image, in order
  std::vector<Curve> curves;
  BestMatchSummary best;  ///< best matches in R, all of it
  BestMatchBins bins;
  /// Best matches in R and in H at equal numbers of real images (whole people, drawn by seed): only these compare.
  std::optional<BestMatchSummary> equal_train, equal_holdout;
  std::size_t equal_train_items = 0, equal_holdout_items = 0;
  std::uint64_t seed = 1;
  double near_duplicate = 0;
  std::vector<std::string> notes;  ///< limits of this study in plain words
};

/// Runs the study. Throws Error{input} when the sets can't be compared, Error{usage} on impossible options. Linear
/// memory beyond the sets; deterministic in the seed, whatever the threads.
PairsStudy study_pairs(const PairsOptions& options);

// ---------------------------------------------------------------------------------------------------------------
// `distribution`: Tinsley, Czajka and Flynn, arXiv 2101.05084.

/// A number with proven bounds: equal where it is exact, apart where it was computed from a histogram.
struct Bounded {
  double value = 0, low = 0, high = 0;
  [[nodiscard]] bool exact() const { return low == high; }
};

struct DistributionOptions {
  struct Synthetic {
    std::string name;  ///< its place on the axis
    EmbeddingSource source;
  };
  struct Matcher {
    std::string name;  ///< empty: the store's own, else "embeddings"
    EmbeddingSource train;
    std::optional<EmbeddingSource> holdout;
    std::vector<Synthetic> synthetic;  ///< along the axis
  };
  std::vector<Matcher> matchers;
  Comparison comparison = Comparison::cosine;
  unsigned permutations = 2'000;
  /// Up to so many pairs a distribution are held and compared exactly; beyond, histograms with bounds are.
  std::uint64_t exact_pairs = 4'000'000;
  std::size_t max_units = 4'000;  ///< people are permuted one by one up to so many, beyond in random groups
  std::uint64_t seed = 1;
  unsigned threads = 0;
  StudyProgress progress;
};

struct DistributionStudy {
  struct Distribution {
    std::string name;  ///< "R-R", "R-G", "H-G", "G-G"
    std::uint64_t pairs = 0;
    Histogram histogram;
    Bounded mean, sd, q50, q90, q99, q999, max;  ///< max is always exact
  };
  /// How far two distributions lie apart; positive d', AUC > 0.5 and positive shifts: the first has higher scores.
  struct Comparison {
    std::string first, second;
    Bounded ks, auc, wasserstein, d_prime;
    Bounded shift_q50, shift_q90, shift_q99, shift_q999, shift_max;
  };
  struct PValue {
    std::string statistic;  ///< "ks", "auc", "wasserstein", "d-prime", "q50", "q90", "q99", "q99.9", "max"
    double p = 1;
  };
  /// Permutation of whole people between R and H.
  struct Test {
    std::vector<PValue> p;  ///< one a statistic
    double p_min = 1;       ///< of the smallest of them (Westfall and Young): the one to look at
    double p_adjusted = 1;  ///< p_min after Holm over all matchers and synthetic sets of the study
    std::size_t people_train = 0, people_holdout = 0;
    std::size_t units = 0, people_per_unit = 1;
    std::size_t fixed_people = 0;  ///< never moved: nobody in the other set has about as many images
  };
  struct Cell {
    std::string synthetic;  ///< name on the axis
    std::vector<Distribution> distributions;
    std::vector<Comparison> comparisons;  ///< R-G to H-G (with a hold-out), R-G to R-R, G-G to R-R
    std::optional<Test> test;             ///< of R-G against H-G
  };
  struct Matcher {
    std::string name;
    std::vector<Cell> cells;
  };

  std::vector<StudySet> sets;
  std::vector<Matcher> matchers;
  std::string comparison;
  unsigned permutations = 0;
  std::uint64_t seed = 1;
  std::vector<std::string> notes;
};

/// Runs the study; errors and determinism as study_pairs. Memory: 16 bytes a pair of the exact distributions or, in
/// histograms, 32 KB a unit.
DistributionStudy study_distribution(const DistributionOptions& options);

// ---------------------------------------------------------------------------------------------------------------

/// Write experiment.json (schema semblance-experiment/1), CSVs and page.html into `folder`, which exists and is empty.
/// Byte-identical for equal studies. Throw Error{output} naming the file.
void write_study(const PublishedStudy& study, const std::filesystem::path& folder);
void write_study(const PairsStudy& study, const std::filesystem::path& folder);
void write_study(const DistributionStudy& study, const std::filesystem::path& folder);

}  // namespace semblance
