#include <algorithm>
#include <vector>

#include "base/parallel.hpp"
#include "score/kernels/kernel.hpp"
#include "score/pass.hpp"

namespace semblance::scoring {
namespace {

constexpr std::size_t kBlockRows = 48;
constexpr std::size_t kMostBlockRows = 512;
constexpr std::size_t kPanelColumns = 256;
constexpr std::size_t kJobRows = 8192;

/// One thread's buffers and its work on one job.
class Worker {
 public:
  Worker(const Side& a, const Side& b, Sinks& sinks, const PassOptions& options, std::size_t block_rows,
         std::size_t panel_columns)
      : a_(a),
        b_(b),
        sinks_(sinks),
        options_(options),
        dim_(a.dim()),
        stride_((panel_columns + kFloatGroup - 1) / kFloatGroup * kFloatGroup),
        dots_(common_kernel().reference_dots),
        packed_(stride_ * dim_),
        rows_(block_rows * dim_),
        row_(dim_),
        scores_(block_rows * stride_),
        row_bars_(block_rows),
        column_bars_(panel_columns) {
    for (auto& counts : counts_) counts.resize(sinks.wants_histogram() ? kHistogramBins : 0);
  }

  void pack(std::size_t first, std::size_t count) {
    for (std::size_t c = 0; c < count; ++c) {
      b_.load(first + c, row_.data());
      float* to = packed_.data() + c / kFloatGroup * kFloatGroup * dim_ + c % kFloatGroup;
      for (std::size_t k = 0; k < dim_; ++k) to[k * kFloatGroup] = row_[k];
    }
    first_column_ = first;
    columns_ = count;
  }

  /// Rows [first, first + count) against the packed columns.
  void score(std::size_t first, std::size_t count) {
    for (std::size_t r = 0; r < count; ++r) a_.load(first + r, rows_.data() + r * dim_);
    dots_(rows_.data(), dim_, count, packed_.data(), (columns_ + kFloatGroup - 1) / kFloatGroup, dim_, scores_.data(),
          stride_);
    if (!sinks_.lists_nothing()) {
      sinks_.row_bars(first, count, row_bars_.data());
      sinks_.column_bars(first_column_, columns_, column_bars_.data());
    }
    for (std::size_t r = 0; r < count; ++r) consume(first + r, scores_.data() + r * stride_, row_bars_[r]);
    flush();
  }

  void end_job() {
    for (std::size_t kind = 0; kind < 2; ++kind) {
      sinks_.count(kind, counts_[kind], 0);
      std::fill(counts_[kind].begin(), counts_[kind].end(), 0);
    }
  }

 private:
  void consume(std::size_t i, double* scores, double row_bar) {
    const bool upper = options_.shape == Shape::upper;
    const std::size_t begin = upper ? std::max(first_column_, i + 1) - first_column_ : 0;
    const double alpha = options_.law.alpha;
    if (options_.law.offsets) {
      const double u = a_.offset(i);
      for (std::size_t c = begin; c < columns_; ++c) {
        scores[c] = alpha * scores[c] + (u + b_.offset(first_column_ + c));
      }
    }
    if (!counts_[0].empty()) {
      for (std::size_t c = begin; c < columns_; ++c) {
        const bool apart = upper && a_.identity(i) != b_.identity(first_column_ + c);
        ++counts_[apart ? 1 : 0][sinks_.bins().bin(scores[c])];
      }
    }
    if (sinks_.lists_nothing()) return;
    for (std::size_t c = begin; c < columns_; ++c) {
      if (scores[c] < std::min(row_bar, column_bars_[c])) continue;
      PairScore pair{scores[c], static_cast<RowIndex>(i), static_cast<RowIndex>(first_column_ + c)};
      if (upper) {
        if (a_.identity(pair.a) == a_.identity(pair.b)) continue;
        if (a_.rank(pair.b) < a_.rank(pair.a)) std::swap(pair.a, pair.b);
      }
      found_.push_back(pair);
    }
    if (found_.size() >= kFlushAt) flush();
  }

  void flush() {
    if (!found_.empty()) sinks_.offer(found_);
    found_.clear();
  }

  static constexpr std::size_t kFlushAt = 4096;
  const Side& a_;
  const Side& b_;
  Sinks& sinks_;
  const PassOptions& options_;
  std::size_t dim_;
  std::size_t stride_;
  ReferenceDots dots_;
  std::vector<float> packed_;
  std::vector<float> rows_;
  std::vector<float> row_;
  std::vector<double> scores_;
  std::vector<double> row_bars_;
  std::vector<double> column_bars_;
  std::vector<std::uint64_t> counts_[2];
  std::vector<PairScore> found_;
  std::size_t first_column_ = 0;
  std::size_t columns_ = 0;
};

}  // namespace

Grid reference_grid(const Side& a, const Side& b, const PassOptions& options) {
  Grid grid;
  grid.rows = a.rows();
  grid.columns = b.rows();
  grid.panel_columns = options.tile_cols > 0 ? std::min(options.tile_cols, kJobRows) : kPanelColumns;
  grid.job_rows = std::max(options.tile_rows, kJobRows);
  grid.band_rows = std::max<std::size_t>(grid.job_rows, (a.rows() + grid.job_rows - 1) / grid.job_rows * grid.job_rows);
  return grid;
}

void reference_pass(const Side& a, const Side& b, Sinks& sinks, const Grid& grid, const PassOptions& options,
                    Checkpoints* checkpoints) {
  const std::size_t block_rows = options.tile_rows > 0 ? std::min(options.tile_rows, kMostBlockRows) : kBlockRows;
  std::vector<std::unique_ptr<Worker>> workers(thread_count(options.threads));
  run_jobs(
      grid, options, pair_count(a, b, options.shape), checkpoints, [](std::size_t, std::size_t) {},
      [&](const Job& job, unsigned worker, const std::function<void()>& breathe) {
        if (!workers[worker]) {
          workers[worker] = std::make_unique<Worker>(a, b, sinks, options, block_rows, grid.panel_columns);
        }
        Worker& mine = *workers[worker];
        mine.pack(job.first_column, job.columns);
        for (std::size_t i = job.first_row; i < job.end_row; i += block_rows) {
          mine.score(i, std::min(block_rows, job.end_row - i));
          breathe();
        }
        mine.end_job();
      });
}

}  // namespace semblance::scoring
