#include <fmt/format.h>

#include <algorithm>

#include "base/parallel.hpp"
#include "score/bin_counts.hpp"
#include "score/resolver.hpp"
#include "score/tile_part.hpp"

namespace semblance::scoring {
namespace {

/// Rows of A kept packed at a time, at most so many bytes.
constexpr std::size_t kBandBytes = std::size_t{256} << 20U;
/// A group of a panel of B and a block of A share the second-level cache of a core; in float32 a group is four times as
/// large, and to be fetched for as many more rows.
constexpr std::size_t kPanelBytes = std::size_t{1} << 20U;
constexpr std::size_t kMostPanelColumns = 4096;
constexpr std::size_t kBlockBytes = std::size_t{96} << 10U;
constexpr std::size_t kFloatBlockBytes = std::size_t{384} << 10U;
constexpr std::size_t kMostBlockRows = 768;
constexpr std::size_t kResolveAt = 8192;

/// A packed row takes at most so much more than its values, a plane.
constexpr std::size_t kRowPadding = 128;

std::size_t multiple(std::size_t n, std::size_t of) { return std::max<std::size_t>(1, n / of) * of; }

/// Bytes of a quantised row.
std::size_t row_bytes(const Side& a, const TileKernel& kernel, const Prefix* prefix) {
  return std::max<std::size_t>(prefix != nullptr ? prefix->dim() : a.dim(), 1) * kernel.element_bytes;
}

std::size_t block_rows(const Side& a, const TileKernel& kernel, const Prefix* prefix, const PassOptions& options) {
  const std::size_t bytes = row_bytes(a, kernel, prefix);
  const std::size_t wanted =
      options.tile_rows > 0 ? options.tile_rows : (kernel.values != nullptr ? kFloatBlockBytes : kBlockBytes) / bytes;
  return multiple(std::min(wanted, kMostBlockRows), kernel.row_tile);
}

/// One thread's work on one job.
class Worker {
 public:
  Worker(const Side& a, const Side& b, Sinks& sinks, const ScreenUnits& units, const TileKernel& kernel,
         const Prefix* prefix, const PassOptions& options, std::size_t rows, std::size_t columns)
      : kernel_(kernel),
        options_(options),
        units_(units),
        sinks_(sinks),
        planes_(planes_of(sinks, kernel)),
        block_rows_(rows),
        columns_(b, units, kernel, prefix, planes_, columns),
        resolver_(a, b, sinks, units, prefix, options, rows, columns),
        row_slack_(rows),
        buffer_(kernel.row_tile * kGroup) {
    for (std::size_t turn = 0; turn < 2; ++turn) {
      if (kernel.values != nullptr) values_[turn] = AlignedArray<float>(buffer_.size());
      for (std::size_t order = 0; order < planes_ && kernel.values == nullptr; ++order) {
        products_[turn][order] = AlignedArray<std::int32_t>(buffer_.size());
      }
    }
    if (!sinks.wants_histogram()) return;
    tail_ = round_down(sinks.bins().edge(sinks.exact_from()));
    edge_buffer_.resize(buffer_.size());
    bin_counts_ = BinCounts(buffer_.size());
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
      // The last rows of a tile may belong to the next job, or to none: no bar is in their reach.
      row_slack_[r] = r < count ? half_width(rows, at + r) : std::numeric_limits<float>::quiet_NaN();
      if (r < count) most = std::max(most, row_slack_[r]);
    }
    largest_row_slack_ = std::max(largest_row_slack_, most);
    resolver_.begin_block(first, count, rows, columns_, row_slack_.data());
    for (std::size_t g = 0; g < columns_.groups(); ++g) {
      for (std::size_t t = 0; t < tiles; ++t) {
        const std::size_t row = t * kernel_.row_tile;
        if (options_.shape == Shape::upper && columns_.first() + (g + 1) * kGroup <= first + row + 1) continue;
        tile(rows, {.first = first, .row = row, .valid_rows = count - row, .group = g});
        if (hits_.size() >= kResolveAt) resolver_.resolve(hits_);
      }
      // While the rows and columns that they are of are at hand.
      if (!edges_.empty()) resolver_.count(edges_, bin_counts_.counts());
    }
    consume(0, 1);
    collect();
    resolver_.resolve(hits_);
    if (!edges_.empty()) resolver_.count(edges_, bin_counts_.counts());
  }

