#pragma once
// The sets of a study: read, described, and cut into parts.

#include <span>
#include <string>
#include <vector>

#include "score/sets.hpp"
#include "semblance/experiment.hpp"
#include "store/agreement.hpp"

namespace semblance::experiment_stage {

using namespace store_stage;

/// Reads one set; an inner product or a distance is defined for the zero vector, a direction isn't.
EmbeddingSet read_set(const EmbeddingSource& source, const char* role, Comparison comparison);

StudySet describe(const std::string& role, const EmbeddingSet& set);
std::string matcher_of(const std::string& given, const EmbeddingSet& train);

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
