#pragma once
// The report: one plain data model, written as report.json, report.html and CSVs. The report stage computes nothing.

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "semblance/facts.hpp"
#include "semblance/rows.hpp"
#include "semblance/types.hpp"

namespace semblance {

/// What report.json holds. Field names follow the published schema semblance-report/1 (docs/formats.md).
struct ReportModel {
  struct Verdict {
    std::string leakage;      ///< "found", "not-found" or "no-control"
    std::optional<double> p;  ///< of the global test; none without a control
    double alpha = 0.01;
    std::string text;  ///< one paragraph of plain words
  };
  struct Set {
    std::string location;
    std::size_t items = 0;
    std::size_t identities = 0;
    std::size_t rejected = 0;  ///< named, but not compared: some matcher has no embedding of them
    bool labelled = false;
    std::vector<std::pair<std::string, std::size_t>> rejections = {};  ///< kinds of reason, most frequent first
    std::vector<std::string> lost_people = {};                         ///< of whom every image was rejected, by name
  };
  /// What one of several matchers made of a set. What isn't compared by one isn't compared by any.
  struct View {
    std::string location;
    std::size_t rejected = 0;  ///< images that this matcher has no embedding of
    std::vector<std::pair<std::string, std::size_t>> rejections = {};
    /// Images that it has an embedding of but another matcher hasn't, by that matcher and its reason.
    struct LeftOut {
      std::string matcher, why;
      std::size_t items = 0;
    };
    std::vector<LeftOut> left_out = {};
  };
  struct Views {
    View train, synthetic;
    std::optional<View> holdout;
  };
  struct Pair {
    std::size_t rank = 0;
    double score = 0;
    std::string train, train_identity, synthetic;
    std::optional<double> fmr;         ///< none: below what the non-mated scores resolve
    std::optional<double> similarity;  ///< of the two pictures; none: not compared
    std::string kind;  ///< "near-copy", "other-image", "unknown" (a picture is missing); empty: not asked
  };
  /// The same of the hold-out, none of whose people can have leaked: what chance gives.
  struct HoldoutPair {
    std::size_t rank = 0;
    double score = 0;
    std::string holdout, holdout_identity, synthetic;
    std::optional<double> fmr;
    std::optional<double> similarity;
    std::string kind;
  };
  struct Threshold {
    double fmr = 0;
    double score = 0;
    std::uint64_t pairs = 0;
    double expected_by_chance = 0;                ///< fmr as observed on non-mated real pairs, times pairs scored
    std::optional<std::uint64_t> holdout_pairs;   ///< the same count in H x G
    std::optional<double> expected_from_holdout;  ///< holdout_pairs scaled to R's size
    std::uint64_t false_matches = 0;
    bool resolved = false;
    bool rule_of_30 = false;
    bool extrapolated = false;  ///< by a calibration's fitted tail, beyond what was measured
  };
  struct List {
    double q = 0;
    std::size_t count = 0;
    std::vector<std::string> ids;
  };
  struct IdentityRow {
    std::string id;
    std::size_t images = 0, images_used = 0, controls = 0;
    double best = 0;
    std::string best_train, best_synthetic;
    std::optional<double> p, q;
    std::optional<double> similarity;  ///< as a pair's, of the best pair; for listed people alone
    std::string kind;
  };
  /// A held-out person's best pair: what a training person's is compared with.
  struct HoldoutPerson {
    std::string id;
    std::size_t images = 0;
    double best = 0;
    std::string best_holdout, best_synthetic;
  };
  struct ImageRow {
    std::string id;
    double best_train_score = 0;
    std::string best_train, best_train_identity;
    std::optional<double> best_holdout_score;
    std::string best_holdout;
    std::optional<double> listed_at_fdr;  ///< smallest of the asked levels at which the image is listed
  };
  struct Curve {
    std::string name;  ///< "R-G", "H-G", "R-R mated", "R-R non-mated"
    double low = -1, high = 1;
    std::vector<std::uint64_t> counts;
  };
  struct Component {
    std::string name;
    double statistic = 0;
    double p = 1;
  };
  struct Stratum {
    std::size_t images = 0, train = 0, holdout = 0;
  };
  /// How often the audit would have found so many leaks.
  struct PowerPoint {
    double leak_rate = 0;
    double power = 0, low = 0, high = 1;  ///< share of planted cases that were found, with its 95% interval
  };
  struct LeakRate {
    double estimate = 0;
    double low = 0, high = 1;
    double upper95 = 1;
    std::optional<double> minimum_detectable;
    double threshold = 0, share_train = 0, share_holdout = 0, sensitivity = 1;
    bool sensitivity_assumed = false;
    std::vector<PowerPoint> power;  ///< smallest rate first
  };
  /// Error rates at one score: what a threshold there would give among real faces.
  struct ErrorPoint {
    double score = 0;
    double fmr = 0;
    std::optional<double> fmr_low, fmr_high;  ///< 95%; none: no calibration was given
    std::optional<double> fnmr, fnmr_low, fnmr_high;
  };
  /// Ways in which scores mislead, looked for in every run (docs/statistics.md).
  struct Guards {
    struct Hubs {
      double top_item = 0, top_ten = 0, top_percent = 0, top_identity = 0;  ///< shares of all best matches
      std::string item;                                                     ///< the most-matched real item
      bool fires = false;
    };
    struct Overlap {
      std::string holdout_identity, holdout, train_identity, train;
      double score = 0;
    };
    struct Correlation {
      double rho = 0, low = -1, high = 1;
      std::size_t people = 0;
    };
    /// Can training people be told from held-out ones without the synthetic images?
    struct Control {
      double p = 1, p_location = 1, p_spread = 1;
      double auc = 0.5;  ///< of a linear rule; 0.5: not at all
      std::size_t train_people = 0, holdout_people = 0;
      bool fires = false;
    };
    std::optional<Control> control;  ///< none without a hold-out
    /// Was the matcher trained on the images that it now compares?
    struct MatcherBias {
      std::vector<std::string> training_sets;  ///< of the matcher, by its card
      std::string train_dataset;               ///< that R was taken from; empty: not said
      bool fires = false;                      ///< it is one of them
    };
    std::optional<MatcherBias> matcher_bias;  ///< none: no card was given
    /// Same image, or same person on another image? By the pictures themselves.
    struct NearCopies {
      /// Pairs of which both pictures could be compared, and those of them that are near-copies.
      struct Count {
        std::size_t checked = 0, near_copies = 0;
      };
      double threshold = 0;          ///< a near-copy is more alike than this
      std::size_t rests_on = 0;      ///< pairs of different photographs of one training person behind the threshold
      std::size_t duplicates = 0;    ///< pairs left out of those, since they are one photograph twice
      bool assumed = false;          ///< too few such pairs: the threshold is the documented one
      Count pairs;                   ///< of the best pairs
      std::optional<Count> holdout;  ///< of equally many best pairs of the hold-out, none of which can be a copy
      Count people;                  ///< of the best pairs of the people listed
      std::optional<Count> holdout_people;        ///< of equally many held-out people, those with the best scores
      std::size_t unreadable = 0;                 ///< pictures that are missing or broken
      std::vector<std::string> unreadable_names;  ///< the first of them, each with the reason
    };
    Hubs train;
    std::optional<Hubs> holdout;
    std::optional<double> overlap_threshold;  ///< none: not looked for, or the matcher can't tell
    std::vector<Overlap> overlaps;            ///< held-out people left out of the control
    /// Spearman's rank correlation of images a person and best score, in the training set and, as its control, the
    /// hold-out.
    std::optional<Correlation> images_train, images_holdout;
    std::optional<NearCopies> near_copies;  ///< none: no pictures were given
  };
  struct Matcher {
    std::string name;
    std::string comparison;
    std::optional<Views> views;  ///< none with a single matcher, or where ids don't tell which images are the same
    std::uint64_t pairs_scored = 0;
    std::vector<Pair> top;
    std::vector<HoldoutPair> holdout_top;  ///< as many of H x G; written to control-pairs.csv only
    std::vector<Threshold> thresholds;
    std::string fmr_source;                  ///< which non-mated scores the FMRs rest on
    std::uint64_t non_mated = 0, mated = 0;  ///< how many real pairs stand behind them
    std::optional<double> global_p;          ///< raw, before Holm
    std::optional<double> auc;
    std::vector<Component> components;
    std::vector<Stratum> strata;
    std::size_t identities_tested = 0;
    std::optional<double> smallest_p, smallest_possible_p;
    std::vector<std::size_t> fewest_listable;       ///< one an FDR level
    std::vector<List> identity_lists, image_lists;  ///< image list ids are written to images.csv only
    std::optional<std::size_t> targets, decoys;
    std::optional<LeakRate> leak_rate;
    Rows<IdentityRow> identities;  ///< every training identity, strongest first
    /// Every held-out person whom the audit used, best score first; written to control-people.csv only.
    Rows<HoldoutPerson> holdout_people;
    Rows<ImageRow> images;  ///< every synthetic image, in order
    std::vector<Curve> curves;
    std::vector<Curve> people_curves;     ///< "R", "H": the best score of every person, in the bins of "R-G"
    std::vector<ErrorPoint> error_rates;  ///< highest score first
    Guards guards;
    std::vector<std::string> notes;
  };
  /// A synthetic image that should not be published. The stage that fills the model decides; the report only writes.
  /// The rule: with q* the laxest asked FDR, an image is to go if it is on the image list at q* ("image-listed"), or
  /// if its best training match belongs to a person on the identity list at q* and scores at or over the weakest best
  /// score of any listed person ("identity-listed"). One entry an image and matcher, the first reason that holds, in
  /// image order.
  struct Removal {
    std::string id;                     ///< synthetic image
    std::string reason;                 ///< "image-listed" or "identity-listed"
    double q = 0;                       ///< the smallest asked FDR level at which the reason holds
    std::string train, train_identity;  ///< its best training match
    double score = 0;                   ///< of that match
    std::string matcher;
  };
  struct Input {
    std::string role;  ///< "train", "train-items", ...
    std::string path;  ///< as the user named it
    std::string sha256;
  };

