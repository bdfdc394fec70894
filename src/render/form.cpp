// Measures from the identity's numbers. Means follow common adult anthropometry: eyes 63 mm apart, head 150 mm wide,
// 115 mm from the eyes to the chin.

#include "render/form.hpp"

#include <array>
#include <span>

namespace semblance::render_stage {
namespace {

struct Knot {
  float at, value;
};

// Smooth through the knots (Catmull-Rom with their uneven places), constant beyond; knots by falling place.
float through(std::span<const Knot> knots, float at) {
  if (at >= knots.front().at) return knots.front().value;
  if (at <= knots.back().at) return knots.back().value;
  std::size_t i = 1;
  while (knots[i].at > at) ++i;
  const Knot& a = knots[i - 1];
  const Knot& b = knots[i];
  const auto slope = [&](std::size_t k) {
    if (k == 0 || k + 1 == knots.size()) return (b.value - a.value) / (b.at - a.at);
    return (knots[k + 1].value - knots[k - 1].value) / (knots[k + 1].at - knots[k - 1].at);
  };
  const float width = b.at - a.at;
  const float t = (at - a.at) / width;
  const float u = 1 - t;
  return u * u * (1 + 2 * t) * a.value + t * t * (3 - 2 * t) * b.value + t * u * u * width * slope(i - 1) -
         t * t * u * width * slope(i);
}

void set_outline(const FaceIdentity& who, const FaceView& view, Form& f) {
  f.temple = narrow(1.27 + 0.10 * who.head_width);
  f.cheek = narrow(1.20 + 0.08 * who.head_width + 0.11 * who.cheek_width + 0.04 * who.fullness);
  f.jaw = narrow(0.92 + 0.05 * who.head_width + 0.17 * who.jaw_width + 0.07 * who.fullness);
  f.chin_width = narrow(0.52 + 0.10 * who.chin_width + 0.05 * who.jaw_width + 0.04 * who.fullness);
  f.crown_y = narrow(1.72 + 0.14 * who.forehead);
  f.chin_y = narrow(-1.76 - 0.20 * who.chin_length - 0.16 * view.mouth_open);
  f.forehead_slope = narrow(0.05 * who.brow_ridge);
  f.fullness = narrow(who.fullness);
  f.brow_ridge = narrow(0.035 + 0.05 * who.brow_ridge);
  f.chin_boss = narrow(0.08 + 0.08 * who.chin_boss);
  f.ear = narrow(1 + 0.25 * who.ear_size);
}

void set_eyes(const FaceIdentity& who, const FaceView& view, Form& f) {
  f.eye_x = narrow(0.5 + 0.065 * who.eye_spacing);
  f.eye_y = 0;
  f.eye_half = narrow(0.235 + 0.045 * who.eye_size);
  const double open =
      (1 + 0.15 * who.eye_size + 0.35 * who.eye_openness) * (1 - 0.45 * view.squint - 0.15 * view.smile);
  f.lid_up = narrow(0.088 * open + 0.02 * view.brow_raise);
  f.lid_down = narrow(0.060 * open - 0.01 * view.smile);
  f.eye_tilt = narrow(0.03 + 0.16 * who.eye_tilt);
  f.eye_depth = narrow(0.10 + 0.085 * who.eye_depth);
  f.brow_y = narrow(0.33 + 0.10 * who.brow_height + 0.08 * view.brow_raise - 0.03 * view.squint);
  f.brow_half = narrow(0.36 + 0.06 * who.brow_length);
  f.brow_thick = narrow(0.062 + 0.042 * who.brow_thickness);
  f.brow_arch = narrow(0.075 + 0.07 * who.brow_arch);
  f.brow_tilt = narrow(0.02 + 0.14 * who.brow_tilt);
}

void set_nose_and_mouth(const FaceIdentity& who, const FaceView& view, Form& f) {
  f.nose_y = narrow(-0.62 - 0.13 * who.nose_length);
  f.nose_half = narrow(0.25 + 0.10 * who.nose_width + 0.02 * view.smile);
  f.nose_height = narrow(0.33 + 0.12 * who.nose_projection);
  f.bridge_half = narrow(0.100 + 0.04 * who.nose_bridge);
  f.hump = narrow(0.05 * who.nose_hump);
  f.tip_turn = narrow(0.05 * who.nose_tip);
  f.smile = narrow(view.smile);
  f.mouth_y = narrow(-1.06 - 0.07 * who.nose_length - 0.05 * who.mouth_height);
  f.mouth_half = narrow((0.40 + 0.09 * who.mouth_width) * (1 + 0.18 * view.smile - 0.06 * view.mouth_open));
  f.lip_up = narrow((0.095 + 0.065 * who.lip_upper) * (1 - 0.2 * view.smile));
  f.lip_low = narrow((0.125 + 0.075 * who.lip_lower) * (1 - 0.12 * view.smile));
  f.corner = narrow(0.035 * who.mouth_curve + 0.10 * view.smile);
  f.gap = narrow(0.20 * view.mouth_open + 0.03 * view.smile);
}

void set_hair(const FaceIdentity& who, Form& f) {
  f.hair_line = narrow(0.96 + 0.12 * who.forehead + 0.12 * who.hair_line);
  f.hair_off = narrow(0.05 + 0.30 * who.hair_volume + 0.14 * who.curl * who.hair_volume);
  f.recession = narrow(who.recession);
  f.fringe = narrow(who.fringe);
  f.parting = narrow(who.parting);
  f.curl = narrow(who.curl);
  f.bald = narrow(who.baldness);
}

float nose(const Form& f, float x, float y) {
  const float tip = f.nose_y;
  const float along = std::clamp((y - 0.14F) / (tip - 0.14F), -1.0F, 2.0F);  // 0 at the root, 1 at the tip
  const float rise = 0.14F * step(-0.25F, 0.2F, along) + 0.58F * step(-0.05F, 1.05F, along);
  const float fall = step(tip - 0.13F, tip + 0.05F, y);
  const float hump = f.hump * hill((along - 0.5F) * (along - 0.5F) / 0.05F);
  const float width = mix(f.bridge_half, f.bridge_half * 0.6F + f.nose_half * 0.22F, step(0.4F, 1.0F, along));
  const float ridge = (f.nose_height * rise + hump) * fall * hill(x * x / (width * width));
  const float ball = 0.52F * f.nose_height * hill(x, y - tip - 0.02F - f.tip_turn, 0.075F + 0.2F * f.nose_half, 0.105F);
  const float side = std::fabs(x) - f.nose_half * 0.70F;
  const float wing = 0.46F * f.nose_height * hill(side, y - tip + 0.015F, 0.045F + 0.14F * f.nose_half, 0.085F);
  return ridge + ball + wing;
}

float mouth(const Form& f, float x, float y) {
  const float t = std::clamp(x / f.mouth_half, -1.3F, 1.3F);
  const float line = f.mouth_y + f.corner * t * t;
  const float taper = std::max(0.0F, 1 - t * t);
  const float open = f.gap * taper;
  const float upper = 0.060F * hill(0, y - line - 0.5F * f.lip_up, 1, 0.40F * f.lip_up + 0.015F) * taper;
  const float lower = 0.075F * hill(0, y - line + open + 0.5F * f.lip_low, 1, 0.40F * f.lip_low + 0.015F) * taper;
  const float between =
      -0.05F * hill(0, y - line + 0.5F * open, 1, 0.022F + 0.3F * open) * step(1.15F, 0.8F, std::fabs(t));
  const float barrel = 0.07F * hill(x, y - f.mouth_y, 0.34F, 0.20F);
  const float philtrum = -0.016F * hill(x, y - f.mouth_y - 0.2F, 0.035F, 0.09F);
  const float groove = -0.055F * hill(x, y - f.mouth_y + f.lip_low + open + 0.11F, 0.26F, 0.06F);
  const float corners = -0.035F * hill(std::fabs(x) - f.mouth_half - 0.02F, y - f.mouth_y - f.corner, 0.05F, 0.07F);
  return upper + lower + between + barrel + philtrum + groove + corners;
}

float features(const Form& f, float x, float y) {
  const float side = std::fabs(x);
  const float dx = side - f.eye_x;
  const float socket =
      -f.eye_depth * hill(dx + 0.03F, y - 0.06F, 0.24F, 0.15F) - 0.05F * hill(dx + 0.22F, y - 0.02F, 0.09F, 0.16F);
  const float ball = 0.085F * hill(dx, y, 0.15F, 0.11F);
  const float bag = 0.012F * hill(dx, y + 0.17F, 0.14F, 0.04F);
  const float ridge = f.brow_ridge * hill(dx + 0.05F, y - f.brow_y + 0.02F, 0.26F, 0.10F) * 1.3F;
  const float cheek_bone = (0.055F + 0.03F * f.smile) * hill(side - 0.68F, y + 0.47F - 0.08F * f.smile, 0.20F, 0.15F);
  const float hollow = 0.07F * (f.fullness - 0.2F) * hill(side - 0.62F, y + 1.0F, 0.19F, 0.24F);
  // From the nose's wing to the mouth's corner; a smile deepens it.
  const float fold_x = side - mix(f.nose_half + 0.10F, f.mouth_half + 0.14F, step(f.nose_y, f.mouth_y, y));
  const float fold = -(0.012F + 0.03F * f.smile) * hill(fold_x, y - 0.5F * (f.nose_y + f.mouth_y), 0.05F, 0.20F);
  const float chin = f.chin_boss * hill(x, y - f.chin_y - 0.22F, 0.17F, 0.13F);
  return socket + ball + bag + ridge + cheek_bone + hollow + fold + chin + nose(f, x, y) + mouth(f, x, y);
}

}  // namespace

Form form_of(const FaceIdentity& who, const FaceView& view) {
  Form f{};
  set_outline(who, view, f);
  set_eyes(who, view, f);
  set_nose_and_mouth(who, view, f);
  set_hair(who, f);
  return f;
}

float half_width(const Form& f, float y) {
  const float top = 0.45F;
  if (y > top) {
    const float t = (y - top) / (f.crown_y - top);
    return f.temple * std::sqrt(std::max(0.0F, 1 - t * t * (0.75F + 0.25F * t)));
  }
  const float below = f.chin_y - kChinBelow;
  const std::array<Knot, 7> knots = {{{top, f.temple},
                                      {-0.05F, 0.35F * f.temple + 0.65F * f.cheek},
                                      {-0.50F, f.cheek - 0.02F},
                                      {-1.15F, f.jaw},
                                      {mix(-1.15F, f.chin_y, 0.58F), 0.48F * f.jaw + 0.62F * f.chin_width},
                                      {f.chin_y, f.chin_width * 0.72F},
                                      {below, 0.12F}}};
  return through(knots, y);
}

float middle_front(const Form& f, float y) {
  const std::array<Knot, 11> knots = {{{f.crown_y, 0.0F},
                                       {mix(0.9F, f.crown_y, 0.66F), 0.74F - f.forehead_slope},
                                       {mix(0.9F, f.crown_y, 0.25F), 1.08F - f.forehead_slope},
                                       {0.75F, 1.21F - f.forehead_slope},
                                       {0.32F, 1.28F},
                                       {0.0F, 1.20F},
                                       {-0.6F, 1.23F},
                                       {-1.1F, 1.24F},
                                       {f.chin_y + 0.20F, 1.16F},
                                       {f.chin_y, 1.06F},
                                       {f.chin_y - kChinBelow, 0.62F}}};
  return through(knots, y);
}

float middle_back(const Form& f, float y) {
  const std::array<Knot, 6> knots = {{{f.crown_y, 0.0F},
                                      {mix(0.5F, f.crown_y, 0.7F), 0.95F},
                                      {0.5F, 1.45F},
                                      {-0.3F, 1.40F},
                                      {-1.2F, 0.55F},
                                      {f.chin_y, 0.05F}}};
  return through(knots, y);
}

float front(const Form& f, float x, float y) {
  const float w = std::max(half_width(f, y), 0.02F);
  const float t = std::min(std::fabs(x) / w, 1.0F);
  const float section = std::pow(std::max(0.0F, 1 - std::pow(t, kSection)), 1 / kSection);
  // Features fade out where the surface turns to the side.
  return middle_front(f, y) * section + features(f, x, y) * step(1.0F, 0.9F, t);
}

}  // namespace semblance::render_stage
