#pragma once
// What the scores of one matcher mean: error rates measured on labelled real faces, with intervals, thresholds at a
// false match rate and, labelled as such, a tail beyond the data. Terms: ISO/IEC 2382-37, 19795-1:2021 and 5152:2024.
// Formulas and sources: docs/calibration.md.

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "semblance/score.hpp"
#include "semblance/store.hpp"

namespace semblance {

/// A threshold at a target FMR: the lowest histogram edge t with FMR(t) = #{non-mated >= t} / #non-mated <= target.
struct FmrThreshold {
  double fmr_target = 0;
  double score = 0;                 ///< the threshold; non-mated scores at or over it are false matches
  std::uint64_t false_matches = 0;  ///< non-mated scores at or over it
  double fmr = 0;                   ///< observed, <= fmr_target
  bool resolved =
      false;  ///< false: fewer than 1/target non-mated pairs exist; `score` is then just over the best of them
  bool rule_of_30 = false;  ///< at least 30 false matches stand behind it
};

/// Where the top bin must be excluded as well, the score is one bin past the range (that bin also holds scores beyond
/// it). Throws Error{usage} on a target outside (0, 1], Error{input} on a histogram without scores.
FmrThreshold threshold_at_fmr(const Histogram& non_mated, double fmr_target);

/// Observed FMR at a score: share of non-mated scores in its histogram bin or above (never understated by more than
/// a bin); nullopt where no non-mated score reaches it, i.e. the FMR is below 1/total and unknown.
std::optional<double> fmr_of_score(const Histogram& non_mated, double score);

/// Adds counts bin by bin. Throws Error{internal} where ranges differ.
Histogram operator+(const Histogram& x, const Histogram& y);

/// A statistic with its 95% interval.
struct Estimate {
  double value = 0;
  double low = 0, high = 0;
};

/// A share of comparisons that went wrong.
struct ErrorRate {
  std::uint64_t errors = 0, trials = 0;
  double rate = 0;                ///< errors / trials, exact
  double low = 0, high = 1;       ///< 95%; without errors: 0 and the rule of 3, 3 / independent trials
  double independent_errors = 0;  ///< errors divided by the design effect of comparisons that share people
  bool rule_of_30 = false;        ///< at least 30 independent errors: within 30% of the truth at 90% confidence
};

/// Measured: counted on comparisons. Extrapolated: read off a tail that was fitted to them.
enum class Evidence { measured, extrapolated };

/// How often a search for somebody who isn't enrolled would return somebody.
struct FalseIdentification {
  std::uint64_t gallery = 0;         ///< people's images searched
  double independent = 0;            ///< 1 - (1 - FMR)^gallery
  std::optional<Estimate> measured;  ///< leave-one-out over the set, where `gallery` is the set's own size
};

/// The threshold of one target FMR.
struct CalibratedThreshold {
  double fmr_target = 0;
  Evidence evidence = Evidence::measured;
  Estimate score;                        ///< the lowest threshold with FMR <= target
  std::optional<ErrorRate> fmr;          ///< measured at the threshold; none where it is extrapolated
  std::optional<ErrorRate> fnmr;         ///< at this fixed threshold; none without mated scores
  std::optional<Estimate> tar;           ///< 1 - FNMR, the interval including the threshold's own uncertainty
  std::optional<Estimate> extrapolated;  ///< what the fitted tail says of the same target, where it reaches
  std::vector<FalseIdentification> fpir;
};

/// FMR and FNMR at a score; the ROC and the DET are drawn from these.
struct CurvePoint {
  double score = 0;
  ErrorRate fmr;
  std::optional<ErrorRate> fnmr;
};

/// Generalised Pareto tail of the non-mated scores: P(S > t | S > u) = (1 + shape (t - u) / scale)^(-1/shape).
struct ParetoTail {
  double threshold = 0;  ///< u
  double share = 0;      ///< FMR at u
  std::uint64_t exceedances = 0;
  double shape = 0, scale = 0;
  double shape_low = 0, shape_high = 0;  ///< 95%, bootstrap over identities
  double scale_low = 0, scale_high = 0;
  double log_likelihood = 0;
  double anderson_darling = 0, anderson_darling_p = 0;  ///< p by parametric bootstrap, parameters refitted
  bool fits = false;                                    ///< p >= 0.1; otherwise nothing is extrapolated

  /// FMR at t >= threshold.
  [[nodiscard]] double fmr(double t) const;
  /// Score at an FMR <= share.
  [[nodiscard]] double score(double target) const;
};

/// A protocol's accuracy with one threshold for all.
struct Accuracy {
  double threshold = 0;   ///< the best: halfway between two neighbouring scores, the lowest such place
  ErrorRate error;        ///< 1 - accuracy, with the threshold chosen on the same comparisons
  std::size_t folds = 0;  ///< 0: the protocol has none
  double fold_mean = 0;   ///< accuracy on each fold at the best threshold of the others, averaged
  double fold_standard_error = 0;
};

struct CalibrationInput {
  std::string role;  ///< "embeddings", "items", "pairs", "scores"
  std::string path;
  std::string sha256;
};

/// What `semblance calibrate` found. Everything but the version is a function of inputs, options and seed.
struct Calibration {
  std::string version;
  std::string matcher;                   ///< empty: unknown
  std::string matcher_sha256;            ///< of its card; empty: unknown
  std::optional<Comparison> comparison;  ///< none for imported scores
  std::size_t dimension = 0;             ///< of the embeddings; 0 for imported scores
  std::string protocol;                  ///< "all-pairs", "pairs", "scores"
  std::string intervals;                 ///< "identity-bootstrap" or, where no person is in two comparisons, "wilson"
  std::uint64_t seed = 1;
  unsigned bootstrap = 0;  ///< draws
  std::vector<CalibrationInput> inputs;

