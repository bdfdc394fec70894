#pragma once
// The key lamp and what lies in its shadow, and the light of the surroundings.

#include <vector>

#include "render/mesh.hpp"
#include "render/paint.hpp"
#include "semblance/render.hpp"

namespace semblance::render_stage {

class Light {
 public:
  /// `placed`: every mesh's vertices as the camera has them (viewer along z).
  Light(const FaceView& view, const std::vector<Mesh>& meshes, const std::vector<std::vector<Vec3>>& placed);
  /// What a place sends to the viewer: linear red, green, blue.
  [[nodiscard]] Vec3 from(const Paint& paint, const Vec3& place, const Vec3& normal, float occlusion) const;

 private:
  [[nodiscard]] float lit(const Vec3& place) const;
  static constexpr std::size_t kSide = 176;
  static constexpr float kReach = 2.7F;  // half of the map's width, in eye distances
  Rotation towards_;                     // to the lamp's own coordinates, lamp along z
  Vec3 direction_, key_, surroundings_, half_way_;
  std::vector<float> nearest_;
};

}  // namespace semblance::render_stage
