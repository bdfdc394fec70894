#pragma once
// Ranks, from 1, ties at their middle.

#include <span>
#include <vector>

namespace semblance {

std::vector<double> mid_ranks(std::span<const double> values);

}  // namespace semblance
