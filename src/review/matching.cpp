#include "review/matching.hpp"

#include <iterator>

namespace semblance::review_stage {

ScorePool::ScorePool(const std::vector<double>& scores) {
  for (std::size_t i = 0; i < scores.size(); ++i) free_.emplace(-scores[i], i);
}

std::size_t ScorePool::take_nearest(double score) {
  auto below = free_.lower_bound({-score, 0});  // the first that scores no more
  auto nearest = below;
  if (below == free_.end()) {
    nearest = std::prev(below);
  } else if (below != free_.begin()) {
    const auto above = std::prev(below);
    if (-above->first - score <= score + below->first) nearest = above;
  }
  nearest = free_.lower_bound({nearest->first, 0});  // the earliest of equal scores
  const std::size_t index = nearest->second;
  free_.erase(nearest);
  return index;
}

}  // namespace semblance::review_stage
