#include <algorithm>
#include <optional>

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

/// Bytes of a quantised row.
std::size_t row_bytes(const Side& a, const Int8Kernel& kernel, const Prefix* prefix) {
  return std::max<std::size_t>(prefix != nullptr ? prefix->dim() : a.dim(), 1) * kernel.element_bytes;
}

std::size_t block_rows(const Side& a, const Int8Kernel& kernel, const Prefix* prefix, const PassOptions& options) {
  const std::size_t bytes = row_bytes(a, kernel, prefix);
  const std::size_t wanted = options.tile_rows > 0 ? options.tile_rows : kBlockBytes / bytes;
  return multiple(std::min(wanted, kMostBlockRows), kernel.row_tile);
}

/// One thread's work on one job.
class Worker {
 public:
  Worker(const Side& a, const Side& b, Sinks& sinks, const ScreenUnits& units, const Int8Kernel& kernel,
         const Prefix* prefix, const PassOptions& options, std::size_t rows, std::size_t columns)
      : kernel_(kernel),
        options_(options),
        units_(units),
        sinks_(sinks),
        planes_(screen_planes(sinks)),
        block_rows_(rows),
        columns_(b, units, kernel, prefix, planes_, columns),
        resolver_(a, b, sinks, units, prefix, options, rows, columns),
        row_slack_(rows),
        buffer_(kernel.row_tile * kGroup) {
    for (auto& tile : products_) {
      for (std::size_t order = 0; order < planes_; ++order) tile[order] = AlignedArray<std::int32_t>(buffer_.size());
    }
    if (!sinks.wants_histogram()) return;
    tail_ = round_down(sinks.bins().edge(sinks.exact_from()));
    edge_buffer_.resize(buffer_.size());
    tile_counts_.resize(kCountCopies * kHistogramBins);
    counts_.resize(kHistogramBins);
  }

  void run(const Job& job, const QuantisedRows& rows, const std::function<void()>& breathe) {
    kernel_.enter();
    columns_.fill(job.first_column, job.columns);
    // Columns that no row has been compared with have no bar, and every pair of theirs is a hit: blocks begin small and
    // double, so that few rows are spent on raising the first bars.
    std::size_t size = std::min(kernel_.row_tile, block_rows_);
    for (std::size_t first = job.first_row; first < job.end_row;
         first += size, size = std::min(2 * size, block_rows_)) {
      block(rows, first, std::min(size, job.end_row - first));
      breathe();
    }
    kernel_.leave();
    if (sinks_.wants_histogram()) end_counting();
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
    float most = 0;
    for (std::size_t r = 0; r < tiles * kernel_.row_tile; ++r) {
      // The last rows of a tile may belong to the next job: they are screened but never kept.
      row_slack_[r] = r < count ? half_width(rows, at + r) : -std::numeric_limits<float>::infinity();
      most = std::max(most, row_slack_[r]);
    }
    largest_row_slack_ = std::max(largest_row_slack_, most);
    resolver_.begin_block(first, count, columns_, row_slack_.data());
    for (std::size_t g = 0; g < columns_.groups(); ++g) {
      for (std::size_t t = 0; t < tiles; ++t) {
        const std::size_t row = t * kernel_.row_tile;
        if (options_.shape == Shape::upper && columns_.first() + (g + 1) * kGroup <= first + row + 1) continue;
        tile(rows, {.first = first, .row = row, .valid_rows = count - row, .group = g});
        if (edges_.size() >= kResolveAt) resolver_.count(edges_, counts_);
        if (hits_.size() >= kResolveAt) resolver_.resolve(hits_);
      }
    }
    screen_waiting(rows);
    resolver_.resolve(hits_);
    if (!edges_.empty()) resolver_.count(edges_, counts_);
  }

  /// A row's share of the half-width of its pairs with this panel.
  float half_width(const QuantisedRows& rows, std::size_t at) const {
    if (!units_.unit) return rows.slack[at];
    const double own = static_cast<double>(rows.slack[at]) * columns_.largest_norm();
    if (planes_ == 1) return round_up(own);
    const auto second = static_cast<double>(rows.second[at]);
    const auto third = static_cast<double>(rows.third[at]);
    constexpr double kSecondOrderArithmetic = 0x1p-20;
    return round_up(own + kSecondOrderArithmetic * (second + columns_.largest_second()) +
                    second * columns_.largest_third() + third * (columns_.largest_second() + columns_.largest_third()));
  }