  /// A row's share of the half-width of its pairs with this panel.
  float half_width(const QuantisedRows& rows, std::size_t at) const {
    if (!units_.unit || kernel_.values != nullptr) return rows.slack[at];
    // What is counted by its interval must not depend on how B is cut into panels.
    const bool blurred = sinks_.wants_histogram() && planes_ == 1;
    const double own = static_cast<double>(rows.slack[at]) *
                       (blurred ? largest_quantised_norm(columns_.dim()) : columns_.largest_norm());
    if (planes_ == 1) return round_up(own);
    const auto second = static_cast<double>(rows.second[at]);
    const auto third = static_cast<double>(rows.third[at]);
    constexpr double kSecondOrderArithmetic = 0x1p-20;
    return round_up(own + kSecondOrderArithmetic * (second + columns_.largest_second()) +
                    second * columns_.largest_third() + third * (columns_.largest_second() + columns_.largest_third()));
  }

  /// Products of an order: of every pair of planes whose numbers add up to it.
  void multiply(const QuantisedRows& rows, std::size_t i, std::size_t g, std::size_t order, std::int32_t* out,
                const Beside& beside) {
    Factor factors[kMostPlanes];
    for (std::size_t p = 0; p <= order; ++p) {
      factors[p] = {rows.row(i, p), rows.sums(i, p), columns_.group(g, order - p)};
    }
    kernel_.products(factors, order + 1, rows.stride_bytes(), rows.depth(), out, beside);
  }

  /// A tile of the block: rows from first + row on, a group of columns.
  struct Tile {
    std::size_t first;
    std::size_t row;
    std::size_t valid_rows;
    std::size_t group;
  };

  void tile(const QuantisedRows& rows, const Tile& tile) {
    if (kernel_.screened != nullptr && !sinks_.wants_histogram()) {
      screen_at_once(rows, tile);
    } else {
      multiply_and_wait(rows, tile);
    }
  }

  void screen_at_once(const QuantisedRows& rows, const Tile& tile) {
    set_screened(rows, tile, nullptr);
    const std::size_t i = tile.first + tile.row;
    const Factor factor{rows.row(i, 0), rows.sums(i, 0), columns_.group(tile.group, 0)};
    found_.hits = kernel_.screened(factor, rows.stride_bytes(), rows.depth(), screened_, buffer_.data());
    if (found_.hits > 0) collect();
  }

  /// Multiplies a tile; meanwhile the one before it is screened or counted, and the bins of the one before that
  /// tallied.
  void multiply_and_wait(const QuantisedRows& rows, const Tile& tile) {
    buffer_used_ = 1 - buffer_used_;
    AlignedArray<std::int32_t>* const out = products_[buffer_used_];
    const std::size_t i = tile.first + tile.row;
    const std::size_t g = tile.group;
    const Tally tally = bin_counts_.take(buffer_used_);
    const Beside beside{
        [](void* self, std::size_t part, std::size_t of) { static_cast<Worker*>(self)->consume(part, of); }, this,
        tally};
    if (kernel_.values != nullptr) {
      kernel_.values(static_cast<const float*>(rows.row(i, 0)), rows.stride_bytes() / sizeof(float),
                     static_cast<const float*>(columns_.group(g, 0)), rows.depth(), values_[buffer_used_].data(),
                     tally);
      consume(0, 1);
    } else if (planes_ > 1 && kernel_.refined != nullptr) {
      const void* const row_planes[] = {rows.row(i, 0), rows.row(i, 1), rows.row(i, 2)};
      const void* const column_planes[] = {columns_.group(g, 0), columns_.group(g, 1), columns_.group(g, 2)};
      std::int32_t* const orders[] = {out[0].data(), out[1].data(), out[2].data()};
      kernel_.refined(row_planes, column_planes, rows.stride_bytes(), rows.depth(), orders, beside);
    } else {
      const Beside nothing{[](void*, std::size_t, std::size_t) {}, nullptr, {}};
      for (std::size_t order = 0; order < planes_; ++order) {
        multiply(rows, i, g, order, out[order].data(), order == 0 ? beside : nothing);
      }
    }
    collect();
    waiting_ = true;
    waiting_buffer_ = buffer_used_;
    waiting_rows_ = std::min(tile.valid_rows, kernel_.row_tile);
    if (sinks_.wants_histogram()) {
      set_counted(rows, tile, out);
    } else {
      set_screened(rows, tile, out[0].data());
    }
  }

