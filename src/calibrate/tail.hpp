#pragma once
// The tail beyond the data: peaks over a threshold, fitted by a generalised Pareto law (ISO/IEC 5152:2024).

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "calibrate/score_table.hpp"
#include "semblance/calibrate.hpp"

namespace semblance::calibrate_stage {

struct TailOptions {
  unsigned draws = 1000;  ///< of people, for the bands
  std::uint64_t seed = 1;
  unsigned threads = 0;
};

struct FittedTail {
  ParetoTail tail;
  std::vector<std::optional<Estimate>> scores;  ///< a target; none where FMR at the tail's threshold is below it
};

/// Where a tail can start: u and the number of scores over it, from the largest candidate number down.
std::optional<ParetoTail> fit_tail(const ScoreTable& table, const TailOptions& options, std::string& why_not);

/// What the bands take from the influence at the tail's threshold.
struct TailSpread {
  double lambda = 1;  ///< Influence::lambda
  double reach = 1;   ///< Student's quantile over the normal one: how far bands are stretched where few people count
};

/// Bands by resampling people.
FittedTail tail_with_bands(const ScoreTable& table, const ParetoTail& tail, const TailSpread& spread,
                           std::span<const double> targets, const TailOptions& options);

}  // namespace semblance::calibrate_stage
