#pragma once
// A tile that is worked off a few rows at a time.

#include "score/kernels/kernel.hpp"

namespace semblance::scoring {

/// The tile begins `rows` rows later.
inline void advance(ScreenTile& tile, std::size_t rows) {
  tile.products += rows * kGroup;
  tile.row_scale += rows;
  tile.row_slack += rows;
  tile.row_norm += rows;
  tile.row_offset += rows;
  tile.row_bar += rows;
  tile.first_row = static_cast<std::uint16_t>(tile.first_row + rows);
}

inline void advance(CountTile& tile, std::size_t rows) {
  // Those that are not there stay null.
  for (const std::int32_t*& products : tile.products) products += products != nullptr ? rows * kGroup : 0;
  tile.values += tile.values != nullptr ? rows * kGroup : 0;
  tile.bins += rows * kGroup;
  tile.row_scale += rows;
  tile.row_slack += rows;
  tile.row_bar += rows;
  tile.diagonal += static_cast<std::ptrdiff_t>(rows);
  tile.first_row = static_cast<std::uint16_t>(tile.first_row + rows);
}

}  // namespace semblance::scoring