  /// Screens or counts a part of the waiting tile.
  void consume(std::size_t part, std::size_t of) {
    if (!waiting_) return;
    if (part_starts_.size() != of + 1) {
      part_starts_.resize(of + 1);  // a division for every part would show
      for (std::size_t k = 0; k <= of; ++k) part_starts_[k] = k * kernel_.row_tile / of;
    }
    const std::size_t from = std::min(part_starts_[part], waiting_rows_);
    const std::size_t rows = std::min(part_starts_[part + 1], waiting_rows_) - from;
    if (rows == 0) return;
    if (sinks_.wants_histogram()) {
      counted_.rows = rows;
      const CountFound more = kernel_.count(counted_, buffer_.data() + found_.hits, edge_buffer_.data() + found_.edges);
      found_.hits += more.hits;
      found_.edges += more.edges;
      advance(counted_, rows);
    } else {
      screened_.rows = rows;
      found_.hits += kernel_.screen(screened_, buffer_.data() + found_.hits);
      advance(screened_, rows);
    }
  }

  /// Takes over what was found in the waiting tile, or the one screened at once, which is done with.
  void collect() {
    hits_.insert(hits_.end(), buffer_.begin(), buffer_.begin() + static_cast<std::ptrdiff_t>(found_.hits));
    edges_.insert(edges_.end(), edge_buffer_.begin(), edge_buffer_.begin() + static_cast<std::ptrdiff_t>(found_.edges));
    found_ = {0, 0};
    if (waiting_ && sinks_.wants_histogram()) bin_counts_.told(waiting_buffer_);
    waiting_ = false;
  }

  // What differs between two tiles is set alone: a tile that is copied whole waits for its parts to be written.
  void set_counted(const QuantisedRows& rows, const Tile& tile, const AlignedArray<std::int32_t>* products) {
    const std::size_t i = tile.first + tile.row;
    const std::size_t at = i - rows.first();
    const Bars& bars = resolver_.bars();
    const std::size_t column = tile.group * kGroup;
    for (std::size_t order = 0; order < planes_; ++order) counted_.products[order] = products[order].data();
    counted_.values = values_[buffer_used_].data();
    counted_.what = kernel_.values != nullptr ? Counted::values : planes_ > 1 ? Counted::planes : Counted::coarse;
    counted_.tail = tail_;
    counted_.columns = std::min(kGroup, columns_.count() - column);
    counted_.diagonal = options_.shape == Shape::upper ? static_cast<std::ptrdiff_t>(i + 1) -
                                                             static_cast<std::ptrdiff_t>(columns_.first() + column)
                                                       : -static_cast<std::ptrdiff_t>(kernel_.row_tile);
    counted_.row_scale = rows.scale.data() + at;
    counted_.row_slack = row_slack_.data() + tile.row;
    counted_.row_bar = bars.screen_row.data() + tile.row;
    counted_.column_scale = columns_.scale.data() + column;
    counted_.column_slack = columns_.slack.data() + column;
    counted_.column_bar = bars.screen_column.data() + column;
    counted_.bins = bin_counts_.room(buffer_used_, waiting_rows_);
    counted_.first_row = static_cast<std::uint16_t>(tile.row);
    counted_.first_column = static_cast<std::uint16_t>(column);
  }

  void end_counting() {
    bin_counts_.end();
    float largest_column_slack = 0;
    for (std::size_t c = 0; c < columns_.count(); ++c)
      largest_column_slack = std::max(largest_column_slack, columns_.slack[c]);
    const double blur = static_cast<double>(largest_row_slack_) + static_cast<double>(largest_column_slack);
    sinks_.count(options_.shape == Shape::upper ? 1 : 0, bin_counts_.counts(), counts_all(sinks_) ? 0 : blur);
    bin_counts_.clear();
  }

