#pragma once
// Whether a person with more training images stands out more.

#include <vector>

#include "membership/inputs.hpp"
#include "membership/ranking.hpp"
#include "semblance/membership.hpp"

namespace semblance::membership_stage {

/// Spearman's rank correlation, with midranks for ties (SciPy's spearmanr agrees); NaN where one side is constant or
/// there are fewer than two pairs. `weight` repeats pairs.
double spearman(const std::vector<double>& x, const std::vector<double>& y, std::span<const std::uint32_t> weight);

/// Spearman's rho with a 95% percentile interval of a bootstrap over pairs (one pair a person).
MembershipEstimate spearman_with_interval(const std::vector<double>& x, const std::vector<double>& y,
                                          const ResamplingOptions& options);

/// Training images of every member, by the names of the training set; 0 for members whom it doesn't name.
std::vector<std::size_t> training_images(const Inputs& inputs);

/// Curves of every attack and the people behind them. `images` has one entry a member.
OverRepresentation over_representation(const std::vector<std::size_t>& images,
                                       const std::vector<MembershipAttack>& attacks, const ResamplingOptions& options);

}  // namespace semblance::membership_stage
