#pragma once
// Faces of nobody: a head as a surface of formulas, seen by a camera under a lamp. Who it is and how it is seen are
// kept apart, so that the same person can be drawn again in another pose, light and expression.

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace semblance {

/// Who it is. Shapes lie in [-1, 1], 0 being the middle; amounts and colours in [0, 1]. face_parameters() names each.
struct FaceIdentity {
  // The head's outline and the form beneath the features.
  double head_width = 0, forehead = 0, cheek_width = 0, jaw_width = 0, chin_width = 0, chin_length = 0, fullness = 0,
         brow_ridge = 0, chin_boss = 0;
  // Eyes and brows.
  double eye_spacing = 0, eye_size = 0, eye_openness = 0, eye_tilt = 0, eye_depth = 0, lid_fold = 0.5;
  double brow_height = 0, brow_thickness = 0, brow_arch = 0, brow_tilt = 0, brow_length = 0, brow_density = 0.7;
  // Nose and mouth.
  double nose_length = 0, nose_width = 0, nose_projection = 0, nose_bridge = 0, nose_hump = 0, nose_tip = 0;
  double mouth_width = 0, mouth_height = 0, lip_upper = 0, lip_lower = 0, mouth_curve = 0;
  double ear_size = 0;
  // Colours: skin from pale to dark, hair from black to blond, eyes from brown to blue.
  double melanin = 0.3, redness = 0.3, hair_shade = 0.2, hair_red = 0.2, grey = 0, eye_colour = 0.2, eye_green = 0.2,
         lip_colour = 0.4, lipstick = 0, eye_shadow = 0;
  // Skin and what grows on it.
  double age = 0.2, freckles = 0, eye_rings = 0.2, stubble = 0, moustache = 0, beard = 0, moles = 0;
  // Hair: length 0 is short, 1 reaches below the shoulders.
  double hair_length = 0, hair_volume = 0.4, hair_line = 0, recession = 0, fringe = 0, parting = 0, curl = 0.2,
         baldness = 0;
  // Glasses: none up to 0.5.
  double glasses = 0, frame_width = 0, frame_height = 0, frame_roundness = 0.5, frame_thickness = 0.3,
         frame_shade = 0.1;
  double pattern = 0;  ///< which moles, freckles and mottles it has
};

/// How it is seen. Angles in degrees; lengths in parts of the picture's side.
struct FaceView {
  double yaw = 0, pitch = 0, roll = 0;  ///< positive: turned to the picture's right, up, clockwise
  double smile = 0, mouth_open = 0, brow_raise = 0, squint = 0, gaze_x = 0, gaze_y = 0;  ///< parts of the most
  double light_azimuth = 20, light_elevation = 30;                                       ///< of the key lamp
  double light_strength = 1, ambient = 0.5, warmth = 0, exposure = 1;
  double shift_x = 0, shift_y = 0, zoom = 1;
  std::array<double, 3> background = {0.5, 0.5, 0.55}, clothes = {0.3, 0.3, 0.4};  ///< linear red, green, blue
  double blur = 0;                        ///< standard deviation, in pixels of a picture of 160
  double noise = 0;                       ///< standard deviation, in grey levels of 255
  std::uint64_t grain = 0, backdrop = 0;  ///< seeds of the noise and of the background's pattern
  int quality = 90;                       ///< of the JPEG, 1 to 100
};

/// A number of FaceIdentity by name.
struct FaceParameter {
  const char* name;
  double FaceIdentity::*value;
  double low, high;
};
/// Every number of FaceIdentity, in the order of its members.
std::span<const FaceParameter> face_parameters();

/// A person of the population that simulated pictures show: `number`, of the one drawn by `seed`. The same law for all.
FaceIdentity draw_face(std::uint64_t seed, std::uint64_t number);
/// The view of a photograph in the wild: turned by up to about 20 degrees, lit from anywhere in front.
FaceView draw_view(std::uint64_t seed, std::uint64_t number);
/// The same photograph again, as a copy of it comes out: a little lighter or darker, larger or smaller, moved, with
/// noise and compression of its own.
FaceView copy_view(const FaceView& view, std::uint64_t seed, std::uint64_t number);
/// Between two people: `share` of the first, the rest of the second.
FaceIdentity mix_faces(const FaceIdentity& first, const FaceIdentity& second, double share);

struct RenderedFace {
  std::size_t side = 0;
  std::vector<std::uint8_t> pixels;  ///< sRGB, row-major, shape (side, side, 3)
  /// x and y of left eye, right eye, nose tip, left and right mouth corner as the viewer sees them, in pixels; the
  /// first pixel's centre is (0, 0). Exact: projections of the surface's own points, hidden or not.
  std::array<std::array<double, 2>, 5> landmarks{};
};

/// Draws a face, `side` pixels wide and high (48 to 1024). Deterministic: the same numbers give the same pixels
/// wherever the C library's sine and exponential are the same. Thread-safe. Time and memory grow as side squared; 160
/// takes about 10 ms. Source: z-buffer with a shadow map (Williams 1978), Lambert's and Blinn's (1977) shading; the
/// head's measures follow common adult anthropometry, nobody's in particular. Throws Error{internal} on a side out of
/// range.
RenderedFace render_face(const FaceIdentity& identity, const FaceView& view, std::size_t side);

/// The picture as JPEG of the view's quality. The same bytes wherever libjpeg-turbo's version is the same.
std::vector<std::uint8_t> encode_face(const RenderedFace& face, int quality);

}  // namespace semblance