  std::size_t items = 0, identities = 0, mated_identities = 0;
  std::uint64_t mated = 0, non_mated = 0;  ///< comparisons
  std::optional<Estimate> mated_mean, non_mated_mean, d_prime, auc, eer;
  std::optional<double> eer_threshold;
  std::optional<Accuracy> accuracy;  ///< of a pairs or score protocol
  std::vector<CalibratedThreshold> thresholds;
  std::optional<ParetoTail> tail;
  std::vector<CurvePoint> curve;   ///< best score first; exact counts at each
  std::vector<std::string> notes;  ///< limits in plain words
};

/// One comparison of an imported protocol.
struct LabelledScore {
  double score = 0;
  bool mated = false;
  /// Who is compared, any numbering below `identities`; a mated comparison has its person in both.
  IdentityIndex a = 0, b = 0;
  std::uint32_t fold = 0;  ///< 0: none; otherwise its fold, from 1
};

struct CalibrateOptions {
  Comparison comparison = Comparison::cosine;
  std::string matcher = {};                                    ///< overrides the store's
  std::string matcher_sha256 = {};                             ///< of the matcher's card
  std::vector<double> fmr = {1e-2, 1e-3, 1e-4, 1e-5, 1e-6};    ///< targets in (0, 1)
  std::vector<double> at = {};                                 ///< scores in use: the curve has points there
  std::vector<std::uint64_t> galleries = {10'000, 1'000'000};  ///< sizes at which FPIR is predicted
  unsigned bootstrap = 1000;                                   ///< draws, at least 100
  std::size_t top_scores = 1'000'000;                          ///< best non-mated scores kept exactly, up to 10^6
  std::size_t direct_rows = 4000;  ///< sets up to this size are also scored person by person, larger ones in a sample
  std::uint64_t seed = 1;
  unsigned threads = 0;
  std::function<Progress(const std::string& label, const std::string& unit)> progress = {};
};

/// Every mated and non-mated pair of a labelled set. Time: all pairs once; memory: linear in rows and mated pairs.
/// Deterministic in the seed, whatever the threads. Throws Error{input} on a set without labels or with one person,
/// Error{usage} on impossible options. Without a person of two images the FNMR side stays empty and `notes` says so.
Calibration calibrate(const EmbeddingSet& set, const CalibrateOptions& options);

/// The comparisons that a pairs file lists, over a set whose ids name the images: LFW's pairs.txt (folds, "Name n m"
/// and "Name n Other m"; image "Name_000n"), or a CSV with the columns id_a, id_b, same and optionally fold. Ids match
/// whole, or by file name without folder and extension. Throws Error{input} naming the file's line on an unknown id, a
/// malformed line, or a label that contradicts the set's identities.
Calibration calibrate_pairs(const EmbeddingSet& set, const std::filesystem::path& pairs,
                            const CalibrateOptions& options);

/// Imported scores of a closed matcher: a CSV with the columns score, mated (0/1) and optionally identity_a,
/// identity_b, fold. Without identities every comparison counts as independent, and `notes` says so.
Calibration calibrate_scores(const std::filesystem::path& scores, const CalibrateOptions& options);

/// Scores at hand. `identities` exceeds every index in `scores`.
Calibration calibrate_scores(std::span<const LabelledScore> scores, std::size_t identities,
                             const CalibrateOptions& options);

/// cal.json, schema "semblance-calibration/1"; doubles read back as they were. Writing is atomic and refuses a file
/// that exists unless `overwrite` is set and it is a calibration. Throws Error{output}; reading throws Error{input}.
std::string calibration_json(const Calibration& calibration);
void write_calibration(const Calibration& calibration, const std::filesystem::path& file, bool overwrite);
Calibration read_calibration(const std::filesystem::path& file);

/// The curve as CSV, one line a point. Atomic; refuses a file that exists unless `overwrite`.
void write_calibration_curve(const Calibration& calibration, const std::filesystem::path& file, bool overwrite);

/// Who made the scores that a calibration is to be applied to; empty and 0: unknown.
struct MatcherFacts {
  std::string name;
  std::string sha256;  ///< of its card
  std::size_t dimension = 0;
  Comparison comparison = Comparison::cosine;
};

/// Throws Error{input} naming `subject` if the calibration is of another matcher (card hash; name where a hash is
/// unknown; dimension) or comparison. Returns a sentence on what could not be checked, or an empty string.
std::string check_calibration_matches(const Calibration& calibration, const MatcherFacts& facts,
                                      const std::string& subject);

/// FMR at a score by a calibration.
struct CalibratedFmr {
  double fmr = 0;
  Evidence evidence = Evidence::measured;
};
/// Measured: the FMR of the highest curve point at or under the score, so never understated against the data. Beyond
/// the last measured false match: the fitted tail's. nullopt: below every false match and without a tail that fits.
std::optional<CalibratedFmr> calibrated_fmr(const Calibration& calibration, double score);

/// The threshold at a target FMR: the listed one, else the lowest curve point with FMR <= target, else the tail's;
/// nullopt where neither reaches.
struct CalibratedScore {
  double score = 0;
  Evidence evidence = Evidence::measured;
};
std::optional<CalibratedScore> calibrated_score(const Calibration& calibration, double fmr_target);

}  // namespace semblance
