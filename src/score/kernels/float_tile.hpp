#pragma once
// Products of a tile in float32, for kernels that count every score sooner so than by planes of bytes.
//
// A sum is made of runs: kFloatRun products are summed in registers, in two chains in turn, the chains' sums are added,
// and the runs' sums one after the other. A rounding is within 2^-24 of what is rounded, which by Cauchy and Schwarz is
// at most the product X Y of the norms of the parts of both rows that went into it; XY <= (X^2 + Y^2) / 2, so a row's
// share of the error is half the sum over all roundings of X^2, and a component counts there as often as it is rounded
// (`float_roundings`). Instantiated with a type of the including file's unnamed namespace, like common_rows.hpp.

#include "score/kernels/count_tile.hpp"

namespace semblance::scoring {

/// A run of kRows rows with kVectors vectors of columns, `width` floats from one k to the next; added to `out`.
template <class Tag, class Vector, std::size_t kRows, std::size_t kVectors>
inline void float_run(const float* rows, std::size_t row_stride, const float* columns, std::size_t width, float* out) {
  constexpr std::size_t kLanes = sizeof(Vector) / sizeof(float);
  Vector sums[kFloatChains][kRows][kVectors] = {};
  for (std::size_t k = 0; k < kFloatRun; k += kFloatChains) {
#pragma GCC unroll 4
    for (std::size_t chain = 0; chain < kFloatChains; ++chain) {
      Vector at[kVectors];
#pragma GCC unroll 4
      for (std::size_t v = 0; v < kVectors; ++v) {
        __builtin_memcpy(&at[v], columns + (k + chain) * width + v * kLanes, sizeof(Vector));
        __asm__("" : "+v"(at[v]));  // once for all rows: GCC would load it with every product
      }
#pragma GCC unroll 8
      for (std::size_t r = 0; r < kRows; ++r) {
        const float x = rows[r * row_stride + k + chain];
#pragma GCC unroll 4
        for (std::size_t v = 0; v < kVectors; ++v) sums[chain][r][v] += at[v] * x;
      }
    }
  }
#pragma GCC unroll 8
  for (std::size_t r = 0; r < kRows; ++r) {
#pragma GCC unroll 4
    for (std::size_t v = 0; v < kVectors; ++v) {
      float* to = out + r * kGroup + v * kLanes;
      Vector total;
      __builtin_memcpy(&total, to, sizeof total);
      total += sums[0][r][v] + sums[1][r][v];
      __builtin_memcpy(to, &total, sizeof total);
    }
  }
}

/// kTileRows rows with kGroup columns, of which a run of a slice stays in the first-level cache while the rows pass.
template <class Tag, class Vector, std::size_t kRows, std::size_t kVectors, std::size_t kTileRows>
inline void float_values(const float* rows, std::size_t row_stride, const float* columns, std::size_t depth, float* out,
                         const Tally& tally) {
  constexpr std::size_t kWidth = kVectors * sizeof(Vector) / sizeof(float);
  static_assert(kTileRows % kRows == 0 && kGroup % kWidth == 0);
  for (std::size_t c = 0; c < kTileRows * kGroup; ++c) out[c] = 0;
  Tallying<Tag> tallying(tally, kTileRows * kGroup, kGroup / kWidth * (kTileRows / kRows) * (depth / kFloatRun));
  for (std::size_t slice = 0; slice < kGroup; slice += kWidth) {
    for (std::size_t run = 0; run < depth; run += kFloatRun) {
      for (std::size_t r = 0; r < kTileRows; r += kRows) {
        tallying.next();
        float_run<Tag, Vector, kRows, kVectors>(rows + r * row_stride + run, row_stride,
                                                columns + slice * depth + run * kWidth, kWidth,
                                                out + r * kGroup + slice);
      }
    }
  }
}

}  // namespace semblance::scoring
