// The head's surface: rows of sections, each a flattened ellipse whose front carries the features, and hair that stands
// off it.

#include <numbers>

#include "render/noise.hpp"
#include "render/parts.hpp"

namespace semblance::render_stage {
namespace {

constexpr std::uint32_t kRows = 116;
constexpr std::uint32_t kColumns = 124;
constexpr float kPi = std::numbers::pi_v<float>;

// Close together in front, where the features are.
float angle_of(std::uint32_t column) {
  const float t = 2 * static_cast<float>(column) / static_cast<float>(kColumns) - 1;
  return kPi * (0.5F * t + 0.5F * t * t * t);
}

float height_of(const Form& f, std::uint32_t row) {
  const float t = static_cast<float>(row) / static_cast<float>(kRows - 1);
  // The crown's curve needs rows close together, the flat forehead doesn't.
  const float bent =
      t < 0.12F ? 0.04F * (t / 0.12F) * (t / 0.12F) + 0.04F * (t / 0.12F) : 0.08F + (t - 0.12F) * 0.92F / 0.88F;
  return mix(f.crown_y, f.chin_y - kChinBelow, bent);
}

// Height at which hair begins, at an angle from the face's middle.
float hair_begins(const Form& f, float u) {
  const float a = std::fabs(u);
  const float fringe = step(0.45F, 0.75F, f.fringe);
  float front_line =
      f.hair_line + 0.10F * f.parting * std::sin(u) + 0.42F * f.recession * hill((a - 0.55F) * (a - 0.55F) / 0.045F);
  const float ragged = 0.05F * smooth_noise(u * 9, 0, 11);
  front_line = mix(front_line, 0.50F + 0.16F * f.parting * std::sin(2 * u) + ragged, fringe);
  const float temple = mix(front_line, -0.12F, step(0.74F, 1.15F, a));
  return mix(temple, -1.25F, step(1.45F, 1.9F, a));
}

struct HairCover {
  float share, ramp;
};

HairCover hair_cover(const Form& f, float u, float y) {
  const float begins = hair_begins(f, u) + 0.025F * smooth_noise(u * 14, y * 14, 12);
  const float bald = step(0.62F, 0.72F, f.bald);
  const float keeps = mix(1, step(0.55F, 0.25F, y) * step(1.15F, 1.45F, std::fabs(u)), bald);
  return {step(begins - 0.05F, begins + 0.05F, y) * keeps,
          step(begins - 0.02F, begins + 0.30F, y) * keeps * (1 - bald)};
}

float hair_height(const Form& f, float u, float y, const HairCover& cover) {
  const float upper = 0.35F + 0.65F * step(-0.2F, 1.1F, y);
  const float swept = 1 + 0.45F * f.parting * std::sin(u) * step(0.5F, 1.2F, y);
  const float locks = 0.09F * f.curl * rough_noise(u * 5, y * 5, 13) + 0.02F * smooth_noise(u * 16, y * 3, 14);
  return cover.ramp * (f.hair_off * upper * swept + locks) + 0.02F * cover.share * (1 - step(0.62F, 0.72F, f.bald));
}

}  // namespace

float beard_at(const Form& f, float x, float y) {
  const float side = std::fabs(x);
  const float w = half_width(f, y);
  // From the sideburns along the jaw, and round the mouth to the chin.
  const float upper = mix(f.mouth_y - 0.05F, -0.35F, step(0.45F * w, 0.98F * w, side));
  const float jaw = step(upper + 0.12F, upper - 0.16F, y) * step(-0.15F, -0.4F, y);
  const float mouth = hill(x, y - f.mouth_y - 0.01F, f.mouth_half * 0.50F, 0.085F);
  return jaw * (1 - std::min(1.0F, 1.6F * mouth));
}

float moustache_at(const Form& f, float x, float y) {
  const float t = x / (f.mouth_half * 1.15F);
  const float base = f.mouth_y + f.lip_up * 0.85F - 0.13F * t * t;
  const float top = std::min(f.nose_y - 0.13F, base + 0.18F) - 0.06F * t * t;
  return step(1.15F, 0.95F, std::fabs(t)) * step(base - 0.03F, base + 0.02F, y) * step(top + 0.04F, top - 0.05F, y);
}

Mesh head_mesh(const Form& f, const FaceIdentity& who) {
  Mesh mesh;
  mesh.material = Material::head;
  mesh.closed = true;
  mesh.vertices.resize(std::size_t{kRows} * kColumns);
  const float beard = step(0.5F, 0.9F, narrow(who.beard)) * 0.07F;
  for (std::uint32_t r = 0; r < kRows; ++r) {
    const float y = height_of(f, r);
    const float w = half_width(f, y);
    const float back = middle_back(f, y);
    for (std::uint32_t c = 0; c < kColumns; ++c) {
      const float u = angle_of(c);
      const float s = std::sin(u);
      const float k = std::cos(u);
      const float x = std::copysign(w * std::pow(std::fabs(s), 2 / kSection), s);
      const float z = k >= 0 ? front(f, x, y) : -back * std::pow(-k, 2 / kSection);
      Vertex& vertex = mesh.vertices[std::size_t{r} * kColumns + c];
      vertex.rest = {x, y, z};
      const HairCover cover = hair_cover(f, u, y);
      vertex.hair = cover.share;
      const Vec3 out = unit({x, y > 0.35F ? 1.1F * (y - 0.35F) : 0.0F, z});
      const float beard_out = beard > 0 && k > 0 ? beard * step(0.1F, 1.0F, beard_at(f, x, y)) * beard_at(f, x, y) *
                                                       (1 + 0.3F * rough_noise(x * 9, y * 9, 15))
                                                 : 0;
      vertex.place = vertex.rest + out * (hair_height(f, u, y, cover) + beard_out);
    }
  }
  join_grid(mesh, kRows, kColumns, true);
  shape_grid(mesh, kRows, kColumns, true);
  return mesh;
}

}  // namespace semblance::render_stage
