#pragma once
// The measures of a face, expression included. Unit: the usual distance of the eyes; origin between the eyes, on the
// head's axis; x to the picture's right, y up, z to the viewer.

#include "render/vector.hpp"
#include "semblance/render.hpp"

namespace semblance::render_stage {

struct Form {
  // Outline: half-widths and heights.
  float temple, cheek, jaw, chin_width, crown_y, chin_y, forehead_slope;
  float fullness, brow_ridge, chin_boss;
  // Eyes: centre of the right one in the picture; the left one mirrors it.
  float eye_x, eye_y, eye_half, lid_up, lid_down, eye_tilt, eye_depth;
  float nose_y, nose_half, nose_height, bridge_half, hump, tip_turn;
  float mouth_y, mouth_half, lip_up, lip_low, corner, gap, smile;
  float brow_y, brow_half, brow_thick, brow_arch, brow_tilt;
  // Where hair begins at the front's middle, and how far it stands off.
  float hair_line, hair_off, recession, fringe, parting, curl, bald;
  float ear;
};

Form form_of(const FaceIdentity& identity, const FaceView& view);

/// Half-width of the head at a height.
float half_width(const Form& form, float y);
/// z of the face's front at (x, y), features and expression included; x must lie within the half-width.
float front(const Form& form, float x, float y);
/// z of the front's middle line and of the back, without features.
float middle_front(const Form& form, float y);
float middle_back(const Form& form, float y);

/// Exponent of the head's horizontal section (2 is an ellipse).
inline constexpr float kSection = 2.35F;
inline constexpr float kChinBelow = 0.16F;  ///< the surface ends this far below the chin's point

}  // namespace semblance::render_stage
