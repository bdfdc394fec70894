#pragma once
// A second look at what a pass dropped.

#include "score/side.hpp"

namespace semblance::scoring {

/// Scores `count` pairs drawn with `seed` by reference and throws Error{internal} if any list of `result` should hold
/// one that it does not. Shares no code with the screen.
void verify(const Side& a, const Side& b, const SinkRequest& request, const ScoreResult& result, std::uint64_t count,
            std::uint64_t seed, const ScoreOptions& options);

/// The same of a self-comparison: pairs of different identities against the list of the best.
void verify(const Side& side, const SinkRequest& request, const SelfScoreResult& result, std::uint64_t count,
            std::uint64_t seed, const ScoreOptions& options);

}  // namespace semblance::scoring
