#pragma once
// Which images a re-audit must leave out so that training and held-out people are treated alike.

#include <optional>
#include <string>
#include <vector>

namespace semblance::purge_stage {

/// What one matcher found of the images that were audited: best scores, one entry an image.
struct BestScores {
  std::string matcher;
  std::vector<double> train, holdout;
  std::vector<bool> removed_by;  ///< the removal that this matcher asked for
};

struct Symmetric {
  std::vector<std::optional<double>> bars;  ///< a matcher; none where it had nothing removed
  std::vector<bool> out;                    ///< over a bar, removed or not
  std::vector<bool> like_train;             ///< of those over a bar: better matched by R than by H
};

/// A matcher's bar is the lowest best training score among the images that it had removed, lowered to the next image
/// that H matches as well as R or better, since a list ends just above such an image. An image is out if its best score
/// against R or against H reaches the bar of any matcher. That set does not depend on which people are called R and
/// which H once the bars stand, so the people stay exchangeable on the images below it (docs/statistics.md, "After a
/// purge"). All matchers' vectors are over the same images, NaN where a matcher has no embedding of one.
Symmetric symmetric_cut(const std::vector<BestScores>& matchers);

}  // namespace semblance::purge_stage