  /// Products of an order: of every pair of planes whose numbers add up to it.
  void multiply(const QuantisedRows& rows, std::size_t i, std::size_t g, std::size_t order, std::int32_t* out) {
    Factor factors[kMostPlanes];
    for (std::size_t p = 0; p <= order; ++p) {
      factors[p] = {rows.row(i, p), rows.sums(i, p), columns_.group(g, order - p)};
    }
    kernel_.products(factors, order + 1, rows.stride_bytes(), rows.depth(), out);
  }

  /// A tile of the block: rows from first + row on, a group of columns.
  struct Tile {
    std::size_t first;
    std::size_t row;
    std::size_t valid_rows;
    std::size_t group;
  };

  /// Multiplies a tile and counts it, or screens the one before it, whose products have reached the cache by then
  /// (three planes in turn would not leave room for the columns there).
  void tile(const QuantisedRows& rows, const Tile& tile) {
    const std::size_t buffer = waiting_ ? 1 - waiting_buffer_ : 0;
    AlignedArray<std::int32_t>* const out = products_[buffer];
    const std::size_t i = tile.first + tile.row;
    const std::size_t g = tile.group;
    if (planes_ > 1 && kernel_.refined != nullptr) {
      const void* const row_planes[] = {rows.row(i, 0), rows.row(i, 1), rows.row(i, 2)};
      const void* const column_planes[] = {columns_.group(g, 0), columns_.group(g, 1), columns_.group(g, 2)};
      std::int32_t* const orders[] = {out[0].data(), out[1].data(), out[2].data()};
      kernel_.refined(row_planes, column_planes, rows.stride_bytes(), rows.depth(), orders);
    } else {
      for (std::size_t order = 0; order < planes_; ++order) multiply(rows, i, g, order, out[order].data());
    }
    if (sinks_.wants_histogram()) {
      count_tile(rows, tile, out);
      return;
    }
    screen_waiting(rows);
    waiting_ = tile;
    waiting_buffer_ = buffer;
  }

  void screen_waiting(const QuantisedRows& rows) {
    if (waiting_) screen_tile(rows, *waiting_, products_[waiting_buffer_][0]);
    waiting_.reset();
  }

  void count_tile(const QuantisedRows& rows, const Tile& tile, const AlignedArray<std::int32_t>* products) {
    const std::size_t i = tile.first + tile.row;
    const std::size_t row = tile.row;
    const std::size_t g = tile.group;
    const std::size_t at = i - rows.first();
    const Bars& bars = resolver_.bars();
    const std::size_t column = g * kGroup;
    const bool upper = options_.shape == Shape::upper;
    const CountTile counted{
        .products = {products[0].data(), products[1].data(), products[2].data()},
        .refined = planes_ > 1,
        .tail = tail_,
        .rows = std::min(tile.valid_rows, kernel_.row_tile),
        .columns = std::min(kGroup, columns_.count() - column),
        .diagonal = upper ? static_cast<std::ptrdiff_t>(i + 1) - static_cast<std::ptrdiff_t>(columns_.first() + column)
                          : -static_cast<std::ptrdiff_t>(kernel_.row_tile),
        .row_scale = rows.scale.data() + at,
        .row_slack = row_slack_.data() + row,
        .row_bar = bars.screen_row.data() + row,
        .column_scale = columns_.scale.data() + column,
        .column_slack = columns_.slack.data() + column,
        .column_bar = bars.screen_column.data() + column,
        .counts = tile_counts_.data(),
        .first_row = static_cast<std::uint16_t>(row),
        .first_column = static_cast<std::uint16_t>(column)};
    const CountFound found = kernel_.count(counted, buffer_.data(), edge_buffer_.data());
    hits_.insert(hits_.end(), buffer_.begin(), buffer_.begin() + static_cast<std::ptrdiff_t>(found.hits));
    edges_.insert(edges_.end(), edge_buffer_.begin(), edge_buffer_.begin() + static_cast<std::ptrdiff_t>(found.edges));
  }

  void end_counting() {
    for (std::size_t k = 0; k < tile_counts_.size(); ++k) counts_[k % kHistogramBins] += tile_counts_[k];
    float largest_column_slack = 0;
    for (std::size_t c = 0; c < columns_.count(); ++c)
      largest_column_slack = std::max(largest_column_slack, columns_.slack[c]);
    const double blur = static_cast<double>(largest_row_slack_) + static_cast<double>(largest_column_slack);
    sinks_.count(options_.shape == Shape::upper ? 1 : 0, counts_, planes_ == 1 ? blur : 0);
    std::fill(tile_counts_.begin(), tile_counts_.end(), 0U);
    std::fill(counts_.begin(), counts_.end(), std::uint64_t{0});
  }

