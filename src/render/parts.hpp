#pragma once
// The surfaces that a person is made of.

#include <vector>

#include "render/form.hpp"
#include "render/mesh.hpp"

namespace semblance::render_stage {

/// Head with the hair that lies on it.
Mesh head_mesh(const Form& form, const FaceIdentity& who);
Mesh ear_mesh(const Form& form, float side);
Mesh neck_mesh(const Form& form, const FaceIdentity& who);
Mesh clothes_mesh(const FaceIdentity& who);
/// Hair that hangs down; to be left out up to kShortHair.
Mesh hanging_hair_mesh(const Form& form, const FaceIdentity& who);
/// To be left out up to kNoGlasses.
Mesh glasses_mesh(const Form& form, const FaceIdentity& who);

inline constexpr double kShortHair = 0.25;
inline constexpr double kNoGlasses = 0.5;

/// Share of beard (without moustache) and of moustache at a place of the face, in [0, 1].
float beard_at(const Form& form, float x, float y);
float moustache_at(const Form& form, float x, float y);

std::vector<Mesh> person_meshes(const Form& form, const FaceIdentity& who);

}  // namespace semblance::render_stage
