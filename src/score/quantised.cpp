#include "score/quantised.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "base/parallel.hpp"

namespace semblance::scoring {
namespace {

/// Covers the float32 arithmetic of the screen: at most a dozen roundings of terms that are at most thrice the
/// product of the norms (|sigma q| <= |x| + |e| <= 3 |x| within a kernel's most_dimensions), each within 2^-24.
constexpr double kArithmetic = 0x1p-18;
/// The same of a count by three planes, beside the share of |v| that the kernel adds: what the second and third order
/// lose, which `half_width` scales by their norms, and underflow.
constexpr double kCountArithmetic = 0x1p-30;
/// The norm of a cosine row after its quotients were rounded to float32 is below this.
constexpr double kUnitNorm = 1 + 0x1p-20;
/// Underflow of products of float32.
constexpr double kUnderflow = 1e-30;

/// A row's share of what a float kernel's roundings can amount to: half the sum of 2^-24 of its components' squares,
/// each as often as it is rounded. The shares that are left out, of what roundings do to one another, are within 2^-12.
double float_share(const float* row, std::size_t dim) {
  double sum = 0;
  for (std::size_t k = 0; k < dim; ++k) {
    sum += static_cast<double>(row[k]) * static_cast<double>(row[k]) * static_cast<double>(float_roundings(k, dim));
  }
  return 0x1p-25 * (1 + 0x1p-12) * sum;
}

std::size_t round_up_to(std::size_t n, std::size_t multiple) { return (n + multiple - 1) / multiple * multiple; }

}  // namespace

float round_up(double value) {
  const auto nearest = static_cast<float>(value);
  return static_cast<double>(nearest) >= value ? nearest
                                               : std::nextafter(nearest, std::numeric_limits<float>::infinity());
}

float round_down(double value) { return -round_up(-value); }

ScreenUnits::ScreenUnits(const Side& a, const Side& b, Comparison comparison)
    : unit(comparison == Comparison::cosine), alpha(score_law(comparison).alpha) {
  if (unit) return;
  left = a.largest_norm();
  right = b.largest_norm();
  if (comparison == Comparison::negative_squared_l2) left = right = std::max(left, right);
  if (left == 0) left = 1;
  if (right == 0) right = 1;
}

float ScreenUnits::bar(double score) const {
  if (std::isinf(score)) return static_cast<float>(score);
  const double bar = score / scale();
  // The quotient's own rounding; the float32 below the smallest normal one would be lost to underflow.
  return round_down(bar - std::abs(bar) * 1e-15 - kUnderflow);
}

double largest_quantised_norm(std::size_t dim) {
  return kUnitNorm * (1 + std::sqrt(static_cast<double>(dim)) / (2 * kLevels)) * (1 + 1e-8);
}

QuantisedRows::QuantisedRows(const Side& side, const ScreenUnits& units, const TileKernel& kernel, const Prefix* prefix,
                             std::size_t planes, std::size_t capacity)
    : side_(side),
      units_(units),
      kernel_(kernel),
      prefix_(prefix),
      dim_(prefix != nullptr ? prefix->dim() : side.dim()),
      planes_(planes),
      capacity_(round_up_to(capacity, kernel.row_tile) + kernel.row_tile),
      depth_(round_up_to(std::max<std::size_t>(dim_, 1), kernel.depth_multiple)),
      stride_bytes_(round_up_to(depth_ * kernel.element_bytes, 64)) {
  // Rows 4 KiB apart would share the same few cache sets.
  if (stride_bytes_ % 1024 == 0) stride_bytes_ += 64;
  values_ = AlignedArray<std::uint8_t>(planes * capacity_ * stride_bytes_);
  sums_ = AlignedArray<std::int32_t>(planes * capacity_);
  for (AlignedArray<float>* values : {&scale, &slack, &norm, &offset, &second, &third}) {
    *values = AlignedArray<float>(capacity_);
  }
}

void QuantisedRows::fill_floats(std::size_t at, const float* row) {
  std::uint8_t* values = values_.data() + at * stride_bytes_;
  std::memset(values, 0, stride_bytes_);
  std::memcpy(values, row, dim_ * sizeof(float));
  scale[at] = norm[at] = 1;
  offset[at] = 0;
  slack[at] = round_up(float_share(row, dim_));
}

void QuantisedRows::fill_row(std::size_t i, const float* row, std::int8_t* q) {
  const std::size_t at = i - first_;
  if (kernel_.values != nullptr) return fill_floats(at, row);
  auto store = [&](std::size_t plane, const std::int8_t* from, std::int32_t sum) {
    std::uint8_t* values = values_.data() + (plane * capacity_ + at) * stride_bytes_;
    std::memset(values, 0, stride_bytes_);
    if (kernel_.element_bytes == 1) {
      std::memcpy(values, from, dim_);
    } else {
      std::copy_n(from, dim_, reinterpret_cast<std::int16_t*>(values));
    }
    sums_[plane * capacity_ + at] = sum;
  };
  const QuantiseRow quantise = kernel_.quantise_row != nullptr ? kernel_.quantise_row : common_kernel().quantise_row;
  const Quantised quantised = quantise(row, dim_, q);
  store(0, q, quantised.sum);
  if (planes_ == kMostPlanes) {
    const Refined refined = common_kernel().refine_row(row, dim_, quantised.scale, q, q + dim_, q + 2 * dim_);
    store(1, q + dim_, refined.sums[0]);
    store(2, q + 2 * dim_, refined.sums[1]);
    scale[at] = static_cast<float>(quantised.scale);
    slack[at] = round_up(refined.error);
    second[at] = round_up(refined.second);
    third[at] = round_up(refined.third);
    norm[at] = 1;
    offset[at] = 0;
    return;
  }
  if (units_.unit) {
    scale[at] = static_cast<float>(quantised.scale);
    slack[at] = round_up(quantised.error);
    return;
  }
  const double length = side_.norm(i);
  if (prefix_ != nullptr) {
    // The columns count relative to their norm |y|, not to |sigma q|, which is at most so much longer.
    const double longer = prefix_->growth() + std::sqrt(static_cast<double>(dim_)) / (2 * kernel_.column_levels);
    scale[at] = static_cast<float>(quantised.scale);
    slack[at] = round_up(quantised.error * longer * (1 + 1e-9) + kArithmetic);
  } else {
    scale[at] = length > 0 ? static_cast<float>(quantised.scale / length) : 0.0F;
    slack[at] = round_up((length > 0 ? quantised.error / length : 0) * (1 + 1e-9) + kArithmetic);
  }
  norm[at] = round_up(length / units_.left * (1 + 1e-12));
  const double u = side_.offset(i) / units_.scale();
  offset[at] = round_up(u + std::abs(u) * kArithmetic + kUnderflow);
}

void QuantisedRows::fill(std::size_t first, std::size_t end, unsigned threads) {
  first_ = first;
  constexpr std::size_t kRowsPerTask = 256;
  parallel_for((end - first + kRowsPerTask - 1) / kRowsPerTask, threads, [&](std::size_t task, unsigned) {
    std::vector<float> row(side_.dim() * Prefix::kBatch);
    std::vector<float> standins(prefix_ != nullptr ? prefix_->stride() * Prefix::kBatch : 0);
    std::vector<std::int8_t> q(dim_ * kMostPlanes);
    const std::size_t from = first + task * kRowsPerTask;
    const std::size_t to = std::min(end, from + kRowsPerTask);
    for (std::size_t i = from; i < to && prefix_ != nullptr; i += Prefix::kBatch) {
      const std::size_t count = std::min(Prefix::kBatch, to - i);
      prefix_->project(side_, i, count, row.data(), standins.data());
      for (std::size_t r = 0; r < count; ++r) fill_row(i + r, standins.data() + r * prefix_->stride(), q.data());
    }
    for (std::size_t i = from; i < to && prefix_ == nullptr; ++i) {
      side_.load(i, row.data());
      fill_row(i, row.data(), q.data());
    }
  });
  const std::size_t used = end - first;
  // A job's last tile may begin at any row.
  const std::size_t padded = used + kernel_.row_tile;
  for (std::size_t at = used; at < padded; ++at) {
    for (std::size_t plane = 0; plane < planes_; ++plane) {
      std::memset(values_.data() + (plane * capacity_ + at) * stride_bytes_, 0, stride_bytes_);
      sums_[plane * capacity_ + at] = 0;
    }
    scale[at] = norm[at] = offset[at] = second[at] = third[at] = 0;
    slack[at] = -std::numeric_limits<float>::infinity();
  }
}

QuantisedColumns::QuantisedColumns(const Side& side, const ScreenUnits& units, const TileKernel& kernel,
                                   const Prefix* prefix, std::size_t planes, std::size_t capacity)
    : side_(side),
      units_(units),
      kernel_(kernel),
      prefix_(prefix),
      planes_(planes),
      capacity_groups_((capacity + kGroup - 1) / kGroup),
      dim_(prefix != nullptr ? prefix->dim() : side.dim()),
      depth_(round_up_to(std::max<std::size_t>(dim_, 1), kernel.depth_multiple)),
      group_bytes_(depth_ * kernel.element_bytes * kGroup) {
  for (auto& q : q_) q.resize(round_up_to(dim_, 64) + 64);
  const std::size_t columns = capacity_groups_ * kGroup;
  scale = AlignedArray<float>(columns);
  slack = AlignedArray<float>(columns);
  norm = AlignedArray<float>(columns);
  offset = AlignedArray<float>(columns);
  packed_ = AlignedArray<std::uint8_t>(planes * capacity_groups_ * group_bytes_);
  rows_ = AlignedArray<float>(columns * side.dim());
}

void QuantisedColumns::pack(std::size_t c, std::size_t plane, const std::int8_t* q) {
  std::uint8_t* group = packed_.data() + (plane * capacity_groups_ + c / kGroup) * group_bytes_;
  const std::size_t width = kernel_.slice_columns;
  const std::size_t slice = c % kGroup / width;
  const std::size_t lane = c % width;
  std::uint8_t* at = group + slice * width * depth_ * kernel_.element_bytes;
  if (kernel_.element_bytes == 1) {
    // Four signed bytes, each with the offset added: first 128, then away what that is too much. Neither carries, for
    // no value lies below minus the offset.
    const std::uint32_t flip = kernel_.column_offset > 0 ? 0x80808080U : 0U;
    const std::uint32_t less =
        kernel_.column_offset > 0 ? 0x01010101U * static_cast<std::uint32_t>(128 - kernel_.column_offset) : 0U;
    auto* to = reinterpret_cast<std::uint32_t*>(at) + lane;
    for (std::size_t k = 0; k < depth_; k += 4, to += width) {
      std::uint32_t four = 0;
      std::memcpy(&four, q + k, 4);
      *to = (four ^ flip) - less;
    }
    return;
  }
  auto* to = reinterpret_cast<std::int16_t*>(at) + 2 * lane;
  for (std::size_t k = 0; k < depth_; k += 2, to += 2 * width) {
    to[0] = std::int16_t{q[k]};
    to[1] = std::int16_t{q[k + 1]};
  }
}

void QuantisedColumns::fill(std::size_t first, std::size_t count) {
  first_ = first;
  count_ = count;
  largest_norm_ = largest_second_ = largest_third_ = 0;
  for (auto& q : q_) std::fill(q.begin(), q.end(), std::int8_t{0});
  const std::size_t full = side_.dim();
  for (std::size_t c = 0; c < count; ++c) side_.load(first + c, rows_.data() + c * full);
  if (prefix_ == nullptr) {
    for (std::size_t c = 0; c < count; ++c) fill_column(c, rows_.data() + c * full);
  } else {
    std::vector<float> work(full * Prefix::kBatch);
    std::vector<float> standins(prefix_->stride() * Prefix::kBatch);
    for (std::size_t c = 0; c < count; c += Prefix::kBatch) {
      const std::size_t batch = std::min(Prefix::kBatch, count - c);
      prefix_->project(side_, first + c, batch, work.data(), standins.data());
      for (std::size_t r = 0; r < batch; ++r) fill_column(c + r, standins.data() + r * prefix_->stride());
    }
  }
  std::fill(q_[0].begin(), q_[0].end(), std::int8_t{0});
  const std::vector<float> nothing(kernel_.values != nullptr && count < groups() * kGroup ? dim_ : 0);
  for (std::size_t c = count; c < groups() * kGroup; ++c) {
    if (kernel_.values != nullptr) fill_floats(c, nothing.data());
    for (std::size_t plane = 0; plane < planes_ && kernel_.values == nullptr; ++plane) pack(c, plane, q_[0].data());
    scale[c] = norm[c] = offset[c] = 0;
    slack[c] = -std::numeric_limits<float>::infinity();
  }
}

void QuantisedColumns::fill_floats(std::size_t c, const float* row) {
  const std::size_t width = kernel_.slice_columns;
  auto* to = reinterpret_cast<float*>(packed_.data() + c / kGroup * group_bytes_) +
             c % kGroup / width * width * depth_ + c % width;
  for (std::size_t k = 0; k < depth_; ++k) to[k * width] = k < dim_ ? row[k] : 0;
  scale[c] = norm[c] = 1;
  offset[c] = 0;
  slack[c] = round_up(float_share(row, dim_) + kCountArithmetic);
}

void QuantisedColumns::fill_column(std::size_t c, const float* row) {
  if (kernel_.values != nullptr) return fill_floats(c, row);
  const QuantiseRow quantise =
      kernel_.quantise_column != nullptr ? kernel_.quantise_column : common_kernel().quantise_row;
  const Quantised quantised = quantise(row, dim_, q_[0].data());
  pack(c, 0, q_[0].data());
  if (planes_ == kMostPlanes) {
    const Refined refined =
        common_kernel().refine_row(row, dim_, quantised.scale, q_[0].data(), q_[1].data(), q_[2].data());
    pack(c, 1, q_[1].data());
    pack(c, 2, q_[2].data());
    largest_norm_ = std::max(largest_norm_, refined.norm);
    largest_second_ = std::max(largest_second_, refined.second);
    largest_third_ = std::max(largest_third_, refined.third);
    scale[c] = static_cast<float>(quantised.scale);
    slack[c] = round_up(refined.error * kUnitNorm + kCountArithmetic);
    norm[c] = 1;
    offset[c] = 0;
    return;
  }
  largest_norm_ = std::max(largest_norm_, quantised.norm);
  const double growth = prefix_ != nullptr ? prefix_->growth() : kUnitNorm;
  const double loss = kArithmetic + (prefix_ != nullptr ? prefix_->slack() : 0);
  if (units_.unit) {
    scale[c] = static_cast<float>(quantised.scale);
    slack[c] = round_up(quantised.error * growth + loss);
    norm[c] = 1;
    offset[c] = 0;
    return;
  }
  if (prefix_ != nullptr) {
    scale[c] = static_cast<float>(quantised.scale);
    slack[c] = round_up(quantised.error * growth * (1 + 1e-9) + loss);
    norm[c] = round_up(side_.norm(first_ + c) / units_.right * (1 + 1e-12));
  } else {
    // Relative to |sigma q|, which multiplies the whole bracket again.
    const double length = quantised.norm;
    scale[c] = length > 0 ? static_cast<float>(quantised.scale / length) : 0.0F;
    slack[c] = round_up((length > 0 ? quantised.error / length : 0) * (1 + 1e-9) + loss);
    norm[c] = round_up(length / units_.right * (1 + 1e-12));
  }
  const double v = side_.offset(first_ + c) / units_.scale();
  offset[c] = round_up(v + std::abs(v) * kArithmetic + kUnderflow);
}

}  // namespace semblance::scoring
