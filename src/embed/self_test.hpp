#pragma once
// Does a matcher's network do what its card promises? Judged by pictures made by formula.

#include <array>
#include <cstddef>
#include <string>

#include "embed/matcher_network.hpp"
#include "semblance/embed.hpp"

namespace semblance::embed_stage {

/// Picture k of four, RGB, 112 x 112; column x, row y and channel c (red 0) hold
///   k = 0: (7 x + 3 y + 40 c) mod 256
///   k = 1: 255 - 200 ((x / 16 + y / 16) mod 2) - 20 c
///   k = 2: min(255, ((x - 56)^2 + (y - 48)^2) / (12 + 8 c))
///   k = 3: (x y (c + 1) / 16 + 30 c) mod 256
/// in whole numbers, quotients cut.
picture_stage::Raster formula_picture(std::size_t k);

/// Cosines between the embeddings of the four, in the order of kGoldenPairs. NaN where an embedding isn't finite or is
/// all zeros. `swapped`: with red and blue exchanged in the pictures.
GoldenCosines golden_cosines(const MatcherNetwork& matcher, bool swapped = false);

/// Throws Error{input} naming weights or card: NaN or infinity, two unlike pictures that come out alike, a picture
/// that comes out otherwise among others, golden cosines that aren't the card's. Costs four images, nine with batches.
void self_test(const MatcherNetwork& matcher);

}  // namespace semblance::embed_stage
