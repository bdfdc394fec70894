#include "render/noise.hpp"

#include "render/vector.hpp"

namespace semblance::render_stage {

namespace {

// std::floor is a call where the compiler may not use SSE 4.
std::int32_t below(float x) {
  const auto whole = static_cast<std::int32_t>(x);
  return static_cast<float>(whole) > x ? whole - 1 : whole;
}

float eased(float t) { return t * t * (3 - 2 * t); }

}  // namespace

float smooth_noise(float x, float y, std::uint32_t seed) {
  const std::int32_t ix = below(x);
  const std::int32_t iy = below(y);
  const float tx = eased(x - static_cast<float>(ix));
  const float ty = eased(y - static_cast<float>(iy));
  const std::uint32_t upper = cell_row(iy, seed);
  const std::uint32_t lower = cell_row(iy + 1, seed);
  const float top = mix(cell_in(upper, ix), cell_in(upper, ix + 1), tx);
  const float bottom = mix(cell_in(lower, ix), cell_in(lower, ix + 1), tx);
  return 2 * mix(top, bottom, ty) - 1;
}

}  // namespace semblance::render_stage
