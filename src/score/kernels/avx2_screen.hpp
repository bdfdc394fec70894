#pragma once
// The screen with 256-bit vectors, for the kernels that have them.

#include <immintrin.h>

#include "score/kernels/count_tile.hpp"

namespace semblance::scoring {

template <class Tag, bool kUnit>
inline std::size_t screen_rows_256(const ScreenTile& tile, ScreenHit* hits) {
  constexpr std::size_t kLanes = 8;
  std::size_t found = 0;
  for (std::size_t r = 0; r < tile.rows; ++r) {
    const __m256 row_scale = _mm256_set1_ps(tile.row_scale[r]);
    const __m256 row_slack = _mm256_set1_ps(tile.row_slack[r]);
    const __m256 row_bar = _mm256_set1_ps(tile.row_bar[r]);
    alignas(32) float values[kGroup];
    std::uint64_t mask = 0;
    for (std::size_t c = 0; c < kGroup; c += kLanes) {
      const auto* at = reinterpret_cast<const __m256i*>(tile.products + r * kGroup + c);
      const __m256 product = _mm256_mul_ps(_mm256_cvtepi32_ps(_mm256_loadu_si256(at)), row_scale);
      __m256 high = _mm256_add_ps(
          _mm256_fmadd_ps(product, _mm256_loadu_ps(tile.column_scale + c), _mm256_loadu_ps(tile.column_slack + c)),
          row_slack);
      if constexpr (!kUnit) {
        const __m256 norm = _mm256_mul_ps(_mm256_loadu_ps(tile.column_norm + c), _mm256_set1_ps(tile.row_norm[r]));
        high = _mm256_add_ps(_mm256_fmadd_ps(high, norm, _mm256_loadu_ps(tile.column_offset + c)),
                             _mm256_set1_ps(tile.row_offset[r]));
      }
      const __m256 bar = _mm256_min_ps(row_bar, _mm256_loadu_ps(tile.column_bar + c));
      const auto over = static_cast<unsigned>(_mm256_movemask_ps(_mm256_cmp_ps(high, bar, _CMP_GE_OQ)));
      mask |= std::uint64_t{over} << c;
      _mm256_store_ps(values + c, high);
    }
    for (; __builtin_expect(mask != 0, 0); mask &= mask - 1) {
      const auto c = static_cast<std::size_t>(__builtin_ctzll(mask));
      hits[found++] = {values[c], static_cast<std::uint16_t>(tile.first_row + r),
                       static_cast<std::uint16_t>(tile.first_column + c)};
    }
  }
  return found;
}

template <class Tag>
inline std::size_t screen_256(const ScreenTile& tile, ScreenHit* hits) {
  return tile.unit ? screen_rows_256<Tag, true>(tile, hits) : screen_rows_256<Tag, false>(tile, hits);
}

/// Eight cosines of a tile, from `at` of its products on, in widths of a bin, as `row_scale` has it. Not fused: see
/// CountTile.
template <class Tag, Counted kWhat>
inline __m256 cosines_256(const CountTile& tile, std::size_t at, std::size_t column, __m256 row_scale) {
  if constexpr (kWhat == Counted::values) {
    return _mm256_mul_ps(_mm256_load_ps(tile.values + at), row_scale);
  } else {
    const auto order = [&](std::size_t o) {
      return _mm256_cvtepi32_ps(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(tile.products[o] + at)));
    };
    __m256 sum = order(0);
    if constexpr (kWhat == Counted::planes) {
      const __m256 ratio = _mm256_set1_ps(1.0F / kPlaneRatio);
      sum = _mm256_fmadd_ps(_mm256_fmadd_ps(order(2), ratio, order(1)), ratio, sum);
    }
    __m256 value = _mm256_mul_ps(_mm256_mul_ps(sum, _mm256_loadu_ps(tile.column_scale + column)), row_scale);
    __asm__("" : "+x"(value));  // or the compiler fuses it with what is added
    return value;
  }
}

