#pragma once
// Colours: what a place of a surface looks like under white light.

#include <array>
#include <vector>

#include "render/form.hpp"
#include "render/mesh.hpp"

namespace semblance::render_stage {

struct Paint {
  Vec3 colour;         ///< linear red, green, blue
  float gloss = 0.2F;  ///< strength of the highlight
  float sharp = 14;    ///< its exponent
  float soft = 1;      ///< how far light goes round under the surface: 1 skin, 0 none
  float open = 1;      ///< share of the surroundings' light that comes in
};

/// One person's colours, set up once a picture.
class Painter {
 public:
  Painter(const Form& form, const FaceIdentity& who, const FaceView& view);
  /// Of a place of a surface; `hair` and `rest` interpolated from its vertices.
  /// Whether colours change within a pixel there: eyes, brows, mouth.
  [[nodiscard]] bool is_fine(Material material, const Vec3& rest) const;
  [[nodiscard]] Paint at(Material material, const Vec3& rest, float hair) const;

 private:
  [[nodiscard]] Paint face(const Vec3& rest, float hair) const;
  [[nodiscard]] Vec3 skin(float x, float y) const;
  void add_spots(float x, float y, Vec3& colour) const;
  void add_wrinkles(float x, float y, Paint& paint) const;
  void add_beard(float x, float y, Paint& paint) const;
  void add_brow(float x, float y, Paint& paint) const;
  void add_eye(float x, float y, Paint& paint) const;
  void add_mouth(float x, float y, Paint& paint) const;
  [[nodiscard]] Paint hair_at(const Vec3& rest) const;

  const Form& form_;
  const FaceIdentity& who_;
  const FaceView& view_;
  std::uint32_t pattern_;
  Vec3 skin_, lips_, hair_, iris_, beard_;
  struct Mole {
    float x, y, size;
  };
  std::vector<Mole> moles_;
};

Vec3 skin_colour(const FaceIdentity& who);
Vec3 hair_colour(const FaceIdentity& who);
Vec3 iris_colour(const FaceIdentity& who);

}  // namespace semblance::render_stage
