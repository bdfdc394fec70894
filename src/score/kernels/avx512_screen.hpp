#pragma once
// The screen with 512-bit vectors, for the kernels that have them.

#include <immintrin.h>

#include "score/kernels/kernel.hpp"

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

}  // namespace semblance::scoring