  /// How a matcher's embeddings of a set came about, as its store says (docs/formats.md, "How a store was made").
  struct Making {
    std::string matcher, set;  ///< `set`: "train", "synthetic", "holdout"; empty: all
    Facts facts;
  };

  /// Identities on which several matchers agree (partial conjunction); none with a single matcher.
  struct Consensus {
    std::size_t at_least = 2;  ///< matchers that must agree
    std::vector<List> fdr;
  };

  /// People and the pairs of images that show them, to be looked at.
  struct Gallery {
    /// What one matcher says of a pair.
    struct Sight {
      std::optional<double> score;  ///< none: the matcher has no embedding of one of the two
      std::optional<double> fmr;    ///< none: below what the non-mated scores resolve
    };
    struct Look {
      std::string train, synthetic;
      std::vector<Sight> sights;         ///< one a matcher
      std::optional<double> similarity;  ///< as Pair's
      std::string kind;
      std::optional<std::size_t> train_picture, synthetic_picture;  ///< of `pictures`
    };
    struct Standing {
      std::optional<double> p, q;
    };
    struct Person {
      std::string id;
      std::size_t images = 0;           ///< in the training set
      std::vector<Standing> standings;  ///< one a matcher
      std::vector<Look> looks;          ///< strongest first
    };
    std::vector<Person> people;                       ///< strongest evidence first
    bool listed = false;                              ///< false: nobody is on any list, these are merely the best pairs
    std::size_t left_out = 0;                         ///< people who would be here but for the limits
    std::vector<std::vector<std::uint8_t>> pictures;  ///< JPEG files
    std::string redaction;       ///< of real faces: "blur", "none", "omit"; empty: no pictures were given
    std::size_t unreadable = 0;  ///< pictures that are missing or broken
  };

