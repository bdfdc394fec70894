#pragma once
// Finished jobs and the sinks' state on disk. One file, replaced by rename, so that a crash leaves the old or the new
// one whole; a checksum tells a damaged one.

#include <chrono>
#include <utility>

#include "score/pass.hpp"

namespace semblance::scoring {

/// What must be the same for a checkpoint to be gone on with: name and value, in order.
using Identity = std::vector<std::pair<std::string, std::string>>;

/// Everything of a pass that its outputs depend on.
Identity pass_identity(const ScoreSide& a, const ScoreSide* b, const SinkRequest& request, const ScoreOptions& options);

class CheckpointFile : public Checkpoints {
 public:
  /// Reads the folder's checkpoint, if there is one, into `sinks` and `grid`. Throws Error{input} naming what differs
  /// if it is of another pass; a damaged one is ignored.
  CheckpointFile(CheckpointOptions options, Identity identity, Sinks& sinks, Grid& grid, Shape shape);

  [[nodiscard]] const std::vector<bool>& done() const override { return done_; }
  void finished(std::size_t job) override { done_[job] = true; }
  [[nodiscard]] bool due() const override;
  /// Throws Error{output}; what was on disk before stays.
  void write() override;

  [[nodiscard]] std::uint64_t resumed_pairs() const { return resumed_pairs_; }
  [[nodiscard]] bool damaged() const { return damaged_; }

 private:
  void read(Grid& grid, Shape shape);
  bool parse(std::string_view bytes, Grid& grid);
  CheckpointOptions options_;
  Identity identity_;
  Sinks& sinks_;
  Grid grid_;
  std::vector<bool> done_;
  std::chrono::steady_clock::time_point written_ = std::chrono::steady_clock::now();
  std::uint64_t resumed_pairs_ = 0;
  bool damaged_ = false;
};

}  // namespace semblance::scoring
