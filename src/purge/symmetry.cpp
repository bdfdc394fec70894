#include "purge/symmetry.hpp"

#include <algorithm>

namespace semblance::purge_stage {

namespace {

std::optional<double> bar_of(const BestScores& scores) {
  std::optional<double> lowest;
  for (std::size_t k = 0; k < scores.train.size(); ++k) {
    if (scores.removed_by[k]) lowest = std::min(lowest.value_or(scores.train[k]), scores.train[k]);
  }
  if (!lowest) return std::nullopt;
  std::optional<double> next;
  for (std::size_t k = 0; k < scores.train.size(); ++k) {
    const bool below = scores.holdout[k] >= scores.train[k] && scores.holdout[k] < *lowest;
    if (below) next = std::max(next.value_or(scores.holdout[k]), scores.holdout[k]);
  }
  return next ? next : lowest;
}

}  // namespace

Symmetric symmetric_cut(const std::vector<BestScores>& matchers) {
  Symmetric cut;
  for (const BestScores& scores : matchers) {
    const std::optional<double> bar = bar_of(scores);
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
