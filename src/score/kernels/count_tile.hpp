#pragma once
// What counting a tile is made of, whatever the vectors: first every pair is told its bin, then the bins are tallied.

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
    to[count++] = {high[c] / kHalfBins, static_cast<std::uint16_t>(tile.first_row + r),
                   static_cast<std::uint16_t>(tile.first_column + c)};
  }
}

/// Appends a row's hits and edges, valid pairs alone, and takes those that are not to be counted out of its bins.
/// `high` counts in widths of a bin.
template <class Tag>
inline void set_apart(const CountTile& tile, std::size_t r, const float* high, std::uint64_t hit_mask,
                      std::uint64_t edge_mask, std::uint64_t valid, ScreenHit* hits, ScreenHit* edges,
                      CountFound& found) {
  hit_mask &= valid;
  edge_mask &= valid;
  for (std::uint64_t rest = ~valid | edge_mask; rest != 0; rest &= rest - 1) {
    tile.bins[r * kGroup + static_cast<std::size_t>(__builtin_ctzll(rest))] = kNotCounted;
  }
  append_hits<Tag>(hit_mask, high, tile, r, hits, found.hits);
  append_hits<Tag>(edge_mask, high, tile, r, edges, found.edges);
}

/// A tally in `parts` parts.
template <class Tag>
class Tallying {
 public:
  Tallying(const Tally& tally, std::size_t pairs, std::size_t parts)
      : bins_(tally.bins),
        end_(tally.bins == nullptr ? nullptr : tally.bins + pairs),
        counts_(tally.counts),
        step_((pairs + parts - 1) / parts) {}

  /// The next part; nothing when all are done.
  void next() {
    constexpr std::size_t kAtOnce = 4;
    static_assert(kAtOnce * sizeof *bins_ == sizeof(std::uint64_t) && kGroup % kAtOnce == 0);
    const std::uint16_t* const until = static_cast<std::size_t>(end_ - bins_) <= step_ ? end_ : bins_ + step_;
    for (; bins_ < until; bins_ += kAtOnce) {
      std::uint64_t four = 0;
      __builtin_memcpy(&four, bins_, sizeof four);
#pragma GCC unroll 4
      for (std::size_t k = 0; k < kAtOnce; ++k) ++counts_[k % kCountCopies * kCountStride + (four >> 16 * k & 0xffffU)];
    }
  }

 private:
  const std::uint16_t* bins_;
  const std::uint16_t* end_;
  std::uint32_t* counts_;
  std::size_t step_;
};

}  // namespace semblance::scoring
