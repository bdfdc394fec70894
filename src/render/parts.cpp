// What surrounds the face: ears, neck, clothes, hanging hair.

#include "render/parts.hpp"

#include <numbers>

#include "render/noise.hpp"

namespace semblance::render_stage {
namespace {

constexpr float kPi = std::numbers::pi_v<float>;

// A grid of rows from top to bottom and angles all around; `place` gives a vertex from its shares of both.
template <class Place>
Mesh around(Material material, std::uint32_t rows, std::uint32_t columns, bool closed, float from, float to,
            Place place) {
  Mesh mesh;
  mesh.material = material;
  mesh.vertices.resize(std::size_t{rows} * columns);
  for (std::uint32_t r = 0; r < rows; ++r) {
    for (std::uint32_t c = 0; c < columns; ++c) {
      const float down = static_cast<float>(r) / static_cast<float>(rows - 1);
      const float u = mix(from, to, static_cast<float>(c) / static_cast<float>(closed ? columns : columns - 1));
      Vertex& vertex = mesh.vertices[std::size_t{r} * columns + c];
      vertex.place = vertex.rest = place(down, u);
    }
  }
  join_grid(mesh, rows, columns, closed);
  shape_grid(mesh, rows, columns, closed);
  return mesh;
}

}  // namespace

Mesh ear_mesh(const Form& f, float side) {
  const float x = half_width(f, -0.15F) + 0.02F;
  Mesh mesh = around(Material::ear, 12, 20, true, -kPi, kPi, [&](float down, float u) {
    const float v = kPi * down;
    // A disc, thin and turned out a little; rest holds its own coordinates.
    const Vec3 disc{0.09F * std::sin(v) * std::cos(u), 0.34F * f.ear * std::cos(v),
                    0.20F * f.ear * std::sin(v) * std::sin(u)};
    return Vec3{side * (x + 0.05F + disc.x * 0.6F - 0.45F * disc.z), -0.14F + disc.y, -0.10F + disc.z};
  });
  for (Vertex& vertex : mesh.vertices) {
    vertex.rest = {vertex.place.x, (vertex.place.y + 0.14F) / (0.34F * f.ear),
                   (vertex.place.z + 0.10F) / (0.20F * f.ear)};
    vertex.occlusion =
        0.35F * step(0.75F, 0.3F, std::sqrt(vertex.rest.y * vertex.rest.y + vertex.rest.z * vertex.rest.z));
    if (dot(vertex.normal, vertex.place - Vec3{side * x, -0.14F, -0.1F}) < 0) vertex.normal = vertex.normal * -1.0F;
  }
  return mesh;
}

Mesh neck_mesh(const Form& f, const FaceIdentity& who) {
  const float width = 0.80F * f.jaw + narrow(0.05 * who.fullness);
  const float top = f.chin_y + 0.75F;
  Mesh mesh = around(Material::neck, 24, 40, true, -kPi, kPi, [&](float down, float u) {
    const float y = mix(top, -3.4F, down);
    const float flare = 1 + 0.6F * step(0.62F, 1.0F, down);
    return Vec3{width * flare * std::sin(u), y, 0.80F * std::cos(u) - 0.12F};
  });
  mesh.with_head = false;
  return mesh;
}

Mesh clothes_mesh(const FaceIdentity& who) {
  const float broad = narrow(2.15 + 0.25 * who.jaw_width);
  Mesh mesh = around(Material::clothes, 24, 56, true, -kPi, kPi, [&](float down, float u) {
    const float t = std::sqrt(down);
    // A collar that opens in front, then sloping shoulders.
    const float x = mix(0.86F, broad, t) * std::sin(u);
    const float z = mix(0.80F, 1.2F, t) * std::cos(u) - 0.15F;
    const float dip = 0.22F * step(0.3F, 1.0F, std::cos(u)) * (1 - t);
    return Vec3{x, -2.22F - dip - 0.55F * t * t - 2.2F * step(0.8F, 1.0F, down) * down, z};
  });
  mesh.with_head = false;
  return mesh;
}

Mesh hanging_hair_mesh(const Form& f, const FaceIdentity& who) {
  const float length = narrow((who.hair_length - kShortHair) / (1 - kShortHair));
  const float bottom = mix(-1.35F, -3.3F, length);
  const float opening = mix(1.08F, 0.95F, f.fringe);
  const float waves = 0.02F + 0.10F * f.curl;
  Mesh mesh = around(Material::hair, 40, 72, false, opening, 2 * kPi - opening, [&](float down, float u) {
    const float angle = u > kPi ? u - 2 * kPi : u;
    const float ragged = 0.12F * smooth_noise(angle * 7, 1.5F, 22) + 0.06F * smooth_noise(angle * 19, 2.5F, 22);
    const float y = mix(0.95F, bottom + ragged, down);
    const float above = y > 0.2F ? std::sqrt(std::max(0.0F, 1 - (y - 0.2F) * (y - 0.2F) / 1.9F)) : 1.0F;
    const float spread = (0.10F + 0.62F * f.hair_off) * above +
                         0.42F * f.hair_off * step(0.2F, 0.7F, down) * (1 - 0.6F * step(0.75F, 1.0F, down));
    const float wave = waves * rough_noise(angle * 4, y * 3.2F, 21) * step(0.0F, 0.3F, down);
    const float wide = 1.14F * above + spread + wave;
    const float deep = 1.30F * above + spread + wave;
    return Vec3{wide * std::sin(u), y, deep * std::cos(u) - 0.05F};
  });
  for (Vertex& vertex : mesh.vertices) vertex.hair = 1;
  return mesh;
}

std::vector<Mesh> person_meshes(const Form& form, const FaceIdentity& who) {
  std::vector<Mesh> meshes;
  meshes.push_back(head_mesh(form, who));
  meshes.push_back(ear_mesh(form, -1));
  meshes.push_back(ear_mesh(form, 1));
  meshes.push_back(neck_mesh(form, who));
  meshes.push_back(clothes_mesh(who));
  if (who.hair_length > kShortHair && who.baldness < 0.6) meshes.push_back(hanging_hair_mesh(form, who));
  if (who.glasses > kNoGlasses) meshes.push_back(glasses_mesh(form, who));
  return meshes;
}

}  // namespace semblance::render_stage
