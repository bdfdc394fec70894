// Who is drawn, and how they are seen: the laws of docs/simulate.md.

#include <algorithm>
#include <cmath>

#include "base/rng.hpp"
#include "semblance/render.hpp"

namespace semblance {
namespace {

class Draw {
 public:
  Draw(std::uint64_t seed, const char* purpose, std::uint64_t number) : rng_(derive_seed(seed, purpose, number)) {}
  double uniform(double low, double high) { return low + (high - low) * uniform_unit(rng_); }
  double normal(double mean, double spread, double low, double high) {
    return std::clamp(mean + spread * boost::random::normal_distribution<double>()(rng_), low, high);
  }
  bool chance(double share) { return uniform_unit(rng_) < share; }
  std::uint64_t word() { return rng_(); }

 private:
  Rng rng_;
};

// What a person's features hang together by.
struct Kin {
  double male;    // 0 or 1: beards, brows, jaws, long hair
  double origin;  // 0 to 1: pigment of skin, hair and eyes
  double age;     // 0 to 1: grey hair, lines, lost hair
};

void draw_colours(Draw& draw, const Kin& kin, FaceIdentity& who) {
  who.melanin = std::clamp(kin.origin + draw.normal(0, 0.07, -0.2, 0.2), 0.0, 1.0);
  who.redness = draw.uniform(0, 1) * (1 - 0.5 * kin.origin);
  const double light = 1 - 1.25 * kin.origin;  // of hair and eyes; none where the skin is dark
  who.hair_shade = std::clamp(draw.uniform(-0.1, 1.05) * light + 0.06, 0.0, 1.0);
  if (kin.male < 0.5 && draw.chance(0.08)) who.hair_shade = 0.9;  // dyed
  who.hair_red = draw.chance(0.15) ? draw.uniform(0.5, 1) : draw.uniform(0, 0.25);
  who.grey = draw.chance(0.55) ? std::clamp((kin.age - 0.5) * draw.uniform(0.6, 2.6), 0.0, 0.95) : 0.0;
  who.eye_colour = std::clamp(draw.uniform(-0.2, 1.1) * light, 0.0, 1.0);
  who.eye_green = draw.uniform(0, 1);
  who.lip_colour = draw.uniform(0, 1);
  if (kin.male < 0.5) {
    if (draw.chance(0.5)) who.lipstick = draw.uniform(0.2, 1);
    if (draw.chance(0.5)) who.eye_shadow = draw.uniform(0.2, 1);
  }
}

void draw_shape(Draw& draw, const Kin& kin, FaceIdentity& who) {
  for (const FaceParameter& parameter : face_parameters()) {
    if (parameter.low < 0) who.*parameter.value = draw.uniform(-1, 1);
  }
  const auto lean = [&](double FaceIdentity::*value, double by) {
    who.*value = std::clamp(who.*value * 0.85 + by * (2 * kin.male - 1), -1.0, 1.0);
  };
  lean(&FaceIdentity::jaw_width, 0.25);
  lean(&FaceIdentity::brow_ridge, 0.35);
  lean(&FaceIdentity::brow_thickness, 0.25);
  lean(&FaceIdentity::brow_height, -0.2);
  lean(&FaceIdentity::brow_arch, -0.2);
  lean(&FaceIdentity::lip_upper, -0.2);
  lean(&FaceIdentity::eye_size, -0.15);
  lean(&FaceIdentity::chin_boss, 0.2);
  lean(&FaceIdentity::nose_projection, 0.1);
  who.lid_fold = draw.uniform(0, 1);
  who.brow_density = draw.uniform(0.25, 1);
}

void draw_skin_and_beard(Draw& draw, const Kin& kin, FaceIdentity& who) {
  who.age = kin.age;
  who.eye_rings = draw.uniform(0, 0.8);
  if (kin.origin < 0.45 && draw.chance(0.2)) who.freckles = draw.uniform(0.3, 1);
  if (draw.chance(0.35)) who.moles = draw.uniform(0.1, 0.7);
  if (kin.male < 0.5) return;
  who.stubble = draw.chance(0.5) ? draw.uniform(0.1, 1) : 0;
  if (draw.chance(0.28)) who.beard = draw.uniform(0.65, 1);
  if (draw.chance(who.beard > 0 ? 0.85 : 0.12)) who.moustache = draw.uniform(0.65, 1);
}

void draw_hair(Draw& draw, const Kin& kin, FaceIdentity& who) {
  const bool male = kin.male > 0.5;
  const bool is_long = draw.chance(male ? 0.08 : 0.72);
  who.hair_length = is_long ? draw.uniform(0.3, 1) : draw.uniform(0, 0.2);
  who.hair_volume = draw.uniform(0, 1);
  who.curl = draw.chance(0.3 + 0.4 * kin.origin) ? draw.uniform(0.3, 1) : draw.uniform(0, 0.2);
  who.fringe = draw.chance(male ? 0.15 : 0.33) ? draw.uniform(0.7, 1) : 0;
  if (!male) return;
  who.recession = draw.chance(0.5) ? draw.uniform(0, 1) * (0.3 + kin.age) : 0;
  who.recession = std::min(who.recession, 1.0);
  if (!is_long && draw.chance(0.08 + 0.25 * kin.age)) who.baldness = draw.uniform(0.75, 1);
}

void draw_glasses(Draw& draw, FaceIdentity& who) {
  if (draw.chance(0.22)) who.glasses = draw.uniform(0.6, 1);
  who.frame_roundness = draw.uniform(0, 1);
  who.frame_thickness = draw.uniform(0, 1);
  who.frame_shade = draw.chance(0.6) ? draw.uniform(0, 0.1) : draw.uniform(0.2, 1);
}

}  // namespace

FaceIdentity draw_face(std::uint64_t seed, std::uint64_t number) {
  Draw draw(seed, "face", number);
  FaceIdentity who;
  const double male = draw.chance(0.5) ? 1 : 0;
  const Kin kin{male, draw.uniform(0, 0.95), draw.uniform(0, 1)};
  draw_shape(draw, kin, who);
  draw_colours(draw, kin, who);
  draw_skin_and_beard(draw, kin, who);
  draw_hair(draw, kin, who);
  draw_glasses(draw, who);
  who.pattern = draw.uniform(0, 1);
  return who;
}

FaceView draw_view(std::uint64_t seed, std::uint64_t number) {
  Draw draw(seed, "view", number);
  FaceView view;
  view.yaw = draw.normal(0, 8, -20, 20);
  view.pitch = draw.normal(0, 5, -12, 12);
  view.roll = draw.normal(0, 4, -12, 12);
  view.smile = draw.chance(0.55) ? draw.uniform(0.15, 1) : 0;
  view.mouth_open = draw.chance(0.25) ? draw.uniform(0.1, 0.6) : 0;
  view.brow_raise = draw.uniform(-0.3, 0.6);
  view.squint = draw.uniform(0, 0.4);
  view.gaze_x = draw.normal(0, 0.35, -1, 1);
  view.gaze_y = draw.normal(0, 0.25, -1, 1);
  view.light_azimuth = draw.uniform(-45, 45);
  view.light_elevation = draw.uniform(10, 50);
  view.light_strength = draw.uniform(0.7, 1.15);
  view.ambient = draw.uniform(0.30, 0.60);
  view.warmth = draw.normal(0.1, 0.5, -1, 1);
  view.exposure = draw.uniform(0.75, 1.15);
  view.shift_x = draw.normal(0, 0.02, -0.05, 0.05);
  view.shift_y = draw.normal(0, 0.015, -0.04, 0.04);
  view.zoom = draw.uniform(0.92, 1.06);
  const double bright = draw.uniform(0.05, 0.8);
  for (double& channel : view.background) channel = bright * draw.uniform(0.7, 1.2);
  const double cloth = draw.chance(0.5) ? draw.uniform(0.02, 0.12) : draw.uniform(0.1, 0.7);
  for (double& channel : view.clothes) channel = cloth * draw.uniform(0.5, 1.3);
  view.blur = draw.uniform(0.2, 0.8);
  view.noise = draw.uniform(1, 4.5);
  view.grain = draw.word();
  view.backdrop = draw.word();
  view.quality = static_cast<int>(draw.uniform(72, 96));
  return view;
}

FaceView copy_view(const FaceView& view, std::uint64_t seed, std::uint64_t number) {
  Draw draw(seed, "copy", number);
  FaceView copy = view;
  copy.exposure *= draw.uniform(0.92, 1.08);
  copy.zoom *= draw.uniform(0.99, 1.01);
  copy.shift_x += draw.uniform(-0.005, 0.005);
  copy.shift_y += draw.uniform(-0.005, 0.005);
  copy.blur = draw.uniform(0.3, 0.9);
  copy.noise = draw.uniform(1, 4.5);
  copy.grain = draw.word();
  copy.quality = static_cast<int>(draw.uniform(70, 92));
  return copy;
}

}  // namespace semblance
