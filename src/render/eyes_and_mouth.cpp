// The eye between its lids, and the mouth between its lips.

#include "render/noise.hpp"
#include "render/paint.hpp"

namespace semblance::render_stage {
namespace {

constexpr float kIris = 0.100F;  // radius: 12 mm across, eyes 63 mm apart
constexpr float kPupil = 0.040F;

}  // namespace

void Painter::add_eye(float x, float y, Paint& paint) const {
  const Form& f = form_;
  const float side = x < 0 ? -1.0F : 1.0F;
  const float dx = std::fabs(x) - f.eye_x;  // positive outwards
  const float dy = y - f.eye_y - f.eye_tilt * dx;
  const float t = dx / f.eye_half;
  if (std::fabs(t) > 1.5F || std::fabs(dy) > 0.32F) return;
  const float in = std::max(0.0F, 1 - t * t);
  const float upper = f.lid_up * std::pow(in, 0.75F) * (1 - 0.14F * t);
  const float lower = -f.lid_down * std::pow(in, 0.85F) * (1 + 0.14F * t);

  // The lids: shadow, the fold above, lashes.
  const float shadow = narrow(who_.eye_shadow) * step(0.17F, 0.02F, dy - upper) * step(-0.03F, 0.03F, dy) *
                       step(1.4F, 0.8F, std::fabs(t));
  paint.colour = mix(paint.colour, paint.colour * Vec3{0.30F, 0.24F, 0.34F}, 0.8F * shadow);
  const float fold = mix(0.02F, 0.075F, narrow(who_.lid_fold));
  const float crease =
      hill(0.35F * t, dy - upper - fold - 0.012F * in, 0.5F, 0.013F) * step(0.05F, 0.3F, narrow(who_.lid_fold));
  paint.open *= 1 - 0.6F * crease;
  paint.colour = paint.colour * (1 - 0.38F * crease);
  const float lashes = std::max(hill((dy - upper - 0.008F) / 0.016F * ((dy - upper - 0.008F) / 0.016F)),
                                0.45F * hill((dy - lower + 0.004F) / 0.011F * ((dy - lower + 0.004F) / 0.011F))) *
                       step(1.12F, 0.95F, std::fabs(t - 0.05F));

  if (dy < upper && dy > lower && in > 0) {
    const float gx = dx - side * 0.06F * narrow(view_.gaze_x);
    const float gy = dy - 0.04F * narrow(view_.gaze_y) - 0.008F;
    const float radius = std::sqrt(gx * gx + gy * gy);
    const float iris = step(kIris + 0.008F, kIris - 0.008F, radius);
    const float spokes = smooth_noise(std::atan2(gy, gx) * 7, radius * 16, pattern_ + 11);
    Vec3 inside = iris_ * (1 + 0.35F * spokes) * mix(1.25F, 0.45F, step(0.5F * kIris, kIris, radius));
    inside = mix(inside, {0.004F, 0.004F, 0.004F}, step(kPupil + 0.008F, kPupil - 0.008F, radius));
    const float corner = step(0.72F, 1.0F, -t);
    const Vec3 white = mix({0.70F, 0.66F, 0.63F}, {0.60F, 0.30F, 0.27F}, corner);
    const float under_lid = 1 - 0.55F * step(upper - 0.07F, upper, dy);  // the upper lid's shadow
    paint.colour = mix(white * (1 - 0.25F * t * t), inside, iris) * under_lid;
    const float hx = gx * side + 0.032F * (view_.light_azimuth < 0 ? 1.0F : -1.0F);
    const float hy = gy - 0.034F;
    const float glint = step(0.024F, 0.010F, std::sqrt(hx * hx + hy * hy));
    paint.colour = mix(paint.colour, {1.1F, 1.1F, 1.1F}, 0.9F * glint);
    paint.gloss = 0.05F;
    paint.soft = 0.4F;
    paint.open = 1;
  }
  const Vec3 lash = mix(hair_ * 0.3F, {0.012F, 0.010F, 0.010F}, 0.55F + 0.4F * narrow(who_.eye_shadow));
  paint.colour = mix(paint.colour, lash, std::min(1.0F, 0.9F * lashes));
}

void Painter::add_mouth(float x, float y, Paint& paint) const {
  const Form& f = form_;
  const float t = x / f.mouth_half;
  if (std::fabs(t) > 1.25F || std::fabs(y - f.mouth_y) > 0.5F) return;
  const float in = std::max(0.0F, 1 - t * t);
  const float line = f.mouth_y + f.corner * t * t;
  const float open = f.gap * in;
  const float bow =
      1 - 0.24F * hill(t * t / 0.02F) + 0.10F * hill((std::fabs(t) - 0.25F) * (std::fabs(t) - 0.25F) / 0.02F);
  const float top = line + f.lip_up * std::pow(in, 0.8F) * bow;
  const float bottom = line - open - f.lip_low * std::pow(in, 0.6F);
  const float soft = 0.018F;
  const float lips =
      step(top + soft, top - soft, y) * step(bottom - soft, bottom + soft, y) * step(1.03F, 0.93F, std::fabs(t));
  const float grain = 1 + 0.10F * smooth_noise(x * 32, y * 5, pattern_ + 13);
  paint.colour = mix(paint.colour, lips_ * grain, 0.85F * lips);
  paint.gloss = mix(paint.gloss, 0.30F, lips * (y < line - open ? 1.0F : 0.3F));

  if (y < line && y > line - open && open > 0.02F) {
    const float depth = std::min(line - y, y - line + open);
    const bool teeth = y > line - 0.085F - 0.02F * in && std::fabs(t) < 0.86F;
    const float between = 1 - 0.25F * hill((std::fabs(std::remainder(x, 0.105F)) - 0.0525F) / 0.010F *
                                           ((std::fabs(std::remainder(x, 0.105F)) - 0.0525F) / 0.010F));
    const Vec3 inside =
        teeth ? Vec3{0.66F, 0.62F, 0.54F} * (between * (1 - 0.5F * t * t)) : Vec3{0.10F, 0.025F, 0.022F};
    paint.colour = mix(paint.colour, inside, step(0.0F, 0.02F, depth));
    paint.gloss *= 0.3F;
  }
  const float closed =
      hill((y - line + 0.5F * open) / (0.014F + 0.08F * open) * ((y - line + 0.5F * open) / (0.014F + 0.08F * open)));
  if (open <= 0.05F)
    paint.colour =
        mix(paint.colour, lips_ * Vec3{0.20F, 0.13F, 0.13F}, 0.85F * closed * step(1.12F, 0.95F, std::fabs(t)));
  const float below = hill(x, y - bottom + 0.06F, 0.22F, 0.04F);
  paint.open *= 1 - 0.3F * below;
}

}  // namespace semblance::render_stage
