// The numbers that make a person, by name.

#include "semblance/render.hpp"

namespace semblance {
namespace {

constexpr FaceParameter kParameters[] = {
    {"head_width", &FaceIdentity::head_width, -1, 1},
    {"forehead", &FaceIdentity::forehead, -1, 1},
    {"cheek_width", &FaceIdentity::cheek_width, -1, 1},
    {"jaw_width", &FaceIdentity::jaw_width, -1, 1},
    {"chin_width", &FaceIdentity::chin_width, -1, 1},
    {"chin_length", &FaceIdentity::chin_length, -1, 1},
    {"fullness", &FaceIdentity::fullness, -1, 1},
    {"brow_ridge", &FaceIdentity::brow_ridge, -1, 1},
    {"chin_boss", &FaceIdentity::chin_boss, -1, 1},
    {"eye_spacing", &FaceIdentity::eye_spacing, -1, 1},
    {"eye_size", &FaceIdentity::eye_size, -1, 1},
    {"eye_openness", &FaceIdentity::eye_openness, -1, 1},
    {"eye_tilt", &FaceIdentity::eye_tilt, -1, 1},
    {"eye_depth", &FaceIdentity::eye_depth, -1, 1},
    {"lid_fold", &FaceIdentity::lid_fold, 0, 1},
    {"brow_height", &FaceIdentity::brow_height, -1, 1},
    {"brow_thickness", &FaceIdentity::brow_thickness, -1, 1},
    {"brow_arch", &FaceIdentity::brow_arch, -1, 1},
    {"brow_tilt", &FaceIdentity::brow_tilt, -1, 1},
    {"brow_length", &FaceIdentity::brow_length, -1, 1},
    {"brow_density", &FaceIdentity::brow_density, 0, 1},
    {"nose_length", &FaceIdentity::nose_length, -1, 1},
    {"nose_width", &FaceIdentity::nose_width, -1, 1},
    {"nose_projection", &FaceIdentity::nose_projection, -1, 1},
    {"nose_bridge", &FaceIdentity::nose_bridge, -1, 1},
    {"nose_hump", &FaceIdentity::nose_hump, -1, 1},
    {"nose_tip", &FaceIdentity::nose_tip, -1, 1},
    {"mouth_width", &FaceIdentity::mouth_width, -1, 1},
    {"mouth_height", &FaceIdentity::mouth_height, -1, 1},
    {"lip_upper", &FaceIdentity::lip_upper, -1, 1},
    {"lip_lower", &FaceIdentity::lip_lower, -1, 1},
    {"mouth_curve", &FaceIdentity::mouth_curve, -1, 1},
    {"ear_size", &FaceIdentity::ear_size, -1, 1},
    {"melanin", &FaceIdentity::melanin, 0, 1},
    {"redness", &FaceIdentity::redness, 0, 1},
    {"hair_shade", &FaceIdentity::hair_shade, 0, 1},
    {"hair_red", &FaceIdentity::hair_red, 0, 1},
    {"grey", &FaceIdentity::grey, 0, 1},
    {"eye_colour", &FaceIdentity::eye_colour, 0, 1},
    {"eye_green", &FaceIdentity::eye_green, 0, 1},
    {"lip_colour", &FaceIdentity::lip_colour, 0, 1},
    {"lipstick", &FaceIdentity::lipstick, 0, 1},
    {"eye_shadow", &FaceIdentity::eye_shadow, 0, 1},
    {"age", &FaceIdentity::age, 0, 1},
    {"freckles", &FaceIdentity::freckles, 0, 1},
    {"eye_rings", &FaceIdentity::eye_rings, 0, 1},
    {"stubble", &FaceIdentity::stubble, 0, 1},
    {"moustache", &FaceIdentity::moustache, 0, 1},
    {"beard", &FaceIdentity::beard, 0, 1},
    {"moles", &FaceIdentity::moles, 0, 1},
    {"hair_length", &FaceIdentity::hair_length, 0, 1},
    {"hair_volume", &FaceIdentity::hair_volume, 0, 1},
    {"hair_line", &FaceIdentity::hair_line, -1, 1},
    {"recession", &FaceIdentity::recession, 0, 1},
    {"fringe", &FaceIdentity::fringe, 0, 1},
    {"parting", &FaceIdentity::parting, -1, 1},
    {"curl", &FaceIdentity::curl, 0, 1},
    {"baldness", &FaceIdentity::baldness, 0, 1},
    {"glasses", &FaceIdentity::glasses, 0, 1},
    {"frame_width", &FaceIdentity::frame_width, -1, 1},
    {"frame_height", &FaceIdentity::frame_height, -1, 1},
    {"frame_roundness", &FaceIdentity::frame_roundness, 0, 1},
    {"frame_thickness", &FaceIdentity::frame_thickness, 0, 1},
    {"frame_shade", &FaceIdentity::frame_shade, 0, 1},
    {"pattern", &FaceIdentity::pattern, 0, 1},
};

}  // namespace

std::span<const FaceParameter> face_parameters() { return kParameters; }

FaceIdentity mix_faces(const FaceIdentity& first, const FaceIdentity& second, double share) {
  FaceIdentity out;
  for (const FaceParameter& parameter : kParameters) {
    out.*parameter.value = share * (first.*parameter.value) + (1 - share) * (second.*parameter.value);
  }
  return out;
}

}  // namespace semblance
