#pragma once
// What counting a tile is made of, whatever the vectors.

#include "score/kernels/kernel.hpp"

namespace semblance::scoring {

/// Bit c: the pair of row r and column c is there to be counted.
template <class Tag>
inline std::uint64_t valid_columns(const CountTile& tile, std::size_t r) {
  const std::ptrdiff_t begin = static_cast<std::ptrdiff_t>(r) + tile.diagonal;
  if (begin >= static_cast<std::ptrdiff_t>(tile.columns)) return 0;
  std::uint64_t mask = tile.columns >= kGroup ? ~std::uint64_t{0} : (std::uint64_t{1} << tile.columns) - 1;
  if (begin > 0) mask &= ~std::uint64_t{0} << begin;
  return mask;
}

template <class Tag>
inline void append_hits(std::uint64_t mask, const float* high, const CountTile& tile, std::size_t r, ScreenHit* to,
                        std::size_t& count) {
  for (; mask != 0; mask &= mask - 1) {
    const auto c = static_cast<std::size_t>(__builtin_ctzll(mask));
    to[count++] = {high[c], static_cast<std::uint16_t>(tile.first_row + r),
                   static_cast<std::uint16_t>(tile.first_column + c)};
  }
}

}  // namespace semblance::scoring
