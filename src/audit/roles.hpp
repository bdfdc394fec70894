#pragma once
// The sets as the passes compare them: as they were read, or normalised against a cohort, when a row is not the same as
// reference and as probe.

#include <map>
#include <optional>
#include <string>

#include "audit/inputs.hpp"
#include "semblance/cohort.hpp"

namespace semblance::audit_stage {

class Roles {
 public:
  /// `sets` must stay; normalises where options.score_norm says so.
  Roles(const Sets& sets, const AuditOptions& options);

  [[nodiscard]] bool normalised() const { return norm_ != ScoreNorm::none; }
  /// How the sides below are to be compared.
  [[nodiscard]] Comparison comparison() const { return normalised() ? Comparison::inner_product : comparison_; }
  [[nodiscard]] ScoreSide train() const { return side(sets_.train, train_); }
  [[nodiscard]] ScoreSide train_as_probe() const { return side(sets_.train, train_probe_); }
  [[nodiscard]] ScoreSide synthetic() const { return side(sets_.synthetic, synthetic_); }
  [[nodiscard]] ScoreSide holdout() const { return side(*sets_.holdout, holdout_); }
  /// After people were taken out of `sets.holdout`.
  void read_holdout_again();

  /// One range for every histogram of the audit, so that curves and thresholds compare bin by bin; none: cosine's.
  [[nodiscard]] std::optional<std::array<double, 2>> histogram_range() const;
  /// What stands behind normalised scores, a sentence or nothing.
  [[nodiscard]] std::string words() const;

 private:
  struct Cohort {
    std::vector<float> drawn;  ///< the rows, where none were given
    MatrixView rows;
    std::vector<IdentityIndex> person;
    std::string source;
  };

  [[nodiscard]] ScoreSide side(const EmbeddingSet& set, const NormalisedRows& rows) const;
  [[nodiscard]] IdentityIndex number(const std::string& name);
  [[nodiscard]] std::vector<IdentityIndex> persons(const EmbeddingSet& set, const char* role);
  void take_cohort(const EmbeddingSet& given);
  void draw_cohort(std::uint64_t seed);
  [[nodiscard]] CohortStatistics statistics(const EmbeddingSet& set, std::span<const IdentityIndex> person) const;
  [[nodiscard]] NormalisedRows rows(const EmbeddingSet& set, const CohortStatistics& statistics, ScoreRole role) const;

  const Sets& sets_;
  Comparison comparison_;
  ScoreNorm norm_;
  unsigned threads_;
  Cohort cohort_;
  std::map<std::string, IdentityIndex> numbers_;  ///< of people, R's and H's alike
  NormalisedRows train_, train_probe_, holdout_, synthetic_;
};

}  // namespace semblance::audit_stage
