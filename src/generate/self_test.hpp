#pragma once
// Does a generator's network do what its card promises?

#include "generate/generator.hpp"

namespace semblance::generate_stage {

/// The truncation and class of the self-test.
Wish golden_wish(const GeneratorCard& card);

/// Makes the pictures of seeds 0 and 1. Throws Error{input} naming weights or card: one of them is none, both are the
/// same, or the first isn't the card's golden one. Gives the first one.
picture_stage::Raster self_test(const Generator& generator);

}  // namespace semblance::generate_stage
