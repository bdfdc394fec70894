#pragma once
// The screen with 512-bit vectors, for the kernels that have them.

#include <immintrin.h>

#include "score/kernels/count_tile.hpp"

namespace semblance::scoring {

template <class Tag, bool kUnit>
inline std::size_t screen_rows_512(const ScreenTile& tile, ScreenHit* hits) {
  constexpr std::size_t kVectors = kGroup / 16;
  __m512 scale[kVectors];
  __m512 slack[kVectors];
  __m512 bar[kVectors];
  for (std::size_t v = 0; v < kVectors; ++v) {
    scale[v] = _mm512_loadu_ps(tile.column_scale + 16 * v);
    slack[v] = _mm512_loadu_ps(tile.column_slack + 16 * v);
    bar[v] = _mm512_loadu_ps(tile.column_bar + 16 * v);
  }
  std::size_t found = 0;
  for (std::size_t r = 0; r < tile.rows; ++r) {
    const __m512 row_scale = _mm512_set1_ps(tile.row_scale[r]);
    const __m512 row_slack = _mm512_set1_ps(tile.row_slack[r]);
    const __m512 row_bar = _mm512_set1_ps(tile.row_bar[r]);
    __mmask16 masks[kVectors];
    __m512 high[kVectors];
    for (std::size_t v = 0; v < kVectors; ++v) {
      const __m512 product = _mm512_cvtepi32_ps(_mm512_load_si512(tile.products + r * kGroup + 16 * v));
      high[v] = _mm512_add_ps(_mm512_fmadd_ps(_mm512_mul_ps(product, scale[v]), row_scale, slack[v]), row_slack);
      if constexpr (!kUnit) {
        const __m512 norm = _mm512_mul_ps(_mm512_loadu_ps(tile.column_norm + 16 * v), _mm512_set1_ps(tile.row_norm[r]));
        high[v] = _mm512_add_ps(_mm512_fmadd_ps(high[v], norm, _mm512_loadu_ps(tile.column_offset + 16 * v)),
                                _mm512_set1_ps(tile.row_offset[r]));
      }
      masks[v] = _mm512_cmp_ps_mask(high[v], _mm512_min_ps(row_bar, bar[v]), _CMP_GE_OQ);
    }
    std::uint64_t mask = 0;
    for (std::size_t v = 0; v < kVectors; ++v) mask |= static_cast<std::uint64_t>(masks[v]) << (16 * v);
    if (__builtin_expect(mask == 0, 1)) continue;
    alignas(64) float values[kGroup];
    for (std::size_t v = 0; v < kVectors; ++v) _mm512_store_ps(values + 16 * v, high[v]);
    for (; mask != 0; mask &= mask - 1) {
      const auto c = static_cast<std::size_t>(__builtin_ctzll(mask));
      hits[found++] = {values[c], static_cast<std::uint16_t>(tile.first_row + r),
                       static_cast<std::uint16_t>(tile.first_column + c)};
    }
  }
  return found;
}

template <class Tag>
inline std::size_t screen_512(const ScreenTile& tile, ScreenHit* hits) {
  return tile.unit ? screen_rows_512<Tag, true>(tile, hits) : screen_rows_512<Tag, false>(tile, hits);
}

/// Sixteen cosines of a tile, from `at` of its products on.
template <class Tag, Counted kWhat>
inline __m512 cosines_512(const CountTile& tile, std::size_t at, std::size_t column, __m512 row_scale) {
  if constexpr (kWhat == Counted::values) {
    return _mm512_load_ps(tile.values + at);
  } else {
    __m512 sum = _mm512_cvtepi32_ps(_mm512_load_si512(tile.products[0] + at));
    if constexpr (kWhat == Counted::planes) {
      const __m512 ratio = _mm512_set1_ps(1.0F / kPlaneRatio);
      const __m512 second = _mm512_cvtepi32_ps(_mm512_load_si512(tile.products[1] + at));
      const __m512 third = _mm512_cvtepi32_ps(_mm512_load_si512(tile.products[2] + at));
      sum = _mm512_fmadd_ps(_mm512_fmadd_ps(third, ratio, second), ratio, sum);
    }
    __m512 value = _mm512_mul_ps(_mm512_mul_ps(sum, _mm512_loadu_ps(tile.column_scale + column)), row_scale);
    __asm__("" : "+v"(value));  // or the compiler fuses it with what is added
    return value;
  }
}

template <class Tag, Counted kWhat>
inline CountFound count_rows_512(const CountTile& tile, ScreenHit* hits, ScreenHit* edges) {
  constexpr std::size_t kVectors = kGroup / 16;
  constexpr bool kFine = kWhat != Counted::coarse;
  const __m512 per_unit = _mm512_set1_ps(static_cast<float>(kHalfBins));
  const __m512 tail = _mm512_set1_ps(tile.tail);
  const __m512i middle = _mm512_set1_epi32(kHalfBins);
  const __m512i last = _mm512_set1_epi32(kCountBins - 1);
  CountFound found{0, 0};
  for (std::size_t r = 0; r < tile.rows; ++r) {
    const __m512 row_scale = _mm512_set1_ps(tile.row_scale[r]);
    const __m512 row_slack = _mm512_set1_ps(tile.row_slack[r]);
    const __m512 row_bar = _mm512_set1_ps(tile.row_bar[r]);
    alignas(64) std::int32_t bins[kGroup];
    alignas(64) float high[kGroup];
    std::uint64_t hit_mask = 0;
    std::uint64_t edge_mask = 0;
    for (std::size_t v = 0; v < kVectors; ++v) {
      const __m512 value = cosines_512<Tag, kWhat>(tile, r * kGroup + 16 * v, 16 * v, row_scale);
      __m512 half = _mm512_add_ps(_mm512_loadu_ps(tile.column_slack + 16 * v), row_slack);
      if constexpr (kFine) half = _mm512_fmadd_ps(_mm512_abs_ps(value), _mm512_set1_ps(0x1p-20F), half);
      const __m512 upper = _mm512_add_ps(value, half);
      const __m512 bar = _mm512_min_ps(row_bar, _mm512_loadu_ps(tile.column_bar + 16 * v));
      const __m512 scaled = _mm512_mul_ps(value, per_unit);
      __mmask16 edge = 0;
      if constexpr (kFine) {
        const __m512 from_edge =
            _mm512_sub_ps(scaled, _mm512_roundscale_ps(scaled, _MM_FROUND_TO_NEG_INF | _MM_FROUND_NO_EXC));
        const __m512 reach = _mm512_mul_ps(half, per_unit);
        edge =
            static_cast<__mmask16>(_mm512_cmp_ps_mask(from_edge, reach, _CMP_LE_OQ) |
                                   _mm512_cmp_ps_mask(_mm512_add_ps(from_edge, reach), _mm512_set1_ps(1), _CMP_GE_OQ));
      } else {
        edge = _mm512_cmp_ps_mask(upper, tail, _CMP_GE_OQ);
      }
      const __m512i bin =
          _mm512_add_epi32(_mm512_cvt_roundps_epi32(scaled, _MM_FROUND_TO_NEG_INF | _MM_FROUND_NO_EXC), middle);
      _mm512_store_si512(bins + 16 * v, _mm512_max_epi32(_mm512_min_epi32(bin, last), _mm512_setzero_si512()));
      _mm512_store_ps(high + 16 * v, upper);
      hit_mask |= static_cast<std::uint64_t>(_mm512_cmp_ps_mask(upper, bar, _CMP_GE_OQ)) << (16 * v);
      edge_mask |= static_cast<std::uint64_t>(edge) << (16 * v);
    }
    count_row<Tag>(tile, r, bins, high, hit_mask, edge_mask, hits, edges, found);
  }
  return found;
}

template <class Tag>
inline CountFound count_512(const CountTile& tile, ScreenHit* hits, ScreenHit* edges) {
  switch (tile.what) {
    case Counted::coarse:
      return count_rows_512<Tag, Counted::coarse>(tile, hits, edges);
    case Counted::planes:
      return count_rows_512<Tag, Counted::planes>(tile, hits, edges);
    case Counted::values:
      return count_rows_512<Tag, Counted::values>(tile, hits, edges);
  }
  return {0, 0};
}

}  // namespace semblance::scoring
