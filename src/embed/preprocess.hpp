#pragma once
// From an aligned picture to what a network takes in.

#include <span>

#include "embed/network_card.hpp"
#include "picture/raster.hpp"

namespace semblance::embed_stage {

/// Fills `tensor`, shape (3, height, width) of the card, channels in its order: the part of the picture that the card's
/// template sees, scaled bilinearly (pixel centres, borders repeated, as OpenCV's INTER_LINEAR, without its rounding to
/// 8 bits), then (x - mean) / divisor, or whitened: mean and
/// standard deviation (at least 1 / sqrt(values)) of this picture. `picture`: RGB.
void preprocess(const picture_stage::Raster& picture, const NetworkCard& card, std::span<float> tensor);

}  // namespace semblance::embed_stage
