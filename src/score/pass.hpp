#pragma once
// One pass over all pairs: a grid of jobs, worked off by threads, every pair that matters handed to the sinks.

#include <functional>

#include "score/kernels/kernel.hpp"
#include "score/prefix.hpp"
#include "score/sinks.hpp"

namespace semblance::scoring {

/// A x B, or the pairs a < b of one side.
enum class Shape { all, upper };

struct PassOptions {
  Shape shape = Shape::all;
  Comparison comparison = Comparison::cosine;
  ScoreLaw law;
  unsigned threads = 0;
  std::size_t tile_rows = 0;
  std::size_t tile_cols = 0;
  Progress progress;
};

/// Number of pairs of a pass.
std::uint64_t pair_count(const Side& a, const Side& b, Shape shape);

/// Rows [first_row, end_row) of A against rows [first_column, first_column + columns) of B.
struct Job {
  std::size_t first_row = 0;
  std::size_t end_row = 0;
  std::size_t first_column = 0;
  std::size_t columns = 0;
};

/// How a pass is cut: bands of A that are prepared once, chunks of a band, panels of B; a job is a chunk and a panel.
struct Grid {
  std::uint64_t rows = 0;
  std::uint64_t columns = 0;
  std::uint64_t band_rows = 1;
  std::uint64_t job_rows = 1;  ///< divides band_rows
  std::uint64_t panel_columns = 1;

  [[nodiscard]] std::size_t bands() const { return (rows + band_rows - 1) / band_rows; }
  [[nodiscard]] std::size_t panels() const { return (columns + panel_columns - 1) / panel_columns; }
  [[nodiscard]] std::size_t chunks(std::size_t band) const;
  [[nodiscard]] std::size_t jobs() const;
  /// Jobs of a band are consecutive.
  [[nodiscard]] std::size_t first_job(std::size_t band) const { return band * (band_rows / job_rows) * panels(); }
  [[nodiscard]] Job job(std::size_t index, Shape shape) const;
  bool operator==(const Grid&) const = default;
};

/// Pairs of a job.
std::uint64_t pair_count(const Job& job, Shape shape);

/// Where finished jobs are kept between runs. Called by `run_jobs` alone.
class Checkpoints {
 public:
  virtual ~Checkpoints() = default;
  /// Jobs that need not run again.
  [[nodiscard]] virtual const std::vector<bool>& done() const = 0;
  /// A job is finished and its pairs are in the sinks.
  virtual void finished(std::size_t job) = 0;
  /// True when it is time to write.
  [[nodiscard]] virtual bool due() const = 0;
  /// Called while no job runs.
  virtual void write() = 0;
};

/// Runs every job of the grid: `prepare(first, end)` for the rows of each band in turn, then `work` for its jobs from
/// several threads. Progress is told from the calling thread. When it says stop, jobs that run are finished, a
/// checkpoint is written and Error{interrupted} thrown.
void run_jobs(const Grid& grid, const PassOptions& options, std::uint64_t total_pairs, Checkpoints* checkpoints,
              const std::function<void(std::size_t first, std::size_t end)>& prepare,
              const std::function<void(const Job& job, unsigned worker, const std::function<void()>& breathe)>& work);

/// The grid that a pass uses unless a checkpoint brings its own.
Grid reference_grid(const Side& a, const Side& b, const PassOptions& options);
Grid screened_grid(const Side& a, const Side& b, const Sinks& sinks, const TileKernel& kernel, const Prefix* prefix,
                   const PassOptions& options);

/// Every score has to find its bin.
bool counts_all(const Sinks& sinks);

/// Planes that a row is cut into: one to screen, three of bytes where every score has to find its bin.
std::size_t planes_of(const Sinks& sinks, const TileKernel& kernel);

/// Scores every pair in float64.
void reference_pass(const Side& a, const Side& b, Sinks& sinks, const Grid& grid, const PassOptions& options,
                    Checkpoints* checkpoints);

/// Screens every pair with an integer kernel, by its prefix where there is one (not with a histogram); scores those
/// that the bound cannot exclude. A histogram is counted for cosine over [-1, 1] alone; a self-comparison's goes to
/// kind 1 as a whole, mated pairs included.
void screened_pass(const Side& a, const Side& b, Sinks& sinks, const TileKernel& kernel, const Prefix* prefix,
                   const Grid& grid, const PassOptions& options, Checkpoints* checkpoints, Certificate& certificate);

}  // namespace semblance::scoring
