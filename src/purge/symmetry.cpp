#include "purge/symmetry.hpp"

#include <algorithm>

namespace semblance::purge_stage {

Symmetric symmetric_cut(const std::vector<BestScores>& matchers) {
  Symmetric cut;
  for (const BestScores& scores : matchers) {
    std::optional<double> bar;
    for (std::size_t k = 0; k < scores.train.size(); ++k) {
      if (scores.removed_by[k]) bar = std::min(bar.value_or(scores.train[k]), scores.train[k]);
    }
    cut.bars.push_back(bar);
    cut.out.resize(scores.train.size(), false);
    cut.like_train.resize(scores.train.size(), false);
    if (!bar) continue;
    for (std::size_t k = 0; k < scores.train.size(); ++k) {
      const bool train = scores.train[k] >= *bar;
      const bool holdout = scores.holdout[k] >= *bar;
      if (train || holdout) cut.out[k] = true;
      if (train && scores.train[k] > scores.holdout[k]) cut.like_train[k] = true;
    }
  }
  return cut;
}

}  // namespace semblance::purge_stage
