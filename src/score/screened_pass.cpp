#include <algorithm>

#include "base/parallel.hpp"
#include "score/resolver.hpp"

namespace semblance::scoring {
namespace {

/// Rows of A kept packed at a time, at most so many bytes.
constexpr std::size_t kBandBytes = std::size_t{256} << 20U;
/// A panel of B and a block of A share the second-level cache of a core.
constexpr std::size_t kPanelBytes = std::size_t{1} << 20U;
constexpr std::size_t kMostPanelColumns = 4096;
constexpr std::size_t kBlockBytes = std::size_t{96} << 10U;
constexpr std::size_t kMostBlockRows = 768;
constexpr std::size_t kResolveAt = 8192;

std::size_t multiple(std::size_t n, std::size_t of) { return std::max<std::size_t>(1, n / of) * of; }

std::size_t block_rows(const Side& a, const Int8Kernel& kernel, const PassOptions& options) {
  const std::size_t bytes = std::max<std::size_t>(a.dim(), 1) * kernel.element_bytes;
  const std::size_t wanted = options.tile_rows > 0 ? options.tile_rows : kBlockBytes / bytes;
  return multiple(std::min(wanted, kMostBlockRows), kernel.row_tile);
}

/// One thread's work on one job.
class Worker {
 public:
  Worker(const Side& a, const Side& b, Sinks& sinks, const ScreenUnits& units, const Int8Kernel& kernel,
         const PassOptions& options, std::size_t rows, std::size_t columns)
      : kernel_(kernel),
        options_(options),
        units_(units),
        block_rows_(rows),
        columns_(b, units, kernel, columns),
        resolver_(a, b, sinks, units, options, rows, columns),
        products_(kernel.row_tile * kGroup),
        row_slack_(rows) {}

  void run(const Job& job, const QuantisedRows& rows, const std::function<void()>& breathe) {
    kernel_.enter();
    columns_.fill(job.first_column, job.columns);
    for (std::size_t first = job.first_row; first < job.end_row; first += block_rows_) {
      block(rows, first, std::min(block_rows_, job.end_row - first));
      breathe();
    }
    kernel_.leave();
    certificate_.screened += pair_count(job, options_.shape);
  }

  [[nodiscard]] Certificate certificate() const {
    Certificate whole = certificate_;
    merge(whole, resolver_.certificate());
    return whole;
  }

 private:
  void block(const QuantisedRows& rows, std::size_t first, std::size_t count) {
    const std::size_t tiles = (count + kernel_.row_tile - 1) / kernel_.row_tile;
    const std::size_t at = first - rows.first();
    for (std::size_t r = 0; r < tiles * kernel_.row_tile; ++r) {
      // The last rows of a tile may belong to the next job: they are screened but never kept.
      row_slack_[r] = r >= count ? -std::numeric_limits<float>::infinity()
                      : units_.unit
                          ? round_up(static_cast<double>(rows.slack[at + r]) * columns_.largest_norm())
                          : rows.slack[at + r];
    }
    resolver_.begin_block(first, count, columns_, row_slack_.data());
    for (std::size_t g = 0; g < columns_.groups(); ++g) {
      for (std::size_t t = 0; t < tiles; ++t) {
        const std::size_t row = t * kernel_.row_tile;
        if (options_.shape == Shape::upper && columns_.first() + (g + 1) * kGroup <= first + row + 1) continue;
        tile(rows, at, row, g);
        if (hits_.size() >= kResolveAt) resolver_.resolve(hits_);
      }
    }
    resolver_.resolve(hits_);
  }

