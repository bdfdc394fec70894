#include "render/light.hpp"

#include <numbers>

#include "render/raster.hpp"

namespace semblance::render_stage {
namespace {

constexpr float kBias = 0.07F;  // a surface doesn't shade itself
constexpr float kSoft = 1.9F;   // the lamp's size: cells between the probes of a shadow's edge

Vec3 direction_of(const FaceView& view) {
  constexpr double kDegree = std::numbers::pi / 180;
  const double up = view.light_elevation * kDegree;
  const double right = view.light_azimuth * kDegree;
  return {narrow(std::sin(right) * std::cos(up)), narrow(std::sin(up)), narrow(std::cos(right) * std::cos(up))};
}

}  // namespace

Light::Light(const FaceView& view, const std::vector<Mesh>& meshes, const std::vector<std::vector<Vec3>>& placed)
    : direction_(direction_of(view)), half_way_(unit(direction_ + Vec3{0, 0, 1})) {
  const Vec3 side = unit(cross({0, 1, 0}, direction_));
  towards_ = {{side, cross(direction_, side), direction_}};
  const float warm = narrow(view.warmth);
  const Vec3 tint{1 + 0.12F * warm, 1, 1 - 0.18F * warm};
  key_ = tint * narrow(0.95 * view.light_strength);
  surroundings_ = mix(tint, {1, 1, 1}, 0.5F) * narrow(view.ambient);

  SampleImage map(kSide, kSide);
  std::vector<Seen> seen;
  for (std::size_t m = 0; m < meshes.size(); ++m) {
    if (meshes[m].material == Material::frame) continue;  // too thin for the map
    seen.clear();
    for (const Vec3& place : placed[m]) {
      const Vec3 p = towards_.apply(place);
      constexpr float kScale = static_cast<float>(kSide) / (2 * kReach);
      seen.push_back({(p.x + kReach) * kScale, (kReach - p.y) * kScale, p.z});
    }
    map.draw(static_cast<std::uint32_t>(m), meshes[m], seen);
  }
  nearest_.reserve(kSide * kSide);
  for (std::size_t y = 0; y < kSide; ++y) {
    for (std::size_t x = 0; x < kSide; ++x) nearest_.push_back(map.at(x, y).near);
  }
}

float Light::lit(const Vec3& place) const {
  const Vec3 p = towards_.apply(place);
  constexpr float kScale = static_cast<float>(kSide) / (2 * kReach);
  const float x = (p.x + kReach) * kScale;
  const float y = (kReach - p.y) * kScale;
  float sum = 0;
  for (int j = -1; j <= 1; ++j) {
    for (int i = -1; i <= 1; ++i) {
      const float px = std::clamp(x + kSoft * static_cast<float>(i), 0.0F, static_cast<float>(kSide - 1));
      const float py = std::clamp(y + kSoft * static_cast<float>(j), 0.0F, static_cast<float>(kSide - 1));
      const float blocker = nearest_[static_cast<std::size_t>(py + 0.5F) * kSide + static_cast<std::size_t>(px + 0.5F)];
      sum += step(kBias + 0.06F, kBias, blocker - p.z);
    }
  }
  return sum / 9;
}

Vec3 Light::from(const Paint& paint, const Vec3& place, const Vec3& normal, float occlusion) const {
  const float facing = dot(normal, direction_);
  // Red light goes furthest under the skin.
  const auto wrapped = [&](float wrap) { return std::max(0.0F, (facing + wrap) / (1 + wrap)); };
  const Vec3 diffuse{wrapped(0.30F * paint.soft), wrapped(0.14F * paint.soft), wrapped(0.08F * paint.soft)};
  const float shine = facing > -0.2F ? lit(place) : 0.0F;
  const Vec3 shade{mix(0.12F * paint.soft, 1.0F, shine), mix(0.05F * paint.soft, 1.0F, shine), shine};
  const float open = std::max(0.1F, paint.open * (1 - std::max(occlusion, -0.25F)));
  const Vec3 sky = surroundings_ * (open * (0.72F + 0.28F * normal.y));
  const float highlight =
      paint.gloss * shine * std::pow(std::max(0.0F, dot(normal, half_way_)), paint.sharp) * step(0.0F, 0.2F, facing);
  return paint.colour * (key_ * diffuse * shade * std::sqrt(std::min(1.0F, open)) + sky) + key_ * highlight * 0.75F;
}

}  // namespace semblance::render_stage
