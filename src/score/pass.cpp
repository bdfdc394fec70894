#include "score/pass.hpp"

#include <algorithm>
#include <chrono>
#include <shared_mutex>

#include "base/parallel.hpp"
#include "semblance/error.hpp"

namespace semblance::scoring {
namespace {

constexpr double kSecondsBetweenReports = 0.25;

double seconds_now() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

}  // namespace

std::uint64_t pair_count(const Side& a, const Side& b, Shape shape) {
  const std::uint64_t n = a.rows();
  if (shape == Shape::all) return n * b.rows();
  return n == 0 ? 0 : n * (n - 1) / 2;
}

std::uint64_t pair_count(const Job& job, Shape shape) {
  if (job.end_row <= job.first_row) return 0;
  if (shape == Shape::all) return std::uint64_t{job.end_row - job.first_row} * job.columns;
  std::uint64_t pairs = 0;
  for (std::size_t i = job.first_row; i < job.end_row; ++i) {
    pairs += job.first_column + job.columns - std::max(job.first_column, i + 1);
  }
  return pairs;
}

std::size_t Grid::chunks(std::size_t band) const {
  const std::size_t first = band * band_rows;
  return (std::min(rows - first, band_rows) + job_rows - 1) / job_rows;
}

std::size_t Grid::jobs() const {
  if (rows == 0 || columns == 0) return 0;
  return first_job(bands() - 1) + chunks(bands() - 1) * panels();
}

Job Grid::job(std::size_t index, Shape shape) const {
  Job job;
  job.first_row = index / panels() * job_rows;
  job.end_row = std::min<std::size_t>(rows, job.first_row + job_rows);
  job.first_column = index % panels() * panel_columns;
  job.columns = std::min<std::size_t>(panel_columns, columns - job.first_column);
  if (shape == Shape::upper) job.end_row = std::min(job.end_row, job.first_column + job.columns - 1);
  job.end_row = std::max(job.end_row, job.first_row);
  return job;
}

void run_jobs(const Grid& grid, const PassOptions& options, std::uint64_t total_pairs, Checkpoints* checkpoints,
              const std::function<void(std::size_t, std::size_t)>& prepare,
              const std::function<void(const Job&, unsigned, const std::function<void()>&)>& work) {
  std::atomic<std::uint64_t> done{0};
  std::atomic<bool> stop{false};
  double told_at = 0;
  auto tell = [&] {
    if (!options.progress(done, total_pairs)) stop = true;
    told_at = seconds_now();
  };
  const std::function<void()> breathe = [&] {
    if (options.progress && seconds_now() - told_at >= kSecondsBetweenReports) tell();
  };
  const std::function<void()> keep_working = [] {};
  // A job in progress holds the gate shared, so a checkpoint, which takes it alone, sees whole jobs only.
  std::shared_mutex gate;
  std::mutex bookkeeping;
  for (std::size_t band = 0; band < grid.bands() && grid.columns > 0; ++band) {
    std::vector<std::size_t> jobs;
    const std::size_t first_job = grid.first_job(band);
    for (std::size_t j = first_job; j < first_job + grid.chunks(band) * grid.panels(); ++j) {
      if (checkpoints != nullptr && checkpoints->done()[j]) {
        done += pair_count(grid.job(j, options.shape), options.shape);
      } else {
        jobs.push_back(j);
      }
    }
    if (jobs.empty()) continue;
    prepare(band * grid.band_rows, std::min<std::size_t>(grid.rows, (band + 1) * grid.band_rows));
    const auto run = [&](std::size_t index, unsigned worker) {
      if (worker == 0) breathe();
      if (stop) throw Error(ErrorCode::interrupted, "score", "", "stopped before every pair was scored");
      const Job job = grid.job(jobs[index], options.shape);
      {
        const std::shared_lock running(gate);
        if (job.end_row > job.first_row) work(job, worker, worker == 0 ? breathe : keep_working);
        done += pair_count(job, options.shape);
        if (checkpoints == nullptr) return;
        const std::lock_guard lock(bookkeeping);
        checkpoints->finished(jobs[index]);
        if (!checkpoints->due()) return;
      }
      const std::unique_lock alone(gate);
      if (checkpoints->due()) checkpoints->write();
    };
    try {
      parallel_for(jobs.size(), options.threads, run);
    } catch (const Error& error) {
      if (error.code() == ErrorCode::interrupted && checkpoints != nullptr) checkpoints->write();
      throw;
    }
  }
  if (options.progress) tell();
}

}  // namespace semblance::scoring
