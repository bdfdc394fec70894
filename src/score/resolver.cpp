#include "score/resolver.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "semblance/error.hpp"

namespace semblance::scoring {
namespace {

/// Hits are resolved this many at a time, best first: what the first ones find spares most of the others.
constexpr std::size_t kChunk = 256;
constexpr std::size_t kBuckets = 512;
/// The rows of a pair are fetched so many pairs before their turn.
constexpr std::size_t kAhead = 4;

}  // namespace

Bars::Bars(std::size_t rows, std::size_t columns)
    : row(rows, std::numeric_limits<double>::quiet_NaN()),
      column(columns, std::numeric_limits<double>::quiet_NaN()),
      screen_row(rows),
      screen_column(columns) {}

void Bars::set_rows(const std::vector<double>& bars, const ScreenUnits& units) {
  for (std::size_t r = 0; r < row.size(); ++r) set_row(r, bars[r], units);
}

void Bars::set_columns(const std::vector<double>& bars, const ScreenUnits& units) {
  for (std::size_t c = 0; c < column.size(); ++c) set_column(c, bars[c], units);
}

void Bars::set_row(std::size_t r, double bar, const ScreenUnits& units) {
  if (row[r] == bar) return;  // most bars stay for long, and turning one into the screen's units takes a while
  row[r] = bar;
  screen_row[r] = units.bar(bar);
}

void Bars::set_column(std::size_t c, double bar, const ScreenUnits& units) {
  if (column[c] == bar) return;
  column[c] = bar;
  screen_column[c] = units.bar(bar);
}

void merge(Certificate& whole, const Certificate& part) {
  whole.screened += part.screened;
  whole.survived += part.survived;
  whole.rescored += part.rescored;
  whole.counted_apart += part.counted_apart;
  whole.largest_half_width = std::max(whole.largest_half_width, part.largest_half_width);
  whole.largest_error = std::max(whole.largest_error, part.largest_error);
  whole.largest_share_of_bound = std::max(whole.largest_share_of_bound, part.largest_share_of_bound);
}

Resolver::Resolver(const Side& a, const Side& b, Sinks& sinks, const ScreenUnits& units, const Prefix* prefix,
                   const PassOptions& options, std::size_t block_rows, std::size_t panel_columns)
    : a_(a),
      b_(b),
      sinks_(sinks),
      units_(units),
      one_sided_(prefix != nullptr),
      options_(options),
      kernel_(common_kernel()),
      bars_(block_rows, (panel_columns + kGroup - 1) / kGroup * kGroup),
      reference_(block_rows * a.dim()),
      loaded_(block_rows) {}

void Resolver::begin_block(std::size_t first, std::size_t count, const QuantisedRows& rows,
                           const QuantisedColumns& columns, const float* row_slack) {
  first_row_ = first;
  rows_ = count;
  packed_rows_ = &rows;
  columns_ = &columns;
  row_slack_ = row_slack;
  std::fill(loaded_.begin(), loaded_.end(), false);
  fresh_.assign(bars_.row.size(), kShut);
  sinks_.row_bars(first, count, fresh_.data());
  bars_.set_rows(fresh_, units_);
  fresh_.assign(bars_.column.size(), kShut);
  sinks_.column_bars(columns.first(), columns.count(), fresh_.data());
  bars_.set_columns(fresh_, units_);
}

void Resolver::order(std::vector<ScreenHit>& hits) {
  if (hits.size() <= kChunk) {
    std::sort(hits.begin(), hits.end(), [](const ScreenHit& p, const ScreenHit& q) { return p.high > q.high; });
    return;
  }
  float low = std::numeric_limits<float>::infinity();
  float high = -low;
  for (const ScreenHit& hit : hits) {
    if (std::isinf(hit.high)) continue;
    low = std::min(low, hit.high);
    high = std::max(high, hit.high);
  }
  if (!(low < high)) return;
  const float per_bucket = static_cast<float>(kBuckets - 1) / (high - low);
  auto bucket = [&](const ScreenHit& hit) {
    const float at = (high - hit.high) * per_bucket;
    return at >= static_cast<float>(kBuckets) ? kBuckets - 1 : at > 0 ? static_cast<std::size_t>(at) : std::size_t{0};
  };
  std::size_t starts[kBuckets + 1] = {};
  for (const ScreenHit& hit : hits) ++starts[bucket(hit) + 1];
  for (std::size_t k = 0; k < kBuckets; ++k) starts[k + 1] += starts[k];
  sorted_.resize(hits.size());
  for (const ScreenHit& hit : hits) sorted_[starts[bucket(hit)]++] = hit;
  hits.swap(sorted_);
}

bool Resolver::wanted(const ScreenHit& hit) const {
  if (hit.row >= rows_ || hit.column >= columns_->count()) return false;
  if (options_.shape == Shape::upper) {
    const std::size_t i = first_row_ + hit.row;
    const std::size_t j = columns_->first() + hit.column;
    if (j <= i || a_.identity(i) == a_.identity(j)) return false;
  }
  return true;
}

bool Resolver::still_wanted(const ScreenHit& hit) const {
  return hit.high >= bars_.screen_row[hit.row] || hit.high >= bars_.screen_column[hit.column];
}

const float* Resolver::reference_row(std::size_t r) {
  if (const float* packed = packed_rows_->reference_row(first_row_ + r)) return packed;
  float* row = reference_.data() + r * a_.dim();
  if (!loaded_[r]) {
    a_.load(first_row_ + r, row);
    loaded_[r] = true;
  }
  return row;
}

Resolver::Estimate Resolver::estimate(const ScreenHit& hit) const {
  const std::size_t dim = a_.dim();
  const std::size_t i = first_row_ + hit.row;
  // A sum of float64 products in any order is within dim * 2^-52 of its exact value, relative to the norms.
  return scored(hit, kernel_.quick_dot(a_.raw(i).data(), columns_->reference_row(hit.column), dim),
                static_cast<double>(dim + 16) * 0x1p-52, 0);
}

Resolver::Estimate Resolver::rough_estimate(const ScreenHit& hit) const {
  const std::size_t dim = a_.dim();
  const std::size_t i = first_row_ + hit.row;
  const double dot = kernel_.fast_dot(a_.raw(i).data(), columns_->reference_row(hit.column), dim);
  if (!std::isfinite(dot)) return estimate(hit);
  return scored(hit, dot, fast_share(dim, kernel_.fast_sums), static_cast<double>(dim) * 0x1p-148);
}

Resolver::Estimate Resolver::scored(const ScreenHit& hit, double dot, double share, double underflow) const {
  const std::size_t i = first_row_ + hit.row;
  const std::size_t j = columns_->first() + hit.column;
  const double norm = a_.norm(i);
  double reach = norm * b_.norm(j);
  if (units_.unit) {
    // Dividing a row by its norm after the sum instead of before spares that row's rounding to float32, 2^-24 at most.
    dot = norm > 0 ? dot / norm : 0;
    underflow = norm > 0 ? underflow / norm : 0;
    reach = 1;
    share += 0x1.01p-24;
  }
  const double offset = a_.offset(i) + b_.offset(j);
  return {options_.law.alpha * dot + offset, 2 * (share * reach + underflow) + std::abs(offset) * 0x1p-50 + 1e-300};
}

void Resolver::count(std::vector<ScreenHit>& edges, std::vector<std::uint64_t>& counts) {
  const Bins& bins = sinks_.bins();
  const std::size_t dim = a_.dim();
  // A sum of float64 products in any order is within dim * 2^-53 of its exact value, relative to the norms (1 here).
  const double close = 2 * static_cast<double>(dim + 16) * 0x1p-52;
  const double near = fast_share(dim, kernel_.fast_sums) * (1 + 0x1p-20) + close;
  const auto counted = [&](double score, double half) {
    const std::size_t bin = bins.bin(score - half);
    const bool sure = bin + 1 == kHistogramBins || score + half < bins.edge(bin + 1);
    if (sure) ++counts[bin];
    return sure;
  };
  kept_.clear();
  for (std::size_t e = 0; e < edges.size(); ++e) {
    if (e + kAhead < edges.size()) {
      fetch(columns_->reference_row(edges[e + kAhead].column));
      fetch(reference_row(edges[e + kAhead].row));
    }
    const float* x = reference_row(edges[e].row);
    const float* y = columns_->reference_row(edges[e].column);
    if (counted(kernel_.fast_dot(x, y, dim), near)) continue;
    if (!counted(kernel_.quick_dot(x, y, dim), close)) kept_.push_back(edges[e]);
  }
  double dots[kExactBatch];
  for (std::size_t first = 0; first < kept_.size(); first += kExactBatch) {
    const std::size_t batched = batch(first, dots);
    for (std::size_t p = 0; p < batched; ++p) ++counts[bins.bin(options_.law.alpha * dots[p])];
  }
  certificate_.counted_apart += edges.size();
  edges.clear();
}

void Resolver::fetch(const float* row) const {
  constexpr std::size_t kFloatsPerLine = 16;
  for (std::size_t k = 0; k < a_.dim(); k += kFloatsPerLine) __builtin_prefetch(row + k);
}

void Resolver::resolve(std::vector<ScreenHit>& hits) {
  certificate_.survived += hits.size();
  order(hits);
  for (std::size_t at = 0; at < hits.size(); at += kChunk) {
    candidates_.clear();
    for (std::size_t h = at; h < std::min(hits.size(), at + kChunk); ++h) {
      if (still_wanted(hits[h]) && wanted(hits[h])) candidates_.push_back(hits[h]);
    }
    kept_.clear();
    for (std::size_t c = 0; c < candidates_.size(); ++c) {
      if (c + kAhead < candidates_.size()) {
        fetch(columns_->reference_row(candidates_[c + kAhead].column));
        fetch(a_.raw(first_row_ + candidates_[c + kAhead].row).data());
      }
      const ScreenHit& hit = candidates_[c];
      const Estimate estimated = rough_estimate(hit);
      const double high = estimated.score + estimated.half;
      if (high < bars_.row[hit.row] && high < bars_.column[hit.column]) continue;
      kept_.push_back(hit);
    }
    found_.clear();
    for (std::size_t first = 0; first < kept_.size(); first += kExactBatch) score(first);
    if (found_.empty()) continue;
    certificate_.rescored += found_.size();
    sinks_.offer(found_);
    refresh();
  }
  hits.clear();
}

std::size_t Resolver::batch(std::size_t first, double* dots) {
  const std::size_t count = std::min(kExactBatch, kept_.size() - first);
  const float* x[kExactBatch];
  const float* y[kExactBatch];
  for (std::size_t p = 0; p < kExactBatch; ++p) {
    const ScreenHit& hit = kept_[first + std::min(p, count - 1)];
    x[p] = reference_row(hit.row);
    y[p] = columns_->reference_row(hit.column);
  }
  kernel_.exact_dots(x, y, a_.dim(), dots);
  return count;
}

void Resolver::score(std::size_t first) {
  double dots[kExactBatch];
  const std::size_t count = batch(first, dots);
  for (std::size_t p = 0; p < count; ++p) {
    const ScreenHit& hit = kept_[first + p];
    PairScore pair{0, static_cast<RowIndex>(first_row_ + hit.row),
                   static_cast<RowIndex>(columns_->first() + hit.column)};
    pair.score = options_.law.alpha * dots[p];
    if (options_.law.offsets) pair.score += a_.offset(pair.a) + b_.offset(pair.b);
    judge(hit, pair.score);
    if (options_.shape == Shape::upper && a_.rank(pair.b) < a_.rank(pair.a)) std::swap(pair.a, pair.b);
    found_.push_back(pair);
  }
}

void Resolver::judge(const ScreenHit& hit, double score) {
  const double scaled = score / units_.scale();
  const auto high = static_cast<double>(hit.high);
  if (high < scaled - std::abs(scaled) * 1e-14 - 1e-300) {
    throw Error(ErrorCode::internal, "score", "screen",
                fmt::format("the proven bound {} lies below the score {} of row {} and row {}", high, scaled,
                            first_row_ + hit.row, columns_->first() + hit.column));
  }
  if (!units_.unit) return;
  double half = static_cast<double>(row_slack_[hit.row]) + static_cast<double>(columns_->slack[hit.column]);
  if (counts_all(sinks_)) half += std::abs(high) * 0x1p-20;  // the share of |v| that CountTile documents
  // With a prefix the screen's value holds the whole of the rests, which real pairs fall short of.
  const double error = one_sided_ ? std::max(0.0, scaled - (high - half)) : std::abs(high - half - scaled);
  certificate_.largest_half_width = std::max(certificate_.largest_half_width, half);
  certificate_.largest_error = std::max(certificate_.largest_error, error);
  certificate_.largest_share_of_bound = std::max(certificate_.largest_share_of_bound, error / half);
}

void Resolver::refresh() {
  double bar = 0;
  for (const ScreenHit& hit : kept_) {
    sinks_.row_bars(first_row_ + hit.row, 1, &bar);
    bars_.set_row(hit.row, bar, units_);
    sinks_.column_bars(columns_->first() + hit.column, 1, &bar);
    bars_.set_column(hit.column, bar, units_);
  }
}

}  // namespace semblance::scoring
