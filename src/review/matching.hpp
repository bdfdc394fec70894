#pragma once
// Controls that score like the candidates.

#include <cstddef>
#include <set>
#include <utility>
#include <vector>

namespace semblance::review_stage {

/// Scores to choose from, each once. Ties break towards the higher score, then the earlier one.
class ScorePool {
 public:
  explicit ScorePool(const std::vector<double>& scores);
  [[nodiscard]] bool empty() const { return free_.empty(); }
  /// Takes the score nearest to this one out of the pool; returns its index. The pool isn't empty.
  std::size_t take_nearest(double score);

 private:
  using Entry = std::pair<double, std::size_t>;  // the score with its sign turned, so that high scores come first
  std::set<Entry> free_;
};

}  // namespace semblance::review_stage
