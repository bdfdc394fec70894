// Spectacles: two rims, a bridge and the temples, as flat bands in front of the eyes.

#include <numbers>

#include "render/parts.hpp"

namespace semblance::render_stage {
namespace {

constexpr std::uint32_t kSteps = 40;

Vertex facing(Vec3 place) { return {place, place, {0, 0, 1}, 0, 0}; }

void add_band(Mesh& mesh, const Vec3& a, const Vec3& b, float half) {
  const auto first = static_cast<std::uint32_t>(mesh.vertices.size());
  for (const Vec3& end : {a, b}) {
    mesh.vertices.push_back(facing({end.x, end.y + half, end.z}));
    mesh.vertices.push_back(facing({end.x, end.y - half, end.z}));
  }
  mesh.triangles.push_back({first, first + 1, first + 2});
  mesh.triangles.push_back({first + 2, first + 1, first + 3});
}

}  // namespace

Mesh glasses_mesh(const Form& f, const FaceIdentity& who) {
  Mesh mesh;
  mesh.material = Material::frame;
  const float half_w = narrow(0.37 + 0.07 * who.frame_width);
  const float half_h = narrow(0.25 + 0.07 * who.frame_height);
  const float bar = narrow(0.018 + 0.04 * who.frame_thickness);
  const float power = mix(4.5F, 2.0F, narrow(who.frame_roundness));  // from a rounded box to an ellipse
  const float centre_y = -0.05F;
  const float plane = 1.36F;
  const auto bent = [&](float x) { return plane - 0.10F * x * x; };
  for (const float side : {-1.0F, 1.0F}) {
    const float cx = side * std::max(f.eye_x, half_w + 0.09F);
    const auto first = static_cast<std::uint32_t>(mesh.vertices.size());
    for (std::uint32_t i = 0; i < kSteps; ++i) {
      const float u = 2 * std::numbers::pi_v<float> * static_cast<float>(i) / static_cast<float>(kSteps);
      const float s = std::sin(u);
      const float k = std::cos(u);
      const float radius = 1 / std::pow(std::pow(std::fabs(k), power) + std::pow(std::fabs(s), power), 1 / power);
      for (const float edge : {0.0F, bar}) {
        const float x = cx + (half_w + edge) * radius * k;
        mesh.vertices.push_back(facing({x, centre_y + (half_h + edge) * radius * s, bent(x)}));
      }
    }
    for (std::uint32_t i = 0; i < kSteps; ++i) {
      const std::uint32_t a = first + 2 * i;
      const std::uint32_t b = first + 2 * ((i + 1) % kSteps);
      mesh.triangles.push_back({a, a + 1, b});
      mesh.triangles.push_back({b, a + 1, b + 1});
    }
    const float outer = side * (std::fabs(cx) + half_w + 0.5F * bar);
    add_band(mesh, {outer, 0.06F, bent(outer)}, {side * (half_width(f, 0) + 0.06F), 0.05F, 0.0F}, 0.7F * bar + 0.01F);
  }
  const float inner = std::max(f.eye_x, half_w + 0.09F) - half_w;
  add_band(mesh, {-inner, 0.04F, bent(0)}, {inner, 0.04F, bent(0)}, 0.6F * bar + 0.008F);
  return mesh;
}

}  // namespace semblance::render_stage
