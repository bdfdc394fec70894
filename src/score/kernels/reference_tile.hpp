#pragma once
// The reference inner product across columns, written once for every vector width. Instantiated with a type of the
// including file's unnamed namespace, so that copies compiled for different CPUs stay apart.

#include "score/kernels/kernel.hpp"

namespace semblance::scoring {

/// `Vector` is a GCC vector of doubles, `Half` one of as many floats; kFloatGroup is a multiple of their length.
template <class Tag, class Vector, class Half, int kRows>
inline void reference_rows(const float* rows, std::size_t row_stride, const float* packed, std::size_t dim, double* out,
                           std::size_t out_stride) {
  constexpr std::size_t kLanes = sizeof(Vector) / sizeof(double);
  constexpr std::size_t kVectors = kFloatGroup / kLanes;
  Vector sums[kRows][kVectors] = {};
  for (std::size_t k = 0; k < dim; ++k) {
    Vector columns[kVectors];
    for (std::size_t v = 0; v < kVectors; ++v) {
      Half half;
      __builtin_memcpy(&half, packed + k * kFloatGroup + v * kLanes, sizeof half);
      columns[v] = __builtin_convertvector(half, Vector);
    }
    for (int r = 0; r < kRows; ++r) {
      const auto x = static_cast<double>(rows[static_cast<std::size_t>(r) * row_stride + k]);
      // The product of two float32 is exact in float64, so a fused multiply-add gives the same bits.
      for (std::size_t v = 0; v < kVectors; ++v) sums[r][v] += columns[v] * x;
    }
  }
  for (int r = 0; r < kRows; ++r) {
    __builtin_memcpy(out + static_cast<std::size_t>(r) * out_stride, sums[r], sizeof sums[r]);
  }
}

template <class Tag, class Vector, class Half, int kRows>
inline void reference_tile(const float* rows, std::size_t row_stride, std::size_t count, const float* packed,
                           std::size_t groups, std::size_t dim, double* out, std::size_t out_stride) {
  for (std::size_t g = 0; g < groups; ++g) {
    const float* group = packed + g * dim * kFloatGroup;
    double* to = out + g * kFloatGroup;
    std::size_t r = 0;
    for (; r + kRows <= count; r += kRows) {
      reference_rows<Tag, Vector, Half, kRows>(rows + r * row_stride, row_stride, group, dim, to + r * out_stride,
                                               out_stride);
    }
    for (; r < count; ++r) {
      reference_rows<Tag, Vector, Half, 1>(rows + r * row_stride, row_stride, group, dim, to + r * out_stride,
                                           out_stride);
    }
  }
}

}  // namespace semblance::scoring
