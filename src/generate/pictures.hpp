#pragma once
// From a network's output to pictures.

#include <cstdint>
#include <span>

#include "generate/generator.hpp"
#include "semblance/generate.hpp"

namespace semblance::generate_stage {

/// The shape of an output of `batch` pictures.
infer_stage::Shape picture_shape(const GeneratorCard& card, std::size_t batch);

/// One picture of 8 bits from its part of the output: black to 0, white to 255, rounded, what lies beyond cut. In
/// float32, as StyleGAN's tools compute v x 127.5 + 128. No picture, with the reason, where a value isn't finite or all
/// pixels are one colour.
Made picture_of(const GeneratorCard& card, std::span<const float> values);

PictureDigest digest_of(const picture_stage::Raster& picture);

}  // namespace semblance::generate_stage
