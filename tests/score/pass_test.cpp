#include "score/pass.hpp"

#include <gtest/gtest.h>
#include <sys/mman.h>

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

TEST(Pass, PacksNoMoreThanABandOfRows) {
  constexpr std::size_t kMost = std::size_t{256} << 20U;
  constexpr std::size_t kDim = 4096;
  constexpr std::size_t kRows = 70000;
  // Pages that nobody wrote to take no memory.
  constexpr std::size_t kBytes = kRows * kDim * sizeof(float);
  void* zeros = ::mmap(nullptr, kBytes, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  ASSERT_NE(zeros, MAP_FAILED);
  const ScoreSide rows{.matrix = {static_cast<const float*>(zeros), kRows, kDim, kDim}, .order = {}, .identity = {}};
  const Side side(rows, Comparison::cosine, 1, "A");
  SinkRequest lists;
  lists.top_pairs = 3;
  SinkRequest counts;
  counts.histogram = true;
  PassOptions options;
  options.threads = 2;
  for (const SinkRequest& request : {lists, counts}) {
    const Sinks sinks(side, side, request, Comparison::cosine);
    for (const TileKernel* const* each = tile_kernels(); *each != nullptr; ++each) {
      for (const TileKernel* kernel : {*each, (*each)->fine}) {
        if (kernel == nullptr || (kernel->values != nullptr && !counts_all(sinks))) continue;
        const Grid grid = screened_grid(side, side, sinks, *kernel, nullptr, options);
        EXPECT_LE(grid.band_rows * kDim * kernel->element_bytes * planes_of(sinks, *kernel), kMost) << kernel->name;
        EXPECT_EQ(grid.band_rows % grid.job_rows, 0U);
        EXPECT_EQ(grid.job_rows % kernel->row_tile, 0U);
      }
    }
  }
  ::munmap(zeros, kBytes);
}

}  // namespace
}  // namespace semblance::scoring
