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

/// Adds the pairs of a row to the bins.
template <class Tag>
inline void add_bins(const std::int32_t* bins, std::uint32_t* counts) {
#pragma GCC unroll 32
  for (std::size_t c = 0; c < kGroup; c += 2) {
    std::uint64_t two = 0;
    __builtin_memcpy(&two, bins + c, sizeof two);
    std::uint32_t* copy = counts + c % kCountCopies * kCountStride;
    ++copy[static_cast<std::uint32_t>(two)];
    ++copy[kCountStride + (two >> 32U)];
  }
}

/// Counts a row and appends its hits and edges, valid pairs alone.
template <class Tag>
inline void count_row(const CountTile& tile, std::size_t r, const std::int32_t* bins, const float* high,
                      std::uint64_t hit_mask, std::uint64_t edge_mask, ScreenHit* hits, ScreenHit* edges,
                      CountFound& found) {
  const std::uint64_t valid = valid_columns<Tag>(tile, r);
  hit_mask &= valid;
  edge_mask &= valid;
  add_bins<Tag>(bins, tile.counts);
  // Few pairs of few rows are not to be counted: what was added for them is taken away again.
  for (std::uint64_t rest = ~valid | edge_mask; rest != 0; rest &= rest - 1) {
    const auto c = static_cast<std::size_t>(__builtin_ctzll(rest));
    --tile.counts[c % kCountCopies * kCountStride + static_cast<std::size_t>(bins[c])];
  }
  append_hits<Tag>(hit_mask, high, tile, r, hits, found.hits);
  append_hits<Tag>(edge_mask, high, tile, r, edges, found.edges);
}

}  // namespace semblance::scoring