  Verdict verdict;
  Set train, synthetic;
  std::optional<Set> holdout;
  std::vector<Matcher> matchers;
  std::optional<Consensus> consensus;
  std::vector<Removal> removal;  ///< what removal.csv lists
  Gallery gallery;
  std::string version;
  std::uint64_t seed = 1;
  std::vector<std::pair<std::string, std::string>> options;  ///< what the run was asked for, as text
  std::vector<Input> inputs;
  std::vector<Making> made;         ///< none where no store says
  std::vector<std::string> limits;  ///< what this report can't say, a sentence each
};

/// Machine facts and timings, written to run.json beside the report: everything that may differ between two runs
/// on the same inputs.
struct RunFacts {
  std::vector<std::pair<std::string, std::string>> facts;  ///< e.g. {"threads", "2"}
  std::vector<std::pair<std::string, double>> seconds;     ///< stage -> wall seconds
};

/// Writes report.json, report.html, run.json, pairs.csv, control-pairs.csv, identities.csv, control-people.csv,
/// images.csv, removal.csv, gallery.csv, histograms.csv into `folder`, which exists and is empty. Throws Error{output},
/// naming the file, when one can't be written whole (a full disk, too). Byte-identical for equal models; thread-safe
/// for distinct folders. Strings may hold anything: bytes that are not UTF-8 become U+FFFD in JSON and HTML, and stand
/// as they are in the CSVs. Numbers that are not finite become null (JSON) or an empty field (CSV). Memory beyond the
/// model: the page, whose pictures it holds once more as text; tables of people and images go row by row to their CSVs.
void write_report(const ReportModel& model, const RunFacts& run, const std::filesystem::path& folder);

}  // namespace semblance
