#pragma once
// The screen with 256-bit vectors, for the kernels that have them.

#include <immintrin.h>

#include "score/kernels/kernel.hpp"

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

}  // namespace semblance::scoring
