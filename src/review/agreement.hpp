#pragma once
// Shares of answers with their intervals, and how far two reviewers agree (docs/review.md has the formulas).

#include <optional>
#include <vector>

#include "semblance/review.hpp"

namespace semblance::review_stage {

using Answers = std::vector<std::optional<ReviewAnswer>>;

/// Fills the group's rates from its counts.
void add_rates(ReviewGroup& group);

/// Newcombe's interval (1998, method 10) of the rate of `a` less that of `b`; both have judged pairs.
Interval difference_interval(const ReviewGroup& a, const ReviewGroup& b);

/// Cohen's kappa with the large-sample standard error of Fleiss, Cohen and Everitt (1969).
ReviewAgreement agreement_of(const Answers& first, const Answers& second);

}  // namespace semblance::review_stage
