#pragma once
// One pass over all pairs: a grid of jobs, worked off by threads, every pair that matters handed to the sinks.

#include "score/sinks.hpp"

namespace semblance::scoring {

/// A x B, or the pairs a < b of one side.
enum class Shape { all, upper };

struct PassOptions {
  Shape shape = Shape::all;
  ScoreLaw law;
  unsigned threads = 0;
  std::size_t tile_rows = 0;
  std::size_t tile_cols = 0;
  Progress progress;
};

/// Scores every pair in float64.
void reference_pass(const Side& a, const Side& b, Sinks& sinks, const PassOptions& options);

/// Number of pairs of a pass.
std::uint64_t pair_count(const Side& a, const Side& b, Shape shape);

/// Counts pairs done, tells the caller's Progress about it from the calling thread, and stops every thread when it
/// (or the caller) says so.
class Pace {
 public:
  Pace(const Progress& progress, std::uint64_t total) : progress_(progress), total_(total) {}
  /// To be called often by every worker; throws Error{interrupted} once the run is to stop.
  void advance(std::uint64_t pairs, unsigned worker);
  void finish();

 private:
  void tell();
  const Progress& progress_;
  std::uint64_t total_;
  std::atomic<std::uint64_t> done_{0};
  std::atomic<bool> stop_{false};
  double told_at_ = 0;
};

}  // namespace semblance::scoring
