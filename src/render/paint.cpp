// What each surface looks like; the eye and the mouth have files of their own.

#include "render/paint.hpp"

#include "render/noise.hpp"
#include "render/parts.hpp"

namespace semblance::render_stage {

Painter::Painter(const Form& form, const FaceIdentity& who, const FaceView& view)
    : form_(form),
      who_(who),
      view_(view),
      pattern_(static_cast<std::uint32_t>(who.pattern * 65536)),
      skin_(skin_colour(who)),
      hair_(hair_colour(who)),
      iris_(iris_colour(who)) {
  const Vec3 red = skin_ * Vec3{0.88F, 0.50F, 0.52F};
  const Vec3 natural = mix(skin_ * Vec3{0.92F, 0.78F, 0.80F}, red, narrow(who.lip_colour));
  lips_ = mix(natural, {0.42F, 0.03F, 0.06F}, 0.9F * narrow(who.lipstick));
  beard_ = mix(hair_ * 0.8F, {0.5F, 0.5F, 0.5F}, 0.35F * narrow(who.grey));
  constexpr int kMostMoles = 5;
  const int count = static_cast<int>(std::lround(who.moles * kMostMoles));
  for (int i = 0; i < count; ++i) {
    moles_.push_back({mix(-0.85F, 0.85F, cell_noise(i, 0, pattern_)), mix(-1.6F, 0.85F, cell_noise(i, 1, pattern_)),
                      mix(0.022F, 0.055F, cell_noise(i, 2, pattern_))});
  }
}

Vec3 Painter::skin(float x, float y) const {
  const float side = std::fabs(x);
  const float blush = narrow(0.25 + 0.9 * who_.redness) * (hill(side - 0.62F, y + 0.55F, 0.22F, 0.18F) +
                                                           0.8F * hill(x, y - form_.nose_y, 0.15F, 0.13F)) +
                      0.2F * hill(x, y - form_.chin_y - 0.2F, 0.2F, 0.15F);
  const float mottle =
      0.05F * rough_noise(x * 3.1F, y * 3.1F, pattern_) + 0.03F * smooth_noise(x * 17, y * 17, pattern_ + 3);
  Vec3 colour = skin_ * (1 + mottle);
  colour.y *= 1 - 0.20F * std::min(blush, 1.2F);
  colour.z *= 1 - 0.18F * std::min(blush, 1.2F);
  const float nostril = hill(side - 0.50F * form_.nose_half, y - form_.nose_y + 0.085F, 0.042F, 0.020F);
  colour = colour * (1 - 0.75F * nostril);
  const float rings = narrow(who_.eye_rings) * hill(side - form_.eye_x + 0.03F, y + 0.15F, 0.17F, 0.07F);
  return colour * mix({1, 1, 1}, {0.62F, 0.52F, 0.58F}, std::min(1.0F, rings));
}

void Painter::add_spots(float x, float y, Vec3& colour) const {
  if (who_.freckles > 0.02) {
    constexpr float kCells = 15;
    const float fx = std::floor(x * kCells);
    const float fy = std::floor(y * kCells);
    const auto cx = static_cast<std::int32_t>(fx);
    const auto cy = static_cast<std::int32_t>(fy);
    const float where = hill(std::fabs(x) - 0.35F, y + 0.45F, 0.33F, 0.24F);
    if (cell_noise(cx, cy, pattern_ + 5) < 0.55F * narrow(who_.freckles) * where) {
      const float dx = x * kCells - fx - 0.3F - 0.4F * cell_noise(cx, cy, pattern_ + 6);
      const float dy = y * kCells - fy - 0.3F - 0.4F * cell_noise(cx, cy, pattern_ + 7);
      colour = mix(colour, colour * Vec3{0.74F, 0.58F, 0.48F}, step(0.36F, 0.12F, std::sqrt(dx * dx + dy * dy)));
    }
  }
  for (const Mole& mole : moles_) {
    const float dx = x - mole.x;
    const float dy = y - mole.y;
    colour = mix(colour, colour * Vec3{0.22F, 0.15F, 0.13F},
                 step(mole.size, 0.55F * mole.size, std::sqrt(dx * dx + dy * dy)));
  }
}

void Painter::add_wrinkles(float x, float y, Paint& paint) const {
  const float age = narrow(who_.age);
  const float side = std::fabs(x);
  float line = 0;
  const float bend = 0.05F * x * x + 0.02F * smooth_noise(x * 2, 0, pattern_ + 9);
  for (const float height : {0.62F, 0.76F, 0.91F}) {
    line += hill(0.45F * x, y - height + bend, 0.32F, 0.016F) * 0.7F *
            step(0.5F, 1.1F, age + 0.4F * narrow(view_.brow_raise));
  }
  const float fold_x =
      side - mix(form_.nose_half + 0.07F, form_.mouth_half + 0.15F, step(form_.nose_y, form_.mouth_y, y));
  line += hill(fold_x, y - 0.5F * (form_.nose_y + form_.mouth_y) + 0.03F, 0.028F, 0.17F) *
          (0.15F + 0.8F * age + 0.5F * form_.smile);
  const float crow = side - form_.eye_x - form_.eye_half - 0.14F;
  line +=
      0.8F * hill(crow, std::fabs(y + 0.02F) - 0.05F, 0.07F, 0.014F) * std::max(0.0F, age - 0.3F + 0.3F * form_.smile);
  line +=
      hill(side - form_.eye_x + 0.02F, y + 0.19F - 0.3F * (side - form_.eye_x) * (side - form_.eye_x), 0.15F, 0.018F) *
      age * 0.8F;
  line += hill(side - 0.09F, y - 0.30F, 0.016F, 0.08F) * std::max(0.0F, age - 0.4F);
  paint.open *= 1 - 0.5F * std::min(1.0F, line);
  paint.colour = paint.colour * (1 - 0.16F * std::min(1.0F, line));
}

void Painter::add_beard(float x, float y, Paint& paint) const {
  if (y > -0.1F) return;
  const float beard = beard_at(form_, x, y);
  const float lip = moustache_at(form_, x, y);
  const float hairs = 0.5F + 0.5F * smooth_noise(x * 34, y * 15, 31);
  const float shadow = std::max(beard, lip) * narrow(who_.stubble) * (0.45F + 0.3F * hairs);
  const auto grown = [&](float where, double amount) {
    return step(0.30F, 0.75F, where * (0.75F + 0.5F * hairs)) * step(0.5F, 0.8F, narrow(amount));
  };
  const float cover = std::max(grown(beard, who_.beard), grown(lip, who_.moustache));
  paint.colour = mix(paint.colour, mix(beard_, paint.colour * 0.35F, 0.5F), 0.75F * shadow);
  paint.colour = mix(paint.colour, beard_ * (0.6F + 0.8F * hairs), 0.95F * cover);
  paint.gloss = mix(paint.gloss, 0.06F, cover);
  paint.soft *= 1 - cover;
}

void Painter::add_brow(float x, float y, Paint& paint) const {
  const float side = std::fabs(x);
  const float along = (side - form_.eye_x + 0.30F) / (0.29F + form_.brow_half);  // 0 inside, 1 outside
  if (along < -0.15F || along > 1.15F || y < 0.05F || y > 0.8F) return;
  const float arch = form_.brow_arch * (1 - (along - 0.62F) * (along - 0.62F) / 0.25F * (along > 0.62F ? 1.6F : 0.65F));
  const float middle = form_.brow_y + form_.brow_tilt * (along - 0.5F) + arch - 0.06F;
  const float thick = form_.brow_thick * mix(1.0F, 0.42F, step(0.45F, 1.0F, along));
  const float hairs = smooth_noise((side + 0.7F * y) * 42, (y - 0.35F * side) * 15, 41);
  const float edge = std::fabs(y - middle) / thick + 0.30F * hairs;
  const float cover = step(1.15F, 0.55F, edge) * step(-0.10F, 0.12F, along + 0.05F * hairs) * step(1.08F, 0.90F, along);
  const Vec3 dark = mix(hair_ * 0.55F, skin_ * Vec3{0.30F, 0.24F, 0.2F}, 0.3F);
  paint.colour = mix(paint.colour, dark, cover * narrow(0.25 + 0.72 * who_.brow_density));
  paint.gloss *= 1 - 0.7F * cover;
}

Paint Painter::hair_at(const Vec3& rest) const {
  const float u = std::atan2(rest.x + 0.12F * form_.parting, rest.z);
  const float curl = form_.curl;
  const float bend = curl * 0.5F * smooth_noise(u * 3, rest.y * 3.5F, 52);
  const float strands = rough_noise((u + bend) * mix(34.0F, 15.0F, curl), rest.y * mix(2.0F, 9.0F, curl), 51);
  const float clumps = rough_noise((u + bend) * 8, rest.y * mix(1.0F, 4.0F, curl), 53);
  Paint paint;
  paint.colour = hair_ * std::max(0.25F, 1 + 0.45F * strands + 0.35F * clumps);
  paint.gloss = 0.22F * (1 - 0.6F * curl) * std::max(0.0F, 0.6F + 0.8F * strands);
  paint.sharp = 9;
  paint.soft = 0.15F;
  return paint;
}

Paint Painter::face(const Vec3& rest, float hair) const {
  Paint paint;
  if (hair > 0.98F) return hair_at(rest);
  if (rest.z > 0) {
    paint.colour = skin(rest.x, rest.y);
    add_spots(rest.x, rest.y, paint.colour);
    paint.gloss =
        0.16F + 0.10F * hill(rest.x, rest.y - 0.75F, 0.3F, 0.2F) + 0.14F * hill(rest.x, rest.y + 0.4F, 0.08F, 0.25F);
    add_wrinkles(rest.x, rest.y, paint);
    add_mouth(rest.x, rest.y, paint);
    add_beard(rest.x, rest.y, paint);
    add_brow(rest.x, rest.y, paint);
    add_eye(rest.x, rest.y, paint);
  } else {
    paint.colour = skin_;
  }
  if (hair > 0.02F) {
    const Paint over = hair_at(rest);
    paint.colour = mix(paint.colour, over.colour, hair);
    paint.gloss = mix(paint.gloss, over.gloss, hair);
  }
  return paint;
}

bool Painter::is_fine(Material material, const Vec3& rest) const {
  if (material != Material::head || rest.z < 0) return false;
  const float side = std::fabs(rest.x);
  const bool eye = side > 0.1F && side < 1.0F && rest.y > -0.14F && rest.y < 0.14F;
  const bool mouth = side < form_.mouth_half + 0.05F && std::fabs(rest.y - form_.mouth_y + 0.08F) < 0.22F;
  const bool nostril = side < 0.3F && std::fabs(rest.y - form_.nose_y + 0.08F) < 0.06F;
  return eye || mouth || nostril;
}

Paint Painter::at(Material material, const Vec3& rest, float hair) const {
  Paint paint;
  switch (material) {
    case Material::head:
      return face(rest, hair);
    case Material::ear:
      paint.colour = skin_ * Vec3{1.0F, 0.86F, 0.84F};
      break;
    case Material::neck:
      paint.colour = skin_ * (0.92F + 0.04F * rough_noise(rest.x * 3, rest.y * 3, pattern_));
      paint.open = 1 - 0.55F * step(form_.chin_y - 0.75F, form_.chin_y + 0.05F, rest.y);
      break;
    case Material::hair:
      return hair_at(rest);
    case Material::clothes:
      paint.colour = Vec3{narrow(view_.clothes[0]), narrow(view_.clothes[1]), narrow(view_.clothes[2])} *
                     (1 + 0.10F * rough_noise(rest.x * 4, rest.y * 4, 61));
      paint.gloss = 0.03F;
      paint.soft = 0.1F;
      break;
    case Material::frame: {
      const float shade = narrow(who_.frame_shade);
      paint.colour = mix({0.012F, 0.012F, 0.014F}, {0.45F, 0.30F, 0.16F}, shade);
      paint.gloss = 0.35F;
      paint.sharp = 20;
      paint.soft = 0;
      break;
    }
  }
  return paint;
}

}  // namespace semblance::render_stage
