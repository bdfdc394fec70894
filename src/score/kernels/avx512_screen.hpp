#pragma once
// The screen with 512-bit vectors, for the kernels that have them.

#include <immintrin.h>

#include "score/kernels/count_tile.hpp"

namespace semblance::scoring {

/// Screens row `r` of a tile, whose products are given; returns how many hits it has appended.
template <class Tag, bool kUnit>
inline __attribute__((always_inline)) std::size_t screen_row_512(const ScreenTile& tile, std::size_t r,
                                                                 const __m512i* products, ScreenHit* hits) {
  constexpr std::size_t kVectors = kGroup / 16;
  const __m512 row_scale = _mm512_set1_ps(tile.row_scale[r]);
  const __m512 row_slack = _mm512_set1_ps(tile.row_slack[r]);
  const __m512 row_bar = _mm512_set1_ps(tile.row_bar[r]);
  __mmask16 masks[kVectors];
  __m512 high[kVectors];
#pragma GCC unroll 4
  for (std::size_t v = 0; v < kVectors; ++v) {
    const __m512 product = _mm512_mul_ps(_mm512_cvtepi32_ps(products[v]), _mm512_loadu_ps(tile.column_scale + 16 * v));
    high[v] =
        _mm512_add_ps(_mm512_fmadd_ps(product, row_scale, _mm512_loadu_ps(tile.column_slack + 16 * v)), row_slack);
    if constexpr (!kUnit) {
      const __m512 norm = _mm512_mul_ps(_mm512_loadu_ps(tile.column_norm + 16 * v), _mm512_set1_ps(tile.row_norm[r]));
      high[v] = _mm512_add_ps(_mm512_fmadd_ps(high[v], norm, _mm512_loadu_ps(tile.column_offset + 16 * v)),
                              _mm512_set1_ps(tile.row_offset[r]));
    }
    masks[v] =
        _mm512_cmp_ps_mask(high[v], _mm512_min_ps(row_bar, _mm512_loadu_ps(tile.column_bar + 16 * v)), _CMP_GE_OQ);
  }
  if (__builtin_expect(_mm512_kortestz(_mm512_kor(masks[0], masks[1]), _mm512_kor(masks[2], masks[3])) != 0, 1))
    return 0;
  alignas(64) float values[kGroup];
  std::uint64_t mask = 0;
#pragma GCC unroll 4
  for (std::size_t v = 0; v < kVectors; ++v) {
    _mm512_store_ps(values + 16 * v, high[v]);
    mask |= static_cast<std::uint64_t>(masks[v]) << (16 * v);
  }
  std::size_t found = 0;
  for (; mask != 0; mask &= mask - 1) {
    const auto c = static_cast<std::size_t>(__builtin_ctzll(mask));
    hits[found++] = {values[c], static_cast<std::uint16_t>(tile.first_row + r),
                     static_cast<std::uint16_t>(tile.first_column + c)};
  }
  return found;
}

template <class Tag, bool kUnit>
inline std::size_t screen_rows_512(const ScreenTile& tile, ScreenHit* hits) {
  std::size_t found = 0;
  for (std::size_t r = 0; r < tile.rows; ++r) {
    __m512i products[kGroup / 16];
    for (std::size_t v = 0; v < kGroup / 16; ++v) products[v] = _mm512_load_si512(tile.products + r * kGroup + 16 * v);
    found += screen_row_512<Tag, kUnit>(tile, r, products, hits + found);
  }
  return found;
}

template <class Tag>
inline std::size_t screen_512(const ScreenTile& tile, ScreenHit* hits) {
  return tile.unit ? screen_rows_512<Tag, true>(tile, hits) : screen_rows_512<Tag, false>(tile, hits);
}

/// Sixteen cosines of a tile, from `at` of its products on, in widths of a bin, as `row_scale` has it.
template <class Tag, Counted kWhat>
inline __m512 cosines_512(const CountTile& tile, std::size_t at, __m512 column_scale, __m512 row_scale) {
  if constexpr (kWhat == Counted::values) {
    return _mm512_mul_ps(_mm512_load_ps(tile.values + at), row_scale);
  } else {
    __m512 sum = _mm512_cvtepi32_ps(_mm512_load_si512(tile.products[0] + at));
    if constexpr (kWhat == Counted::planes) {
      const __m512 ratio = _mm512_set1_ps(1.0F / kPlaneRatio);
      const __m512 second = _mm512_cvtepi32_ps(_mm512_load_si512(tile.products[1] + at));
      const __m512 third = _mm512_cvtepi32_ps(_mm512_load_si512(tile.products[2] + at));
      sum = _mm512_fmadd_ps(_mm512_fmadd_ps(third, ratio, second), ratio, sum);
    }
    __m512 value = _mm512_mul_ps(_mm512_mul_ps(sum, column_scale), row_scale);
    __asm__("" : "+v"(value));  // or the compiler fuses it with what is added
    return value;
  }
}

/// floor, in int32
template <class Tag>
inline __m512i floor_512(__m512 value) {
  return _mm512_cvt_roundps_epi32(value, _MM_FROUND_TO_NEG_INF | _MM_FROUND_NO_EXC);
}

template <class Tag, Counted kWhat>
inline CountFound count_rows_512(const CountTile& tile, ScreenHit* hits, ScreenHit* edges) {
  constexpr std::size_t kVectors = kGroup / 16;
  constexpr bool kFine = kWhat != Counted::coarse;
  constexpr float kWidths = kHalfBins;
  const __m512 widths = _mm512_set1_ps(kWidths);
  const __m512 tail = _mm512_set1_ps(kFine ? __builtin_inff() : tile.tail * kWidths);
  __m512 scale[kVectors];
  __m512 slack[kVectors];
  __m512 column_bar[kVectors];
  for (std::size_t v = 0; v < kVectors; ++v) {
    scale[v] = _mm512_loadu_ps(tile.column_scale + 16 * v);
    slack[v] = _mm512_mul_ps(_mm512_loadu_ps(tile.column_slack + 16 * v), widths);
    column_bar[v] = _mm512_mul_ps(_mm512_loadu_ps(tile.column_bar + 16 * v), widths);
  }
  CountFound found{0, 0};
  for (std::size_t r = 0; r < tile.rows; ++r) {
    const __m512 row_scale = _mm512_set1_ps(kWhat == Counted::values ? kWidths : tile.row_scale[r] * kWidths);
    const __m512 row_slack = _mm512_set1_ps(tile.row_slack[r] * kWidths);
    const __m512 row_bar = _mm512_set1_ps(tile.row_bar[r] * kWidths);
    const __m512 lowest_bar = _mm512_min_ps(row_bar, tail);
    __m512 high[kVectors];
    __mmask16 apart[kVectors];  // to be looked at: a hit or an edge
    __mmask16 edge[kVectors];
#pragma GCC unroll 4
    for (std::size_t v = 0; v < kVectors; ++v) {
      const __m512 value = cosines_512<Tag, kWhat>(tile, r * kGroup + 16 * v, scale[v], row_scale);
      __m512 half = _mm512_add_ps(slack[v], row_slack);
      if constexpr (kFine) half = _mm512_fmadd_ps(_mm512_abs_ps(value), _mm512_set1_ps(0x1p-20F), half);
      high[v] = _mm512_add_ps(value, half);
      apart[v] = _mm512_cmp_ps_mask(high[v], _mm512_min_ps(lowest_bar, column_bar[v]), _CMP_GE_OQ);
      const __m512i bin = floor_512<Tag>(kFine ? _mm512_sub_ps(value, half) : value);
      if constexpr (kFine) {
        edge[v] = _mm512_cmpneq_epi32_mask(bin, floor_512<Tag>(high[v]));
        apart[v] = _mm512_kor(apart[v], edge[v]);
      }
      const __m256i middle = _mm256_set1_epi16(kHalfBins);
      const __m256i last = _mm256_set1_epi16(kCountBins - 1);
      const __m256i shifted = _mm256_adds_epi16(_mm512_cvtsepi32_epi16(bin), middle);
      _mm256_storeu_si256(reinterpret_cast<__m256i*>(tile.bins + r * kGroup + 16 * v),
                          _mm256_max_epi16(_mm256_min_epi16(shifted, last), _mm256_setzero_si256()));
    }
    const bool none = _mm512_kortestz(_mm512_kor(apart[0], apart[1]), _mm512_kor(apart[2], apart[3])) != 0;
    const std::uint64_t valid = valid_columns<Tag>(tile, r);
    if (__builtin_expect(none && valid == ~std::uint64_t{0}, 1)) continue;
    alignas(64) float values[kGroup];
    std::uint64_t hit_mask = 0;
    std::uint64_t edge_mask = 0;
#pragma GCC unroll 4
    for (std::size_t v = 0; v < kVectors; ++v) {
      _mm512_store_ps(values + 16 * v, high[v]);
      if constexpr (!kFine) edge[v] = _mm512_cmp_ps_mask(high[v], tail, _CMP_GE_OQ);
      const __mmask16 hit = _mm512_cmp_ps_mask(high[v], _mm512_min_ps(row_bar, column_bar[v]), _CMP_GE_OQ);
      hit_mask |= static_cast<std::uint64_t>(hit) << (16 * v);
      edge_mask |= static_cast<std::uint64_t>(edge[v]) << (16 * v);
    }
    set_apart<Tag>(tile, r, values, hit_mask, edge_mask, valid, hits, edges, found);
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