  void tile(const QuantisedRows& rows, std::size_t at, std::size_t row, std::size_t g) {
    const std::size_t i = at + row;
    kernel_.products(rows.row(rows.first() + i), rows.stride_bytes(), rows.sums.data() + i, columns_.group(g),
                     rows.depth(), products_.data());
    const Bars& bars = resolver_.bars();
    const std::size_t column = g * kGroup;
    const ScreenTile screened{.products = products_.data(),
                              .rows = kernel_.row_tile,
                              .row_scale = rows.scale.data() + i,
                              .row_slack = row_slack_.data() + row,
                              .row_norm = rows.norm.data() + i,
                              .row_offset = rows.offset.data() + i,
                              .row_bar = bars.screen_row.data() + row,
                              .column_scale = columns_.scale.data() + column,
                              .column_slack = columns_.slack.data() + column,
                              .column_norm = columns_.norm.data() + column,
                              .column_offset = columns_.offset.data() + column,
                              .column_bar = bars.screen_column.data() + column,
                              .unit = units_.unit,
                              .first_row = static_cast<std::uint16_t>(row),
                              .first_column = static_cast<std::uint16_t>(column)};
    if (buffer_.empty()) buffer_.resize(kernel_.row_tile * kGroup);
    const std::size_t found = kernel_.screen(screened, buffer_.data());
    hits_.insert(hits_.end(), buffer_.begin(), buffer_.begin() + static_cast<std::ptrdiff_t>(found));
  }

  const Int8Kernel& kernel_;
  const PassOptions& options_;
  const ScreenUnits& units_;
  std::size_t block_rows_;
  QuantisedColumns columns_;
  Resolver resolver_;
  AlignedArray<std::int32_t> products_;
  std::vector<float> row_slack_;
  std::vector<ScreenHit> buffer_;
  std::vector<ScreenHit> hits_;
  Certificate certificate_;
};

}  // namespace

Grid screened_grid(const Side& a, const Side& b, const Int8Kernel& kernel, const PassOptions& options) {
  const std::size_t bytes = std::max<std::size_t>(a.dim(), 1) * kernel.element_bytes;
  Grid grid;
  grid.rows = a.rows();
  grid.columns = b.rows();
  grid.panel_columns = options.tile_cols > 0 ? std::min(options.tile_cols, kMostPanelColumns)
                                             : multiple(std::min(kPanelBytes / bytes, kMostPanelColumns), kGroup);
  const std::size_t tile = block_rows(a, kernel, options);
  // Enough jobs for every thread, each large enough to be worth packing a panel for.
  const std::size_t panels = grid.panels();
  const std::size_t wanted = std::size_t{4} * thread_count(options.threads);
  std::size_t job_rows = std::min(kernel.job_rows, std::max<std::size_t>(a.rows(), 1));
  while (job_rows > 4096 && panels * ((a.rows() + job_rows - 1) / job_rows) < wanted) job_rows /= 2;
  grid.job_rows = (job_rows + tile - 1) / tile * tile;
  const std::size_t band_jobs = std::max<std::size_t>(1, kBandBytes / (bytes + 64) / grid.job_rows);
  const std::size_t all_jobs = (a.rows() + grid.job_rows - 1) / grid.job_rows;
  grid.band_rows = std::max<std::size_t>(1, std::min(band_jobs, all_jobs)) * grid.job_rows;
  return grid;
}

void screened_pass(const Side& a, const Side& b, Sinks& sinks, const Int8Kernel& kernel, const Grid& grid,
                   const PassOptions& options, Checkpoints* checkpoints, Certificate& certificate) {
  const ScreenUnits units(a, b, options.comparison);
  QuantisedRows rows(a, units, kernel, std::min<std::size_t>(grid.band_rows, a.rows()));
  const std::size_t block = block_rows(a, kernel, options);
  std::vector<std::unique_ptr<Worker>> workers(thread_count(options.threads));
  run_jobs(
      grid, options, pair_count(a, b, options.shape), checkpoints,
      [&](std::size_t first, std::size_t end) { rows.fill(first, end, options.threads); },
      [&](const Job& job, unsigned worker, const std::function<void()>& breathe) {
        if (!workers[worker]) {
          workers[worker] = std::make_unique<Worker>(a, b, sinks, units, kernel, options, block, grid.panel_columns);
        }
        workers[worker]->run(job, rows, breathe);
      });
  certificate.bound = "Cauchy-Schwarz on the residuals of int8 rows with 127 levels";
  for (const auto& worker : workers) {
    if (worker) merge(certificate, worker->certificate());
  }
}

}  // namespace semblance::scoring
