// Skin, hair and eyes from the identity's amounts of pigment.

#include <span>

#include "render/paint.hpp"

namespace semblance::render_stage {
namespace {

// Between colours that stand at equal distances over [0, 1], in proportions: pigment filters light.
Vec3 between(std::span<const Vec3> colours, double at) {
  const float place = std::clamp(narrow(at), 0.0F, 1.0F) * static_cast<float>(colours.size() - 1);
  const auto i = std::min(static_cast<std::size_t>(place), colours.size() - 2);
  const float t = place - static_cast<float>(i);
  const auto one = [t](float a, float b) { return std::pow(a, 1 - t) * std::pow(b, t); };
  return {one(colours[i].x, colours[i + 1].x), one(colours[i].y, colours[i + 1].y),
          one(colours[i].z, colours[i + 1].z)};
}

}  // namespace

Vec3 skin_colour(const FaceIdentity& who) {
  constexpr std::array<Vec3, 5> kTones = {{{0.84F, 0.57F, 0.45F},
                                           {0.72F, 0.45F, 0.31F},
                                           {0.52F, 0.29F, 0.17F},
                                           {0.27F, 0.13F, 0.07F},
                                           {0.11F, 0.05F, 0.03F}}};
  Vec3 tone = between(kTones, who.melanin);
  const float red = narrow(who.redness - 0.4) * 0.35F;
  tone.y *= 1 - 0.5F * red;
  tone.z *= 1 - 0.6F * red;
  return tone;
}

Vec3 hair_colour(const FaceIdentity& who) {
  constexpr std::array<Vec3, 5> kShades = {{{0.010F, 0.009F, 0.009F},
                                            {0.035F, 0.020F, 0.013F},
                                            {0.11F, 0.060F, 0.030F},
                                            {0.30F, 0.18F, 0.085F},
                                            {0.62F, 0.46F, 0.25F}}};
  Vec3 shade = between(kShades, who.hair_shade);
  const float red = narrow(who.hair_red);
  shade = shade * Vec3{1 + 0.9F * red, 1 - 0.05F * red, 1 - 0.45F * red};
  return mix(shade, {0.50F, 0.50F, 0.50F}, narrow(who.grey));
}

Vec3 iris_colour(const FaceIdentity& who) {
  constexpr std::array<Vec3, 4> kIrises = {
      {{0.035F, 0.016F, 0.009F}, {0.12F, 0.060F, 0.024F}, {0.18F, 0.20F, 0.14F}, {0.15F, 0.27F, 0.42F}}};
  const Vec3 iris = between(kIrises, who.eye_colour);
  return mix(iris, iris * Vec3{0.75F, 1.25F, 0.65F}, narrow(who.eye_green));
}

}  // namespace semblance::render_stage
