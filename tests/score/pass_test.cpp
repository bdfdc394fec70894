#include "score/pass.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <thread>
#include <vector>

namespace semblance::scoring {
namespace {

// Always due, and slow enough for other threads to come in between.
class Busy : public Checkpoints {
 public:
  explicit Busy(std::size_t jobs) : done_(jobs) {}
  [[nodiscard]] const std::vector<bool>& done() const override { return done_; }
  void finished(std::size_t job) override { done_[job] = true; }
  [[nodiscard]] bool due() const override {
    ++asked_;
    std::this_thread::sleep_for(std::chrono::microseconds(30));
    --asked_;
    return true;
  }
  void write() override {
    ++written;
    met += asked_ > 0 ? 1 : 0;
  }

  std::size_t written = 0, met = 0;

 private:
  std::vector<bool> done_;
  mutable std::atomic<int> asked_{0};
};

TEST(Pass, AsksNothingOfCheckpointsThatAreWritten) {
  Grid grid;
  grid.rows = grid.band_rows = 512;
  grid.columns = 512;
  grid.job_rows = 4;
  grid.panel_columns = 64;
  Busy checkpoints(grid.jobs());
  PassOptions options;
  options.threads = 2;
  const auto prepare = [](std::size_t, std::size_t) {};
  const auto work = [](const Job&, unsigned, const std::function<void()>&) {};
  run_jobs(grid, options, grid.rows * grid.columns, &checkpoints, prepare, work);
  EXPECT_GT(checkpoints.written, 0U);
  EXPECT_EQ(checkpoints.met, 0U);
  for (std::size_t job = 0; job < grid.jobs(); ++job) EXPECT_TRUE(checkpoints.done()[job]);
}

}  // namespace
}  // namespace semblance::scoring
