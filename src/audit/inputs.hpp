#pragma once
// The three sets of an audit, read and checked against each other.

#include <optional>
#include <string>
#include <vector>

#include "semblance/audit.hpp"
#include "semblance/calibrate.hpp"
#include "semblance/pair_table.hpp"
#include "semblance/score.hpp"
#include "store/matcher_card.hpp"

namespace semblance::audit_stage {

/// Imported scores.
struct Tables {
  PairTable train;                   ///< R x G
  std::optional<PairTable> holdout;  ///< H x G
  std::optional<PairTable> real;     ///< R x R
};

struct Sets {
  EmbeddingSet train, synthetic;
  std::optional<EmbeddingSet> holdout;
  std::string matcher;
  Comparison comparison = Comparison::cosine;
  std::optional<Calibration> calibration;
  std::optional<MatcherCard> card;
  std::optional<EmbeddingSet> cohort;
  std::optional<Tables> tables;             ///< then the sets' matrices hold nothing
  std::optional<ReportModel::Views> views;  ///< of one among several matchers
  std::string unchecked;                    ///< what could not be checked of the calibration, a sentence or nothing
};

/// Reads one matcher's sets and checks them against each other. `comparison`: as AuditOptions has it.
Sets read_sets(const MatcherInput& input, std::optional<Comparison> comparison);

/// Every matcher must name the same number of synthetic images, and have a hold-out or not.
void check_same_sets(const Sets& first, const Sets& other);

/// Every matcher must show the same training people.
void check_same_people(const Sets& first, const Sets& other);

/// Takes the synthetic images with these ids out of every matcher's set; refuses an id that none of them holds.
void leave_out(std::vector<Sets>& sets, const std::vector<std::string>& ids);

/// Lets go of the embeddings; names and identities stay.
void drop_embeddings(Sets& sets);

}  // namespace semblance::audit_stage