  void set_screened(const QuantisedRows& rows, const Tile& tile, const std::int32_t* products) {
    const std::size_t column = tile.group * kGroup;
    const std::size_t at = tile.first + tile.row - rows.first();
    const Bars& bars = resolver_.bars();
    screened_.products = products;
    screened_.row_scale = rows.scale.data() + at;
    screened_.row_slack = row_slack_.data() + tile.row;
    screened_.row_norm = rows.norm.data() + at;
    screened_.row_offset = rows.offset.data() + at;
    screened_.row_bar = bars.screen_row.data() + tile.row;
    screened_.column_scale = columns_.scale.data() + column;
    screened_.column_slack = columns_.slack.data() + column;
    screened_.column_norm = columns_.norm.data() + column;
    screened_.column_offset = columns_.offset.data() + column;
    screened_.column_bar = bars.screen_column.data() + column;
    screened_.unit = units_.unit;
    screened_.first_row = static_cast<std::uint16_t>(tile.row);
    screened_.first_column = static_cast<std::uint16_t>(column);
  }

  const TileKernel& kernel_;
  const PassOptions& options_;
  const ScreenUnits& units_;
  Sinks& sinks_;
  std::size_t planes_;
  std::size_t block_rows_;
  QuantisedColumns columns_;
  Resolver resolver_;
  bool waiting_ = false;  ///< a tile is multiplied, not screened or counted yet: one of these
  std::size_t waiting_rows_ = 0;
  std::size_t waiting_buffer_ = 0;
  ScreenTile screened_{};
  CountTile counted_{};
  CountFound found_{0, 0};                ///< in the waiting tile so far
  std::vector<std::size_t> part_starts_;  ///< rows at which its parts begin
  std::size_t buffer_used_ = 0;
  AlignedArray<std::int32_t> products_[2][kMostPlanes];  ///< of a tile, by order, in turn
  AlignedArray<float> values_[2];                        ///< or these
  std::vector<float> row_slack_;
  std::vector<ScreenHit> buffer_;
  std::vector<ScreenHit> hits_;
  float tail_ = 0;
  float largest_row_slack_ = 0;
  std::vector<ScreenHit> edge_buffer_;
  std::vector<ScreenHit> edges_;
  BinCounts bin_counts_;
  Certificate certificate_;
};

}  // namespace

bool counts_all(const Sinks& sinks) { return sinks.wants_histogram() && sinks.exact_from() == 0; }

std::size_t planes_of(const Sinks& sinks, const TileKernel& kernel) {
  return counts_all(sinks) && kernel.values == nullptr ? kMostPlanes : 1;
}

Grid screened_grid(const Side& a, const Side& b, const Sinks& sinks, const TileKernel& kernel, const Prefix* prefix,
                   const PassOptions& options) {
  const std::size_t bytes = row_bytes(a, kernel, prefix) * planes_of(sinks, kernel);
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
  // A band holds a job at least.
  const std::size_t most_rows = multiple(kBandBytes / (bytes + kRowPadding * planes_of(sinks, kernel)), tile);
  grid.job_rows = std::min((job_rows + tile - 1) / tile * tile, most_rows);
  const std::size_t band_jobs = std::max<std::size_t>(1, most_rows / grid.job_rows);
  const std::size_t all_jobs = (a.rows() + grid.job_rows - 1) / grid.job_rows;
  grid.band_rows = std::max<std::size_t>(1, std::min(band_jobs, all_jobs)) * grid.job_rows;
  return grid;
}

void screened_pass(const Side& a, const Side& b, Sinks& sinks, const TileKernel& kernel, const Prefix* prefix,
                   const Grid& grid, const PassOptions& options, Checkpoints* checkpoints, Certificate& certificate) {
  const ScreenUnits units(a, b, options.comparison);
  const std::size_t planes = planes_of(sinks, kernel);
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
  certificate.bound = kernel.values != nullptr
                          ? "Cauchy-Schwarz on the parts of the rows that go into every rounding of a float32 sum"
                          : fmt::format("Cauchy-Schwarz on the {}residuals of {} with {}",
                                        prefix != nullptr ? "rest of a prefix and on the " : "",
                                        planes == 1 ? "int8 rows" : "rows in three int8 planes", kernel.levels);
  for (const auto& worker : workers) {
    if (worker) merge(certificate, worker->certificate());
  }
}

}  // namespace semblance::scoring