template <class Tag, Counted kWhat>
inline CountFound count_rows_256(const CountTile& tile, ScreenHit* hits, ScreenHit* edges) {
  constexpr std::size_t kLanes = 8;
  constexpr bool kFine = kWhat != Counted::coarse;
  constexpr float kWidths = kHalfBins;
  const __m256 widths = _mm256_set1_ps(kWidths);
  const __m256 tail = _mm256_set1_ps(tile.tail * kWidths);
  const __m256 sign = _mm256_set1_ps(-0.0F);
  const __m256i middle = _mm256_set1_epi16(kHalfBins);
  const __m256i last = _mm256_set1_epi16(kCountBins - 1);
  CountFound found{0, 0};
  for (std::size_t r = 0; r < tile.rows; ++r) {
    const __m256 row_scale = _mm256_set1_ps(kWhat == Counted::values ? kWidths : tile.row_scale[r] * kWidths);
    const __m256 row_slack = _mm256_set1_ps(tile.row_slack[r] * kWidths);
    const __m256 row_bar = _mm256_set1_ps(tile.row_bar[r] * kWidths);
    alignas(32) float high[kGroup];
    std::uint64_t hit_mask = 0;
    std::uint64_t edge_mask = 0;
    const auto eight = [&](std::size_t c) {
      const __m256 value = cosines_256<Tag, kWhat>(tile, r * kGroup + c, c, row_scale);
      __m256 half = _mm256_add_ps(_mm256_mul_ps(_mm256_loadu_ps(tile.column_slack + c), widths), row_slack);
      if constexpr (kFine) half = _mm256_fmadd_ps(_mm256_andnot_ps(sign, value), _mm256_set1_ps(0x1p-20F), half);
      const __m256 upper = _mm256_add_ps(value, half);
      const __m256 bar = _mm256_min_ps(row_bar, _mm256_mul_ps(_mm256_loadu_ps(tile.column_bar + c), widths));
      const __m256 floor = _mm256_floor_ps(kFine ? _mm256_sub_ps(value, half) : value);
      const __m256 edge =
          kFine ? _mm256_cmp_ps(floor, _mm256_floor_ps(upper), _CMP_NEQ_UQ) : _mm256_cmp_ps(upper, tail, _CMP_GE_OQ);
      _mm256_store_ps(high + c, upper);
      const auto bits = [&](__m256 mask) {
        return std::uint64_t{static_cast<unsigned>(_mm256_movemask_ps(mask))} << c;
      };
      hit_mask |= bits(_mm256_cmp_ps(upper, bar, _CMP_GE_OQ));
      edge_mask |= bits(edge);
      return _mm256_cvtps_epi32(floor);
    };
    for (std::size_t c = 0; c < kGroup; c += 2 * kLanes) {
      const __m256i left = eight(c);
      const __m256i both = _mm256_permute4x64_epi64(_mm256_packs_epi32(left, eight(c + kLanes)), 0xd8);
      const __m256i shifted = _mm256_adds_epi16(both, middle);
      _mm256_storeu_si256(reinterpret_cast<__m256i*>(tile.bins + r * kGroup + c),
                          _mm256_max_epi16(_mm256_min_epi16(shifted, last), _mm256_setzero_si256()));
    }
    const std::uint64_t valid = valid_columns<Tag>(tile, r);
    if (__builtin_expect((hit_mask | edge_mask | ~valid) == 0, 1)) continue;
    set_apart<Tag>(tile, r, high, hit_mask, edge_mask, valid, hits, edges, found);
  }
  return found;
}

template <class Tag>
inline CountFound count_256(const CountTile& tile, ScreenHit* hits, ScreenHit* edges) {
  switch (tile.what) {
    case Counted::coarse:
      return count_rows_256<Tag, Counted::coarse>(tile, hits, edges);
    case Counted::planes:
      return count_rows_256<Tag, Counted::planes>(tile, hits, edges);
    case Counted::values:
      return count_rows_256<Tag, Counted::values>(tile, hits, edges);
  }
  return {0, 0};
}

}  // namespace semblance::scoring
