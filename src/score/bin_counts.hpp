#pragma once
// The counts of a job's histogram, while its tiles are under way: the bins of one tile are told while those of the tile
// before it are tallied behind the products of the next.

#include <algorithm>
#include <array>
#include <cstdint>
#include <vector>

#include "score/kernels/count_tile.hpp"
#include "semblance/score.hpp"

namespace semblance::scoring {

/// One thread's. Tiles take the two buffers of bins in turn.
class BinCounts {
 public:
  BinCounts() = default;
  explicit BinCounts(std::size_t tile_pairs) : tile_counts_(kCountCopies * kCountStride), counts_(kHistogramBins) {
    for (auto& bins : bins_) bins.assign(tile_pairs, kNotCounted);
  }

  /// The bins that were told in buffer `turn`, if any: for the kernel to tally now.
  [[nodiscard]] Tally take(std::size_t turn) {
    const Tally tally{told_[turn] ? bins_[turn].data() : nullptr, tile_counts_.data()};
    told_[turn] = false;
    return tally;
  }
  /// Where the bins of a tile's first `rows` rows are to be written; what is left of the tile is not counted.
  [[nodiscard]] std::uint16_t* room(std::size_t turn, std::size_t rows) {
    const auto rest = static_cast<std::ptrdiff_t>(std::min(rows * kGroup, bins_[turn].size()));
    std::fill(bins_[turn].begin() + rest, bins_[turn].end(), kNotCounted);
    return bins_[turn].data();
  }
  void told(std::size_t turn) { told_[turn] = true; }

  /// Counts of pairs that were counted one by one; `end` adds the tiles' to them.
  [[nodiscard]] std::vector<std::uint64_t>& counts() { return counts_; }
  void end() {
    for (std::size_t turn = 0; turn < 2; ++turn) Tallying<BinCounts>(take(turn), bins_[turn].size(), 1).next();
    for (std::size_t copy = 0; copy < kCountCopies; ++copy) {
      for (std::size_t k = 0; k < kHistogramBins; ++k) counts_[k] += tile_counts_[copy * kCountStride + k];
    }
    std::fill(tile_counts_.begin(), tile_counts_.end(), 0U);
  }
  void clear() { std::fill(counts_.begin(), counts_.end(), std::uint64_t{0}); }

 private:
  std::array<std::vector<std::uint16_t>, 2> bins_;
  std::array<bool, 2> told_ = {false, false};
  std::vector<std::uint32_t> tile_counts_;
  std::vector<std::uint64_t> counts_;
};

}  // namespace semblance::scoring
