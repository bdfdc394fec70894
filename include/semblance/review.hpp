#pragma once
// Do people see what the matcher sees? A blinded pack of pairs for reviewers, and what their answers say
// (docs/review.md).

#include <array>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "semblance/assess.hpp"
#include "semblance/types.hpp"

namespace semblance {

/// Where the pictures of a set lie.
struct ReviewPictures {
  /// A folder (find_picture says how an item's is found), or an archive, .rec, LMDB or list (open_dataset), in which
  /// pictures are found by id.
  std::filesystem::path location;
  std::optional<std::filesystem::path> items;  ///< CSV with the `path` or `identity` that find_picture needs, by id
};

struct ReviewPackOptions {
  std::filesystem::path report;  ///< folder that an audit wrote
  std::string matcher;           ///< empty: the report's first
  ReviewPictures train, synthetic;
  std::optional<ReviewPictures> holdout;  ///< none: a pack without controls
  std::size_t pairs = 200;                ///< to judge, 2 to 2,000; half of them controls
  std::uint64_t seed = 1;
  std::size_t side = 320;  ///< pixels of a picture in the page, 64 to 1,024
  unsigned threads = 0;
  /// Makes the progress function of a stage from its label and unit; empty: no progress.
  std::function<Progress(const std::string& label, const std::string& unit)> progress;
};

/// One pair of a pack: a real and a synthetic picture.
struct ReviewPair {
  bool control = false;  ///< the real picture is a held-out person's
  bool listed = false;   ///< a training person on the report's list at its laxest false discovery rate
  std::string person, real, synthetic;
  double score = 0;
  bool real_left = false;
};

/// What the organiser keeps: which pair is what.
struct ReviewKey {
  std::string matcher;
  std::uint64_t seed = 1;
  std::string report_sha256;         ///< of report.json
  std::optional<double> fdr;         ///< at which `listed` people are on the report's list
  std::size_t listed = 0;            ///< people on it
  std::size_t above_controls = 0;    ///< candidates that score above every control in the pack
  std::size_t passed_over = 0;       ///< pictures that are missing or broken; their pairs were replaced
  std::vector<std::string> reasons;  ///< the first of them
  std::vector<ReviewPair> pairs;     ///< in the order shown; the page counts them from 1
};

struct ReviewPack {
  ReviewKey key;
  /// One a pair: JPEGs of the left and the right picture.
  std::vector<std::array<std::vector<std::uint8_t>, 2>> pictures;
};

/// Chooses pairs, one a person: candidates are training people with their best match, those on the report's list
/// first (a random sample of them where there are more than asked for), then the next by evidence; each gets as a
/// control the held-out person whose best match scores nearest, highest candidates first, nobody twice. Order and sides
/// are random, half of each kind with the real picture on the left. A function of the report, the pictures, the options
/// and the seed; `threads` changes nothing. Throws Error{input}: no report of an audit, one without the tables that are
/// needed, no picture of any candidate; Error{usage}: a control set for a report without a hold-out, options beyond
/// their range.
ReviewPack make_review_pack(const ReviewPackOptions& options);

/// Writes review.html (for the reviewers: pictures and nothing else) and key.json into `folder`, which exists and is
/// empty. Throws Error{output}. The same bytes for equal packs.
void write_review_pack(const ReviewPack& pack, const std::filesystem::path& folder);

enum class ReviewAnswer { same, different, cant_tell };

/// What one reviewer, or all of them, said of some of the pairs.
struct ReviewGroup {
  std::string name;       ///< "candidates", "candidates-listed", "candidates-in-range", "controls"
  std::size_t pairs = 0;  ///< in the pack
  std::size_t same = 0, different = 0, cant_tell = 0;  ///< the rest wasn't judged
  /// Share of "same" among the pairs judged, Wilson 95%; none where none was. Can't tell isn't "same".
  std::optional<double> rate, rate_decided;  ///< `decided`: among the pairs called same or different
  Interval interval, interval_decided;

  [[nodiscard]] std::size_t judged() const { return same + different + cant_tell; }
};

struct ReviewReader {
  std::string name;
  std::vector<std::optional<ReviewAnswer>> answers;  ///< one a pair of the key
  std::vector<ReviewGroup> groups;
  /// Rate among all candidates less that among controls, Newcombe's 95% interval; none without controls.
  std::optional<double> excess;
  Interval excess_interval;
};

/// Cohen's kappa of two reviewers over the pairs that both judged.
struct ReviewAgreement {
  std::string first, second;
  std::size_t pairs = 0;
  /// counts[a][b]: pairs that the first answered a and the second b.
  std::array<std::array<std::size_t, 3>, 3> counts = {};
  struct Kappa {
    double observed = 0, expected = 0;
    std::optional<double> kappa;  ///< none: both gave one and the same answer throughout, or no pair in common
    double standard_error = 0;
    Interval interval;  ///< 95%, kappa -+ 1.96 standard errors
  };
  Kappa three;  ///< same, different, can't tell
  Kappa two;    ///< same, or not
};

struct ReviewResult {
  ReviewKey key;
  std::string pack;  ///< SHA-256 of key.json
  std::vector<ReviewReader> readers;
  /// With two readers or more: pairs that all of them judged; same: all say so; different: all say so; else can't tell.
  std::optional<ReviewReader> joint;
  std::vector<ReviewAgreement> agreements;  ///< of every two readers
};

/// Reads answers that the page exported and holds them against the pack. Throws Error{input} naming the file: no
/// answers, truncated, of another pack, a pair that isn't in it, a pair answered twice, a reviewer given twice.
/// Deterministic.
ReviewResult evaluate_review(const std::filesystem::path& pack, const std::vector<std::filesystem::path>& answers);

/// The result as JSON ("semblance-review/1").
std::string review_json(const ReviewResult& result);
/// Writes review.json and judgements.csv (every pair with every reviewer's answer) into `folder`.
void write_review(const ReviewResult& result, const std::filesystem::path& folder);

}  // namespace semblance
