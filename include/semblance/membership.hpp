#pragma once
// Membership: was this person's face in the training set, judged from the synthetic images and other photographs of
// the person (Webster, Rabin, Simon and Jurie, "This Person (Probably) Exists", arXiv 2107.06018). Formulas, sources
// and what the numbers may claim: docs/membership.md.

#include <array>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "semblance/assess.hpp"
#include "semblance/store.hpp"
#include "semblance/types.hpp"

namespace semblance {

/// The sets of a membership study. All rows are embeddings of one matcher, with equal dimension.
struct MembershipSources {
  EmbeddingSource synthetic;   ///< G
  EmbeddingSource members;     ///< photographs of training people that were not trained on
  EmbeddingSource nonmembers;  ///< photographs of other people of the same source
  /// Photographs of further people who were not trained on, for the attacks that need real faces. None: half of the
  /// non-members' people are set aside for it, by seed.
  std::optional<EmbeddingSource> reference;
  std::optional<EmbeddingSource> train;  ///< R, labelled: for the over-representation curve
};

struct MembershipOptions {
  Comparison comparison = Comparison::cosine;
  std::size_t nearest = 10;             ///< m: matches whose mean is an attack's score
  std::size_t neighbours = 5;           ///< k of the density ratio
  double l2 = 1;                        ///< penalty of the logistic classifier, over standardised features
  unsigned epochs = 10;                 ///< passes of the MLP over its training rows
  std::size_t logistic_rows = 100'000;  ///< training rows a class at most, drawn by seed
  std::size_t mlp_rows = 10'000;        ///< the same for the MLP
  unsigned folds = 10;                  ///< of the blind baseline
  double alpha = 0.01;                  ///< level of the conclusion
  unsigned bootstrap = 2'000;
  unsigned permutations = 10'000;
  std::uint64_t seed = 1;
  unsigned threads = 0;
  /// Makes the progress function of a stage from its label and unit; empty: no progress.
  std::function<Progress(const std::string& label, const std::string& unit)> progress = {};
};

/// The false positive rates at which true positive rates are reported.
inline constexpr std::array<double, 2> kMembershipFpr = {0.001, 0.01};

/// A number with its 95% interval (percentiles of a bootstrap over whole people).
struct MembershipEstimate {
  double value = 0;
  Interval interval;
};

/// How well a score tells members from non-members. Ties count half in the AUC, and fall together elsewhere.
struct MembershipMetrics {
  std::size_t members = 0, nonmembers = 0;  ///< units: people, or queries
  MembershipEstimate auc;
  MembershipEstimate average_precision;
  std::array<MembershipEstimate, kMembershipFpr.size()> tpr;  ///< largest TPR with FPR at or below each rate
  double p = 1;  ///< one-sided permutation p-value of the AUC, permuting whole people
};

/// A point of an ROC curve.
struct RocPoint {
  double fpr = 0, tpr = 0;
};

/// One attack: a score for every query, larger for "member".
struct MembershipAttack {
  std::string name;         ///< "nearest-synthetic", "nearest-synthetic-mean", "nearest-difference", "density-ratio",
                            ///< "logistic", "mlp"
  std::string description;  ///< a sentence
  bool uses_reference = false;
  MembershipMetrics person_mean;      ///< one vote a person: the mean over the person's queries. The main figure
  MembershipMetrics person_max;       ///< one vote a person: the largest over the person's queries
  MembershipMetrics query;            ///< one vote a photograph
  double p_holm = 1;                  ///< person_mean.p after Holm over the attacks
  std::vector<double> scores;         ///< one a query; NaN for people who serve as reference
  std::vector<double> person_scores;  ///< person means; NaN likewise
  std::vector<RocPoint> roc;          ///< of person_mean
};

/// The same classifiers told to part members from non-members without ever seeing G. People are dealt into folds;
/// every fold but the first is judged by classifiers that learned from the folds before it. That order makes the folds'
/// AUCs independent of each other when the groups don't differ, and so the p-value exact; in a cross-validation every
/// fold also teaches the others', which makes false alarms several times as frequent as their level says.
struct BlindBaseline {
  struct Classifier {
    std::string name;            ///< "logistic" or "mlp"
    MembershipEstimate auc;      ///< within folds, one vote a person; interval at 97.5%, so that both hold at 95%
    double p = 1;                ///< one-sided permutation p-value of the AUC, permuting people within folds
    std::vector<double> scores;  ///< log-odds, one a query; NaN for the people of the first fold
  };
  unsigned folds = 0;
  std::vector<Classifier> classifiers;
  bool confounded = false;  ///< the smaller p, times two, is at most 5%
  std::string text;
};

/// Does a person with more training images stand out more?
struct OverRepresentation {
  struct Curve {
    std::string attack;
    MembershipEstimate rho;  ///< Spearman, over members with training images
  };
  struct Person {
    std::uint32_t person = 0;     ///< index into MembershipStudy::people
    std::size_t images = 0;       ///< in the training set
    double score = 0;             ///< of the first attack, person mean
    double nonmembers_above = 1;  ///< (1 + non-members scoring as high or higher) / (1 + non-members)
  };
  std::vector<Curve> curves;                ///< one an attack; rho is NaN where images or scores are all equal
  std::vector<Person> people;               ///< members with training images, most images first
  std::size_t without_training_images = 0;  ///< members whom the training set doesn't name
};

/// What the study found. A function of the inputs, the options and the seed; not of the number of threads.
struct MembershipStudy {
  struct Set {
    std::string role, location, sha256, items_sha256;
    std::size_t items = 0, people = 0;
    bool labelled = false;
  };
  struct Person {
    std::string name;
    bool member = false;
    bool set_aside = false;  ///< serves as reference
    std::size_t queries = 0;
    std::optional<std::size_t> training_images;
  };
  struct Query {
    std::string id;
    std::uint32_t person = 0;  ///< index into people
  };
  std::vector<Set> sets;
  std::vector<Person> people;  ///< members, then non-members, each by name
  std::vector<Query> queries;  ///< members' rows, then non-members'
  std::vector<MembershipAttack> attacks;
  BlindBaseline blind;
  std::optional<OverRepresentation> over_representation;
  std::string conclusion;          ///< "detected", "not-detected" or "confounded"
  std::string text;                ///< a paragraph of plain words
  std::vector<std::string> notes;  ///< limits, a sentence each
  std::uint64_t seed = 1;
  double alpha = 0.01;
  std::vector<std::pair<std::string, std::string>> options;
};

/// Runs the study. Deterministic in the seed, whatever the threads; the classifiers' scores may differ in their last
/// digits between machines. Memory: the inputs, a standardised copy of the classifiers' training rows, and outputs
/// linear in the queries. Throws Error{input} where sets share people or embeddings, differ in dimension or matcher,
/// or hold fewer than two people; Error{usage} on an option out of range.
MembershipStudy study_membership(const MembershipSources& sources, const MembershipOptions& options);

/// Writes experiment.json (schema semblance-experiment/1, "study": "membership"), scores.csv, people.csv and
/// page.html into `folder`, which exists. Throws Error{output}.
void write_membership(const MembershipStudy& study, const std::filesystem::path& folder);

}  // namespace semblance