  void screen_tile(const QuantisedRows& rows, const Tile& tile, const AlignedArray<std::int32_t>& products) {
    const std::size_t row = tile.row;
    const std::size_t column = tile.group * kGroup;
    const std::size_t i = tile.first + row - rows.first();
    const Bars& bars = resolver_.bars();
    const ScreenTile screened{.products = products.data(),
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
    const std::size_t found = kernel_.screen(screened, buffer_.data());
    hits_.insert(hits_.end(), buffer_.begin(), buffer_.begin() + static_cast<std::ptrdiff_t>(found));
  }

  const Int8Kernel& kernel_;
  const PassOptions& options_;
  const ScreenUnits& units_;
  Sinks& sinks_;
  std::size_t planes_;
  std::size_t block_rows_;
  QuantisedColumns columns_;
  Resolver resolver_;
  std::optional<Tile> waiting_;  ///< multiplied, not screened yet
  std::size_t waiting_buffer_ = 0;
  AlignedArray<std::int32_t> products_[2][kMostPlanes];  ///< of a tile, by order, in turn
  std::vector<float> row_slack_;
  std::vector<ScreenHit> buffer_;
  std::vector<ScreenHit> hits_;
  float tail_ = 0;
  float largest_row_slack_ = 0;
  std::vector<ScreenHit> edge_buffer_;
  std::vector<ScreenHit> edges_;
  std::vector<std::uint32_t> tile_counts_;
  std::vector<std::uint64_t> counts_;
  Certificate certificate_;
};

}  // namespace

std::size_t screen_planes(const Sinks& sinks) {
  return sinks.wants_histogram() && sinks.exact_from() == 0 ? kMostPlanes : 1;
}

Grid screened_grid(const Side& a, const Side& b, const Sinks& sinks, const Int8Kernel& kernel, const Prefix* prefix,
                   const PassOptions& options) {
  const std::size_t bytes = row_bytes(a, kernel, prefix) * screen_planes(sinks);
  Grid grid;
  grid.rows = a.rows();
  grid.columns = b.rows();
  grid.panel_columns = options.tile_cols > 0 ? std::min(options.tile_cols, kMostPanelColumns)
                                             : multiple(std::min(kPanelBytes / bytes, kMostPanelColumns), kGroup);
  const std::size_t tile = block_rows(a, kernel, prefix, options);
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

void screened_pass(const Side& a, const Side& b, Sinks& sinks, const Int8Kernel& kernel, const Prefix* prefix,
                   const Grid& grid, const PassOptions& options, Checkpoints* checkpoints, Certificate& certificate) {
  const ScreenUnits units(a, b, options.comparison);
  const std::size_t planes = screen_planes(sinks);
  QuantisedRows rows(a, units, kernel, prefix, planes, std::min<std::size_t>(grid.band_rows, a.rows()));
  const std::size_t block = block_rows(a, kernel, prefix, options);
  std::vector<std::unique_ptr<Worker>> workers(thread_count(options.threads));
  run_jobs(
      grid, options, pair_count(a, b, options.shape), checkpoints,
      [&](std::size_t first, std::size_t end) { rows.fill(first, end, options.threads); },
      [&](const Job& job, unsigned worker, const std::function<void()>& breathe) {
        if (!workers[worker]) {
          workers[worker] =
              std::make_unique<Worker>(a, b, sinks, units, kernel, prefix, options, block, grid.panel_columns);
        }
        workers[worker]->run(job, rows, breathe);
      });
  if (prefix != nullptr) certificate.prefix = prefix->depth();
  certificate.bound = prefix != nullptr
                          ? "Cauchy-Schwarz on the rest of a prefix and on the residuals of int8 rows with 127 levels"
                      : planes == 1 ? "Cauchy-Schwarz on the residuals of int8 rows with 127 levels"
                                    : "Cauchy-Schwarz on the residuals of rows in three int8 planes of 127 levels";
  for (const auto& worker : workers) {
    if (worker) merge(certificate, worker->certificate());
  }
}

}  // namespace semblance::scoring
