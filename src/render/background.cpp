#include "render/background.hpp"

#include "render/noise.hpp"

namespace semblance::render_stage {

Background::Background(const FaceView& view, std::size_t side)
    : scale_(static_cast<float>(kGrid) / static_cast<float>(side)) {
  const auto seed = static_cast<std::uint32_t>(view.backdrop);
  const Vec3 colour{narrow(view.background[0]), narrow(view.background[1]), narrow(view.background[2])};
  grid_.reserve((kGrid + 1) * (kGrid + 1));
  for (std::size_t j = 0; j <= kGrid; ++j) {
    for (std::size_t i = 0; i <= kGrid; ++i) {
      const float x = static_cast<float>(i) / kGrid;
      const float y = static_cast<float>(j) / kGrid;
      const float soft = 0.35F * rough_noise(3 * x, 3 * y, seed) + 0.3F * smooth_noise(1.3F * x, 1.3F * y, seed + 5);
      const float tint = 0.25F * smooth_noise(2 * x, 2 * y, seed + 9);
      grid_.push_back(colour * std::max(0.1F, 1 + soft) * Vec3{1 + tint, 1, 1 - tint});
    }
  }
}

Vec3 Background::at(std::size_t x, std::size_t y) const {
  const float fx = static_cast<float>(x) * scale_;
  const float fy = static_cast<float>(y) * scale_;
  const auto i = static_cast<std::size_t>(fx);
  const auto j = static_cast<std::size_t>(fy);
  const float tx = fx - static_cast<float>(i);
  const float ty = fy - static_cast<float>(j);
  const Vec3* row = grid_.data() + j * (kGrid + 1) + i;
  return mix(mix(row[0], row[1], tx), mix(row[kGrid + 1], row[kGrid + 2], tx), ty);
}

}  // namespace semblance::render_stage
