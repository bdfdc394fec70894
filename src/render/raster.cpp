#include "render/raster.hpp"

#include <algorithm>
#include <cmath>

namespace semblance::render_stage {

void SampleImage::draw(std::uint32_t number, const Mesh& mesh, std::span<const Seen> seen) {
  const auto bound = [](float low, float size) { return std::clamp(low, 0.0F, size); };
  const auto width = static_cast<float>(width_);
  const auto height = static_cast<float>(height_);
  for (std::uint32_t k = 0; k < mesh.triangles.size(); ++k) {
    const Seen& a = seen[mesh.triangles[k][0]];
    const Seen& b = seen[mesh.triangles[k][1]];
    const Seen& c = seen[mesh.triangles[k][2]];
    const float area = (b.x - a.x) * (c.y - a.y) - (b.y - a.y) * (c.x - a.x);
    if (std::fabs(area) < 1e-6F || (mesh.closed && area > 0)) continue;
    const auto x0 = static_cast<std::size_t>(bound(std::ceil(std::min({a.x, b.x, c.x})), width));
    const auto x1 = static_cast<std::size_t>(bound(std::floor(std::max({a.x, b.x, c.x})) + 1, width));
    const auto y0 = static_cast<std::size_t>(bound(std::ceil(std::min({a.y, b.y, c.y})), height));
    const auto y1 = static_cast<std::size_t>(bound(std::floor(std::max({a.y, b.y, c.y})) + 1, height));
    const float scale = 1 / area;
    const float second_x = (c.y - a.y) * scale;
    const float second_y = (a.x - c.x) * scale;
    const float third_x = (a.y - b.y) * scale;
    const float third_y = (b.x - a.x) * scale;
    for (std::size_t y = y0; y < y1; ++y) {
      const float dy = static_cast<float>(y) - a.y;
      Sample* row = samples_.data() + y * width_;
      for (std::size_t x = x0; x < x1; ++x) {
        const float dx = static_cast<float>(x) - a.x;
        const float second = dx * second_x + dy * second_y;
        const float third = dx * third_x + dy * third_y;
        if (second < 0 || third < 0 || second + third > 1) continue;
        const float near = a.near + second * (b.near - a.near) + third * (c.near - a.near);
        if (near > row[x].near) row[x] = {near, number, k, second, third};
      }
    }
  }
}

}  // namespace semblance::render_stage
