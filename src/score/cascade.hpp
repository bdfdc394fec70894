#pragma once
// Whether to screen by a prefix first, and by how long a one.

#include <optional>

#include "score/kernels/kernel.hpp"
#include "score/pass.hpp"
#include "score/prefix.hpp"

namespace semblance::scoring {

/// A prefix that pays for a pass: directions learnt from a sample of both sides (the eigenvectors of its second
/// moment with the largest eigenvalues), as many as make the pass cheapest, judged by the sample's spectrum and by the
/// bars that the sinks are likely to have. None where the pass is too short or the spectrum too flat.
/// `wanted`: kAutomaticCascade, 0 for none, or the number of directions. Whatever it says, results stay the same.
std::optional<Prefix> choose_prefix(const Side& a, const Side& b, const Sinks& sinks, const TileKernel& kernel,
                                    const PassOptions& options, int wanted);

}  // namespace semblance::scoring
