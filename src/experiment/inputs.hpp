#pragma once
// The sets of a study: read, checked against each other, described, and cut into parts.

#include <array>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "semblance/experiment.hpp"

namespace semblance::experiment_stage {

/// Reads one set; an inner product or a distance is defined for the zero vector, a direction isn't.
EmbeddingSet read_set(const EmbeddingSource& source, const char* role, Comparison comparison);

/// Throw Error{input} naming the second set.
void check_comparable(const EmbeddingSet& reference, const EmbeddingSet& other);
void check_distinct(const EmbeddingSet& first, const std::string& first_option, const EmbeddingSet& second,
                    const std::string& second_option);
/// R and H: other files, other people, both labelled or neither.
void check_control(const EmbeddingSet& train, const EmbeddingSet& holdout);

ScoreSide side_of(const EmbeddingSet& set);
StudySet describe(const std::string& role, const EmbeddingSet& set);
std::string matcher_of(const std::string& given, const EmbeddingSet& train);
std::string comparison_text(Comparison comparison);

/// One range for every histogram of a study, so that curves compare bin by bin; none: the comparison's own.
std::optional<std::array<double, 2>> histogram_range(std::span<const EmbeddingSet* const> sets, Comparison comparison);

/// Some rows of a set, copied, as a set of their own: `rows[k]` of the set is row k.
class Rows {
 public:
  Rows(const EmbeddingSet& set, std::vector<RowIndex> rows);
  [[nodiscard]] ScoreSide side() const;
  /// Row of the set that row k is.
  [[nodiscard]] RowIndex row(std::size_t k) const { return rows_[k]; }
  [[nodiscard]] std::size_t size() const { return rows_.size(); }

 private:
  const EmbeddingSet& set_;
  std::vector<RowIndex> rows_;
  std::vector<float> values_;
  std::vector<RowIndex> order_;
  std::vector<IdentityIndex> identity_;
};

/// Rows of every identity, ascending.
std::vector<std::vector<RowIndex>> rows_by_identity(const EmbeddingSet& set);

}  // namespace semblance::experiment_stage
