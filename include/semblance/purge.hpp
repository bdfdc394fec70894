#pragma once
// Removal applied: a synthetic dataset without the images that a report lists, what that costs, and what remains.

#include <cstddef>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "semblance/ingest.hpp"
#include "semblance/report.hpp"
#include "semblance/types.hpp"

namespace semblance {

enum class PurgeWhat {
  images,      ///< what removal.csv lists
  identities,  ///< and every image of a synthetic identity that has a listed one; needs labels
};

enum class PurgeHow {
  copy,  ///< the kept images, byte for byte
  link,  ///< hard links to them: pictures in folders and lists, on the input's file system
  list,  ///< kept.csv alone
};

struct PurgeOptions {
  std::filesystem::path report;  ///< folder that audit wrote
  /// The image dataset (see open_dataset) that was audited; empty: the synthetic embeddings that the report names.
  std::filesystem::path synthetic;
  FolderLabels labels = FolderLabels::automatic;  ///< of `synthetic`
  /// Where `audit --stores` kept the embeddings of pictures; empty: they are where the report says.
  std::filesystem::path stores;
  std::filesystem::path out;
  bool overwrite = false;  ///< replaces an output that Semblance wrote
  PurgeWhat what = PurgeWhat::images;
  PurgeHow how = PurgeHow::copy;
  std::optional<double> max_q;  ///< only entries of removal.csv with q at or below it, in (0, 1]
  std::string matcher;          ///< only this matcher's entries; empty: every matcher's
  bool audit = true;            ///< audit what is left again
  unsigned threads = 0;
  /// Makes the progress function of a stage from its label and unit; empty: no progress.
  std::function<Progress(const std::string& label, const std::string& unit)> progress;
};

struct PurgeOutcome {
  struct Count {
    std::size_t before = 0, removed = 0, after = 0;
  };
  /// How varied one matcher finds the synthetic images that have an embedding, before and after.
  struct Diversity {
    std::string matcher;
    /// exp of the entropy of the covariance's normalised eigenvalues, of unit embeddings; 1 to their dimension. None
    /// with fewer than two images or no variance.
    std::optional<double> rank_before, rank_after;
    std::optional<double> cosine_before, cosine_after;  ///< mean over all pairs of two images
  };
  /// What the re-audit does not look at, so that R and H are treated alike (docs/statistics.md, "After a purge").
  struct LeftOut {
    struct Bar {
      std::string matcher;
      double score = 0;  ///< images that reach it against R or H are not looked at
    };
    std::vector<Bar> bars;         ///< of matchers that had any removed
    std::size_t compared = 0;      ///< what the re-audit does look at
    std::size_t removed = 0;       ///< of the images with an embedding
    std::size_t like_holdout = 0;  ///< kept in the dataset: match a held-out person over a bar, at least as well as R
    std::size_t like_train =
        0;  ///< kept in the dataset: match a training person over a bar, but were not to be removed
    std::size_t same_identity = 0;  ///< kept in the dataset: of one synthetic identity with those two
  };
  /// One side of the comparison of the two audits, a matcher.
  struct Found {
    std::string matcher;
    std::size_t people = 0, images = 0;  ///< listed at the laxest false discovery rate
    std::optional<double> minimum_detectable;
  };
  struct Verdict {
    std::string leakage;
    std::optional<double> p;
    std::vector<Found> matchers;
  };

  std::string kind;     ///< "folder", "list", "archive", "recordio", "embeddings" or "other" (list alone)
  std::string dataset;  ///< as the user named it, or as the report does
  Count images;
  std::optional<Count> identities;   ///< synthetic ones; none without labels
  std::size_t of_identity = 0;       ///< of the images removed, those on no list but of a listed one's identity
  std::size_t never_compared = 0;    ///< kept images that a matcher had no embedding of
  std::size_t still_listed = 0;      ///< images on removal.csv that max_q or matcher kept
  std::vector<Diversity> diversity;  ///< empty: see no_diversity
  std::string no_diversity;          ///< why not, or empty
  Verdict before;
  std::optional<Verdict> after;     ///< of the re-audit; none: see no_audit
  std::string no_audit;             ///< why not, or empty
  std::optional<LeftOut> left_out;  ///< of the re-audit
};

/// Writes `options.out`, whole or not at all: dataset/ (or dataset.zip and the like) with the kept images, removed.csv,
/// purge.json (docs/schema/semblance-purge-1.schema.json), and report/, the audit of what is left. Inputs are only
/// read; hard links add a name to their files. With nothing to remove the output is a plain copy and there is no
/// re-audit. The copied dataset and all figures are a function of inputs and options, whatever the threads.
///
/// Throws Error: input (no report; a dataset with another number of items than was audited, or without a listed one; an
/// embedding file, list or card that changed since the audit, where one is to follow; nothing left to keep; a link that
/// leads out of the dataset), usage (labels that --what identities needs, a matcher that the report doesn't have,
/// --how link where there are no picture files, out within an input or the other way round), output, interrupted.
/// Inputs of the audit that are gone don't stop the purge: it says why it couldn't audit again.
PurgeOutcome purge(const PurgeOptions& options);

/// The content of purge.json.
std::string purge_json(const PurgeOutcome& outcome, const PurgeOptions& options);

}  // namespace semblance
