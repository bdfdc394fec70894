#pragma once
// Smooth noise for hair, skin and backgrounds: a function of the place alone.

#include <cstdint>

namespace semblance::render_stage {

/// A row of cells; cell_in gives a number in [0, 1) for a cell of it.
inline std::uint32_t cell_row(std::int32_t y, std::uint32_t seed) {
  std::uint32_t h = static_cast<std::uint32_t>(y) * 0x85ebca77U ^ seed * 0xc2b2ae3dU;
  h ^= h >> 15U;
  return h * 0x2c1b3c6dU;
}
inline float cell_in(std::uint32_t row, std::int32_t x) {
  std::uint32_t h = row ^ static_cast<std::uint32_t>(x) * 0x9e3779b1U;
  h ^= h >> 15U;
  h *= 0x297a2d39U;
  h ^= h >> 15U;
  return static_cast<float>(static_cast<std::int32_t>(h >> 8U)) * (1.0F / 16777216.0F);
}
inline float cell_noise(std::int32_t x, std::int32_t y, std::uint32_t seed) { return cell_in(cell_row(y, seed), x); }

/// Smooth in between cells of size 1; in [-1, 1], mean 0.
float smooth_noise(float x, float y, std::uint32_t seed);

/// Two octaves of it.
inline float rough_noise(float x, float y, std::uint32_t seed) {
  return 0.65F * smooth_noise(x, y, seed) + 0.35F * smooth_noise(2.1F * x + 7, 2.1F * y + 3, seed + 1);
}

}  // namespace semblance::render_stage
