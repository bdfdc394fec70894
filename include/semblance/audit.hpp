#pragma once
// The run itself: read, score, calibrate, assess, and lay the results out for the report.

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "semblance/cohort.hpp"
#include "semblance/facts.hpp"
#include "semblance/generate.hpp"
#include "semblance/report.hpp"
#include "semblance/store.hpp"
#include "semblance/types.hpp"

namespace semblance {

/// The sets as one matcher sees them.
/// Tables of a closed matcher's scores (read_pair_table): references in rows, synthetic images in columns.
struct ImportedScores {
  std::filesystem::path train_synthetic;
  std::optional<std::filesystem::path> holdout_synthetic;  ///< with a hold-out
  std::optional<std::filesystem::path> train_train;        ///< needed where there is no calibration
  bool distances = false;                                  ///< smaller means more alike
};

struct MatcherInput {
  std::string name;  ///< shown; empty: the stores' own, else "embeddings"
  EmbeddingSource train, synthetic;
  std::optional<EmbeddingSource> holdout;
  /// What `semblance calibrate` wrote for this matcher: thresholds and false match rates come from it instead of from
  /// pairs of different training people. Refused when it is another matcher's.
  std::optional<std::filesystem::path> calibration;
  /// The matcher's card, TOML or JSON: its hash ties a calibration to it, its training sets are held against
  /// AuditOptions::train_dataset.
  std::optional<std::filesystem::path> card;
  /// Strangers for AuditOptions::score_norm; none: one image each of at most 1,000 people drawn from R and H alike.
  std::optional<EmbeddingSource> cohort;
  /// Given: nothing is compared here. The sets' locations are items files (CSV), which name rows and columns.
  std::optional<ImportedScores> scores = {};
  Facts made = {};  ///< of a closed matcher: how its scores came about
};

/// Where the pictures behind the embeddings lie: folders (find_picture says how an item's is found), or whatever else
/// open_dataset reads, whose items' ids are those of the embeddings. A generator makes those that are wanted again.
struct PictureFolders {
  std::filesystem::path train, synthetic;
  std::optional<std::filesystem::path> holdout;  ///< for the control; needs a hold-out
  GeneratorOptions generator = {};               ///< where `synthetic` is "card:FILE"
};

/// What the report shows of real faces.
enum class Redaction {
  blur,  ///< too coarse to tell who it is
  none,
  omit,
};
const char* redaction_name(Redaction redaction);  ///< "blur", "none", "omit"

/// What a report calls the comparison where its matchers' differ.
inline constexpr const char* kEachItsOwn = "each matcher's own";

struct AuditOptions {
  std::vector<MatcherInput> matchers;  ///< at least one; all of them show the same people
  std::size_t agree = 2;               ///< matchers that must agree for the consensus list (with two or more)
  /// How embeddings are compared; none: as each matcher's card says, or else its stores, or else by cosine.
  std::optional<Comparison> comparison;
  /// Normalises every score against a cohort, which takes from hubs what makes them match everybody. Needs cosine or
  /// inner products, no calibration; sets are then held in memory once more, twice with s.
  ScoreNorm score_norm = ScoreNorm::none;
  /// Name of the dataset that R was taken from; a matcher trained on it is named as biased. Empty: not said.
  std::string train_dataset;
  std::vector<double> fmr = {1e-3, 1e-4, 1e-5, 1e-6};  ///< thresholds to count at, each in (0, 1)
  std::size_t top = 1500;                              ///< best pairs to list
  double alpha = 0.01;                                 ///< level of the verdict
  std::vector<double> fdr = {0.01, 0.05};              ///< levels of the lists
  unsigned permutations = 10'000;
  std::size_t max_images_per_identity = 0;  ///< 0: all
  /// Given: the best pairs and the people listed are looked at as pictures, too (docs/statistics.md, "Guards").
  std::optional<PictureFolders> pictures;
  Redaction redaction = Redaction::blur;  ///< of the real faces in the report's gallery
  /// Ids of synthetic images that are left out, as if they had never been made; the report says how many. Left out by
  /// their scores against R alone, they make H an unfair control (docs/statistics.md, "After a purge").
  std::vector<std::string> leave_out = {};
  std::uint64_t seed = 1;
  unsigned threads = 0;
  /// Makes the progress function of a stage from its label and unit; empty: no progress.
  std::function<Progress(const std::string& label, const std::string& unit)> progress;
};

struct AuditOutcome {
  ReportModel model;  ///< a function of the inputs, the options and the seed alone
  RunFacts run;       ///< machine facts and timings
};

/// Throws Error{usage} where alpha, an FDR or an FMR is no level between 0 and 1. `audit` does so itself; who spends
/// hours on embeddings first asks beforehand.
void check_audit_levels(const AuditOptions& options);

/// Throws Error{usage} where scores can't be normalised as `options` ask: of embeddings compared by l2, with a
/// calibration, or where scores come from a closed matcher. Likewise for asking beforehand.
void check_score_norm(const AuditOptions& options, const std::string& matcher, std::optional<Comparison> comparison,
                      bool calibrated);

/// Runs the audit. With several matchers the verdict's p is the smallest of the matchers' global p-values after Holm.
/// Throws Error{input} when the sets can't be compared: other dimensions or matchers, fewer than two rows, the same
/// embeddings given twice, people who sit in both train and hold-out, matchers that show other people, a folder of
/// pictures that isn't there or holds none of a set's, an id to leave out that no matcher's set holds. A single picture
/// that is missing or broken is counted. Memory: the inputs (mapped where they can be) and outputs linear in their
/// rows. Results do not depend on the number of threads.
AuditOutcome audit(const AuditOptions& options);

}  // namespace semblance
