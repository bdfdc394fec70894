#pragma once
// Row functions written once for every instruction set. Instantiated with a type of the including file's unnamed
// namespace, so that copies compiled for different CPUs stay apart.

#include "score/kernels/kernel.hpp"

namespace semblance::scoring {

/// Independent sums, so that the compiler can use vectors without reordering a sum.
inline constexpr std::size_t kSums = 16;

template <class Tag>
inline double lane_total(const double* lanes) {
  double total = 0;
  for (std::size_t l = 0; l < kSums; ++l) total += lanes[l];
  return total;
}

/// The same as a tree, where the order is free: it doesn't wait for every addition.
template <class Tag>
inline double tree_total(double* lanes) {
  for (std::size_t width = kSums / 2; width > 0; width /= 2) {
    for (std::size_t l = 0; l < width; ++l) lanes[l] += lanes[l + width];
  }
  return lanes[0];
}

template <class Tag>
inline double quick_dot_rows(const float* x, const float* y, std::size_t dim) {
  double lanes[kSums] = {};
  std::size_t k = 0;
  for (; k + kSums <= dim; k += kSums) {
    for (std::size_t l = 0; l < kSums; ++l) lanes[l] += static_cast<double>(x[k + l]) * static_cast<double>(y[k + l]);
  }
  for (std::size_t l = 0; k + l < dim; ++l) lanes[l] += static_cast<double>(x[k + l]) * static_cast<double>(y[k + l]);
  return tree_total<Tag>(lanes);
}

/// Sums of fast_dot_rows, side by side, in vectors of floats.
inline constexpr std::size_t kFastVectors = 8;
template <class Vector>
inline constexpr std::size_t kFastSums = kFastVectors * sizeof(Vector) / sizeof(float);

/// The same in float32.
template <class Tag, class Vector>
inline double fast_dot_rows(const float* x, const float* y, std::size_t dim) {
  constexpr std::size_t kLanes = sizeof(Vector) / sizeof(float);
  Vector sums[kFastVectors] = {};
  std::size_t k = 0;
  for (; k + kFastSums<Vector> <= dim; k += kFastSums<Vector>) {
#pragma GCC unroll 8
    for (std::size_t v = 0; v < kFastVectors; ++v) {
      Vector a;
      Vector b;
      __builtin_memcpy(&a, x + k + v * kLanes, sizeof a);
      __builtin_memcpy(&b, y + k + v * kLanes, sizeof b);
      sums[v] += a * b;
    }
  }
  float flat[kFastSums<Vector>];
  __builtin_memcpy(flat, sums, sizeof flat);
  for (std::size_t l = 0; k + l < dim; ++l) flat[l] += x[k + l] * y[k + l];
  double lanes[kSums] = {};
  for (std::size_t at = 0; at < kFastSums<Vector>; at += kSums) {
    for (std::size_t l = 0; l < kSums; ++l) lanes[l] += static_cast<double>(flat[at + l]);
  }
  return tree_total<Tag>(lanes);
}

/// max|x|
template <class Tag>
inline float largest(const float* row, std::size_t dim) {
  float lanes[kSums] = {};
  std::size_t k = 0;
  for (; k + kSums <= dim; k += kSums) {
    for (std::size_t l = 0; l < kSums; ++l) {
      const float x = __builtin_fabsf(row[k + l]);
      lanes[l] = lanes[l] > x ? lanes[l] : x;
    }
  }
  float most = 0;
  for (; k < dim; ++k) most = most > __builtin_fabsf(row[k]) ? most : __builtin_fabsf(row[k]);
  for (const float lane : lanes) most = most > lane ? most : lane;
  return most;
}

/// By a given sigma, at least max|x| / kLevels; `most` is max|x|.
template <class Tag>
inline Quantised quantise_by(const float* row, std::size_t dim, float most, double scale, std::int8_t* q) {
  std::size_t k = 0;
  if (most == 0) {
    for (k = 0; k < dim; ++k) q[k] = 0;
    return {0, 0, 0, 0};
  }
  const double inverse = 1 / scale;
  constexpr double kRound = 6755399441055744.0;  // 1.5 * 2^52: adding and taking it away rounds to an integer
  double errors[kSums] = {};
  double squares[kSums] = {};
  std::int32_t sums[kSums] = {};
  auto step = [&](std::size_t at, std::size_t l) {
    const auto x = static_cast<double>(row[at]);
    // By way of float32, so that no compiler can fuse the product with the sum and round otherwise.
    const double level = (static_cast<double>(static_cast<float>(x * inverse)) + kRound) - kRound;
    const double error = x - scale * level;
    errors[l] += error * error;
    squares[l] += level * level;
    const auto value = static_cast<std::int32_t>(level);
    sums[l] += value;
    q[at] = static_cast<std::int8_t>(value);
  };
  for (k = 0; k + kSums <= dim; k += kSums) {
    for (std::size_t l = 0; l < kSums; ++l) step(k + l, l);
  }
  for (std::size_t l = 0; k + l < dim; ++l) step(k + l, l);
  std::int32_t sum = 0;
  for (const std::int32_t lane : sums) sum += lane;
  // |x|'s rounding in x - scale * level is within 2^-52 of max|x| an element; 1e-9 covers it and the sums' rounding.
  const double slack = static_cast<double>(most) * 1e-9;
  return {scale, __builtin_sqrt(lane_total<Tag>(errors)) * (1 + 1e-9) + slack,
          scale * __builtin_sqrt(lane_total<Tag>(squares)) * (1 + 1e-9), sum};
}

template <class Tag>
inline Quantised quantise(const float* row, std::size_t dim, std::int8_t* q) {
  const float most = largest<Tag>(row, dim);
  return quantise_by<Tag>(row, dim, most, static_cast<double>(most) / kLevels, q);
}

template <class Tag>
inline Refined refine(const float* row, std::size_t dim, double scale, const std::int8_t* q, std::int8_t* second,
                      std::int8_t* third) {
  if (scale == 0) {
    for (std::size_t k = 0; k < dim; ++k) second[k] = third[k] = 0;
    return {};
  }
  constexpr double kRound = 6755399441055744.0;
  const double second_scale = scale / kPlaneRatio;
  const double third_scale = second_scale / kPlaneRatio;
  const double second_inverse = 1 / second_scale;
  const double third_inverse = 1 / third_scale;
  double errors[kSums] = {};
  double norms[kSums] = {};
  double seconds[kSums] = {};
  double thirds[kSums] = {};
  std::int32_t second_sums[kSums] = {};
  std::int32_t third_sums[kSums] = {};
  auto level = [](double x) {
    // Rounding just over half a step would leave int8.
    const double rounded = (static_cast<double>(static_cast<float>(x)) + kRound) - kRound;
    return rounded > kLevels ? double{kLevels} : rounded < -kLevels ? double{-kLevels} : rounded;
  };
  auto step = [&](std::size_t at, std::size_t l) {
    const auto x = static_cast<double>(row[at]);
    const double first = scale * static_cast<double>(q[at]);
    const double residual = x - first;
    const double two = level(residual * second_inverse);
    const double rest = residual - second_scale * two;
    const double three = level(rest * third_inverse);
    const double error = rest - third_scale * three;
    const double value = x - error;
    errors[l] += error * error;
    norms[l] += value * value;
    seconds[l] += two * two;
    thirds[l] += three * three;
    second[at] = static_cast<std::int8_t>(static_cast<std::int32_t>(two));
    third[at] = static_cast<std::int8_t>(static_cast<std::int32_t>(three));
    second_sums[l] += static_cast<std::int32_t>(two);
    third_sums[l] += static_cast<std::int32_t>(three);
  };
  std::size_t k = 0;
  for (; k + kSums <= dim; k += kSums) {
    for (std::size_t l = 0; l < kSums; ++l) step(k + l, l);
  }
  for (std::size_t l = 0; k + l < dim; ++l) step(k + l, l);
  Refined refined{};
  for (std::size_t l = 0; l < kSums; ++l) {
    refined.sums[0] += second_sums[l];
    refined.sums[1] += third_sums[l];
  }
  // As for the first plane: the rounding of the residuals is within 2^-51 of max|x| = scale * kLevels an element.
  const double slack = scale * kLevels * 1e-12;
  refined.error = __builtin_sqrt(lane_total<Tag>(errors)) * (1 + 1e-9) + slack;
  refined.norm = __builtin_sqrt(lane_total<Tag>(norms)) * (1 + 1e-9) + slack;
  refined.second = second_scale * __builtin_sqrt(lane_total<Tag>(seconds)) * (1 + 1e-9);
  refined.third = third_scale * __builtin_sqrt(lane_total<Tag>(thirds)) * (1 + 1e-9);
  return refined;
}

/// A product with the reciprocal, which takes a quarter of a division, lies within two units in the last place of the
/// quotient. The float32 next to both is the same unless the boundary between two float32 lies there too: rows that
/// come near one are divided.
template <class Tag>
inline void divide(const float* row, double norm, std::size_t dim, float* out) {
  constexpr std::uint64_t kLost = (std::uint64_t{1} << 29U) - 1;  // bits of a float64 that a float32 has not
  constexpr std::uint64_t kBoundary = std::uint64_t{1} << 28U;
  constexpr std::uint64_t kNear = 8;
  constexpr std::uint64_t kSmallestNormal = std::uint64_t{0x381} << 52U;  // of float32; below it more bits are lost
  const double inverse = 1 / norm;
  std::uint64_t near = 0;
  for (std::size_t k = 0; k < dim; ++k) {
    const double quotient = static_cast<double>(row[k]) * inverse;
    out[k] = static_cast<float>(quotient);
    std::uint64_t bits = 0;
    __builtin_memcpy(&bits, &quotient, sizeof bits);
    near |= static_cast<std::uint64_t>((bits & kLost) - (kBoundary - kNear) <= 2 * kNear);
    near |= static_cast<std::uint64_t>(2 * bits - 1 < 2 * kSmallestNormal - 1);  // but not 0
  }
  if (near == 0) return;
  for (std::size_t k = 0; k < dim; ++k) out[k] = static_cast<float>(static_cast<double>(row[k]) / norm);
}

/// Eight sums at a time, each in index order: their additions wait for one another, the products don't have to.
template <class Tag>
inline void exact(const float* const* x, const float* const* y, std::size_t dim, double* out) {
  constexpr std::size_t kRun = 8;
  double sums[kExactBatch] = {};
  std::size_t k = 0;
  for (; k + kRun <= dim; k += kRun) {
    double products[kExactBatch][kRun];
    for (std::size_t p = 0; p < kExactBatch; ++p) {
      for (std::size_t l = 0; l < kRun; ++l)
        products[p][l] = static_cast<double>(x[p][k + l]) * static_cast<double>(y[p][k + l]);
    }
    for (std::size_t l = 0; l < kRun; ++l) {
      for (std::size_t p = 0; p < kExactBatch; ++p) sums[p] += products[p][l];
    }
  }
  for (; k < dim; ++k) {
    for (std::size_t p = 0; p < kExactBatch; ++p)
      sums[p] += static_cast<double>(x[p][k]) * static_cast<double>(y[p][k]);
  }
  for (std::size_t p = 0; p < kExactBatch; ++p) out[p] = sums[p];
}

/// `Vector` is a GCC vector of floats; kProjectStep is a multiple of its length.
template <class Tag, class Vector>
inline void project(const float* const* rows, std::size_t dim, const float* basis, std::size_t stride,
                    float* const* out) {
  constexpr std::size_t kRows = 4;
  constexpr std::size_t kLanes = sizeof(Vector) / sizeof(float);
  constexpr std::size_t kVectors = kLanes == 4 ? 2 : kProjectStep / kLanes;
  for (std::size_t j = 0; j < stride; j += kVectors * kLanes) {
    Vector totals[kRows][kVectors] = {};
    for (std::size_t run = 0; run < dim; run += kProjectRun) {
      const std::size_t end = run + kProjectRun < dim ? run + kProjectRun : dim;
      Vector sums[kRows][kVectors] = {};
      for (std::size_t k = run; k < end; ++k) {
        Vector at[kVectors];
        __builtin_memcpy(at, basis + k * stride + j, sizeof at);
        for (std::size_t r = 0; r < kRows; ++r) {
          for (std::size_t v = 0; v < kVectors; ++v) sums[r][v] += at[v] * rows[r][k];
        }
      }
      for (std::size_t r = 0; r < kRows; ++r) {
        for (std::size_t v = 0; v < kVectors; ++v) totals[r][v] += sums[r][v];
      }
    }
    for (std::size_t r = 0; r < kRows; ++r) __builtin_memcpy(out[r] + j, totals[r], sizeof totals[r]);
  }
}

/// The screen in plain loops; `Tag` keeps the copies apart.
template <class Tag>
inline std::size_t screen_plain(const ScreenTile& tile, ScreenHit* hits) {
  std::size_t found = 0;
  for (std::size_t r = 0; r < tile.rows; ++r) {
    const std::int32_t* products = tile.products + r * kGroup;
    float high[kGroup];
    const float scale = tile.row_scale[r];
    const float slack = tile.row_slack[r];
    for (std::size_t c = 0; c < kGroup; ++c) {
      high[c] = static_cast<float>(products[c]) * tile.column_scale[c] * scale + tile.column_slack[c] + slack;
    }
    if (!tile.unit) {
      const float norm = tile.row_norm[r];
      const float offset = tile.row_offset[r];
      for (std::size_t c = 0; c < kGroup; ++c) {
        high[c] = high[c] * tile.column_norm[c] * norm + tile.column_offset[c] + offset;
      }
    }
    const float bar = tile.row_bar[r];
    int any = 0;
    for (std::size_t c = 0; c < kGroup; ++c) {
      any |= static_cast<int>(high[c] >= bar) | static_cast<int>(high[c] >= tile.column_bar[c]);
    }
    if (any == 0) continue;
    for (std::size_t c = 0; c < kGroup; ++c) {
      if (!(high[c] >= bar || high[c] >= tile.column_bar[c])) continue;
      hits[found++] = {high[c], static_cast<std::uint16_t>(tile.first_row + r),
                       static_cast<std::uint16_t>(tile.first_column + c)};
    }
  }
  return found;
}

static inline void nothing() {}

}  // namespace semblance::scoring
