// Rendered faces against their promises: the same numbers give the same picture, every number shows, and the landmarks
// are where the picture has its eyes and mouth.

#include "semblance/render.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <set>
#include <string>

#include "semblance/error.hpp"
#include "semblance/picture.hpp"

namespace semblance {
namespace {

constexpr std::size_t kSide = 160;

// Somebody on whom every number can show: with glasses, a beard, a fringe of long hair.
FaceIdentity everything() {
  FaceIdentity who;
  who.hair_shade = 0.5;
  who.hair_volume = 0.5;
  who.eye_colour = 0.7;
  who.glasses = 1;
  who.freckles = 0.5;
  who.moles = 0.5;
  who.stubble = 0.3;
  who.brow_density = 0.9;
  return who;
}

// Mean absolute difference of grey levels.
double difference(const RenderedFace& a, const RenderedFace& b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.pixels.size(); ++i) sum += std::abs(int{a.pixels[i]} - int{b.pixels[i]});
  return sum / static_cast<double>(a.pixels.size());
}

TEST(Render, TheSameNumbersGiveTheSamePicture) {
  for (std::uint64_t k = 0; k < 4; ++k) {
    const RenderedFace a = render_face(draw_face(3, k), draw_view(3, k), kSide);
    const RenderedFace b = render_face(draw_face(3, k), draw_view(3, k), kSide);
    EXPECT_EQ(a.pixels, b.pixels);
    EXPECT_EQ(a.landmarks, b.landmarks);
    EXPECT_EQ(encode_face(a, 90), encode_face(b, 90));
  }
}

TEST(Render, EveryNumberOfAPersonShows) {
  for (const FaceParameter& parameter : face_parameters()) {
    FaceIdentity low = everything();
    // What hides another number is put aside for it.
    const std::string name = parameter.name;
    if (name == "recession" || name == "hair_line") low.fringe = 0;
    low.*parameter.value = parameter.low;
    FaceIdentity high = low;
    high.*parameter.value = parameter.high;
    const FaceView view;
    EXPECT_GT(difference(render_face(low, view, kSide), render_face(high, view, kSide)), 0.03) << name;
  }
}

TEST(Render, TheParametersAreTheWholePerson) {
  // Every member is a double, and each is named once.
  EXPECT_EQ(face_parameters().size(), sizeof(FaceIdentity) / sizeof(double));
  std::set<std::string> names;
  for (const FaceParameter& parameter : face_parameters()) names.insert(parameter.name);
  EXPECT_EQ(names.size(), face_parameters().size());
}

TEST(Render, EveryNumberOfAViewShows) {
  const std::vector<std::pair<std::string, std::function<void(FaceView&)>>> changes = {
      {"yaw", [](FaceView& v) { v.yaw = 10; }},
      {"pitch", [](FaceView& v) { v.pitch = 8; }},
      {"roll", [](FaceView& v) { v.roll = 8; }},
      {"smile", [](FaceView& v) { v.smile = 1; }},
      {"mouth_open", [](FaceView& v) { v.mouth_open = 0.6; }},
      {"brow_raise", [](FaceView& v) { v.brow_raise = 1; }},
      {"squint", [](FaceView& v) { v.squint = 0.6; }},
      {"gaze_x", [](FaceView& v) { v.gaze_x = 1; }},
      {"gaze_y", [](FaceView& v) { v.gaze_y = 1; }},
      {"light_azimuth", [](FaceView& v) { v.light_azimuth = -40; }},
      {"light_elevation", [](FaceView& v) { v.light_elevation = 60; }},
      {"light_strength", [](FaceView& v) { v.light_strength = 0.6; }},
      {"ambient", [](FaceView& v) { v.ambient = 0.2; }},
      {"warmth", [](FaceView& v) { v.warmth = 1; }},
      {"exposure", [](FaceView& v) { v.exposure = 0.7; }},
      {"shift_x", [](FaceView& v) { v.shift_x = 0.03; }},
      {"shift_y", [](FaceView& v) { v.shift_y = 0.03; }},
      {"zoom", [](FaceView& v) { v.zoom = 1.1; }},
      {"background",
       [](FaceView& v) {
         v.background = {0.1, 0.2, 0.1};
       }},
      {"clothes",
       [](FaceView& v) {
         v.clothes = {0.8, 0.2, 0.1};
       }},
      {"blur", [](FaceView& v) { v.blur = 1; }},
      {"noise", [](FaceView& v) { v.noise = 4; }},
      {"backdrop", [](FaceView& v) { v.backdrop = 5; }},
  };
  const FaceIdentity who = everything();
  const RenderedFace plain = render_face(who, {}, kSide);
  for (const auto& [name, change] : changes) {
    FaceView view;
    change(view);
    EXPECT_GT(difference(plain, render_face(who, view, kSide)), 0.03) << name;
  }
  FaceView grainy;
  grainy.noise = 4;
  FaceView otherwise = grainy;
  otherwise.grain = 9;
  EXPECT_GT(difference(render_face(who, grainy, kSide), render_face(who, otherwise, kSide)), 0.5);
}

struct Place {
  double x = 0, y = 0;
};

double distance(const Place& a, const std::array<double, 2>& b) { return std::hypot(a.x - b[0], a.y - b[1]); }

// Pale, with dark eyes, red lips and nothing else that is dark or red.
FaceIdentity painted() {
  FaceIdentity who;
  who.melanin = 0;
  who.redness = 0;
  who.eye_colour = 0;
  who.brow_density = 0;
  who.hair_shade = 1;
  who.eye_rings = 0;
  who.age = 0;
  who.lipstick = 1;
  return who;
}

// Middle of what is dark within `reach` of a place.
Place dark_middle(const RenderedFace& face, const std::array<double, 2>& around, double reach) {
  Place sum;
  double weight = 0;
  for (std::size_t y = 0; y < face.side; ++y) {
    for (std::size_t x = 0; x < face.side; ++x) {
      const auto px = static_cast<double>(x);
      const auto py = static_cast<double>(y);
      if (std::hypot(px - around[0], py - around[1]) > reach) continue;
      const std::uint8_t* pixel = face.pixels.data() + 3 * (y * face.side + x);
      const double dark = std::max(0, 110 - int{pixel[0]});
      sum = {sum.x + dark * px, sum.y + dark * py};
      weight += dark;
    }
  }
  return {sum.x / weight, sum.y / weight};
}

TEST(Render, EyeLandmarksAreWhereThePupilsAre) {
  const std::vector<std::array<double, 3>> poses = {{0, 0, 0}, {15, 0, 0}, {-15, 5, 0}, {0, -8, 10}, {8, 6, -12}};
  for (const auto& [yaw, pitch, roll] : poses) {
    FaceView view;
    view.yaw = yaw;
    view.pitch = pitch;
    view.roll = roll;
    view.light_azimuth = 0;
    view.shift_x = 0.02;
    const RenderedFace face = render_face(painted(), view, 320);
    for (const std::size_t eye : {0U, 1U}) {
      // An eye is 74 pixels from the other one and its iris 15 wide.
      EXPECT_LT(distance(dark_middle(face, face.landmarks[eye], 14), face.landmarks[eye]), 3.5)
          << eye << " at yaw " << yaw;
    }
    EXPECT_LT(face.landmarks[0][0], face.landmarks[1][0]);
    EXPECT_LT(face.landmarks[3][0], face.landmarks[4][0]);
  }
}

TEST(Render, MouthLandmarksAreWhereTheRedLipsEnd) {
  for (const double yaw : {0.0, 12.0, -12.0}) {
    FaceView view;
    view.yaw = yaw;
    view.light_azimuth = 0;
    const RenderedFace face = render_face(painted(), view, 320);
    double left = 1e9;
    double right = -1e9;
    for (std::size_t i = 0; i < face.pixels.size() / 3; ++i) {
      const std::uint8_t* pixel = face.pixels.data() + 3 * i;
      if (pixel[0] < 70 || 10 * pixel[0] < 17 * pixel[1]) continue;
      left = std::min(left, static_cast<double>(i % face.side));
      right = std::max(right, static_cast<double>(i % face.side));
    }
    EXPECT_NEAR(left, face.landmarks[3][0], 6) << yaw;  // of a mouth about 60 wide
    EXPECT_NEAR(right, face.landmarks[4][0], 6) << yaw;
  }
}

TEST(Render, LandmarksFollowTheCamera) {
  const FaceIdentity who = everything();
  const RenderedFace plain = render_face(who, {}, kSide);
  FaceView moved;
  moved.shift_x = 0.05;
  moved.shift_y = -0.05;
  const RenderedFace other = render_face(who, moved, kSide);
  for (std::size_t k = 0; k < 5; ++k) {
    EXPECT_NEAR(other.landmarks[k][0] - plain.landmarks[k][0], 0.05 * kSide, 1e-3);
    EXPECT_NEAR(other.landmarks[k][1] - plain.landmarks[k][1], -0.05 * kSide, 1e-3);
  }
  FaceView rolled;
  rolled.roll = 10;
  const RenderedFace turned = render_face(who, rolled, kSide);
  const double dx = turned.landmarks[1][0] - turned.landmarks[0][0];
  const double dy = turned.landmarks[1][1] - turned.landmarks[0][1];
  EXPECT_NEAR(std::atan2(dy, dx) * 180 / 3.14159265358979, 10, 0.5);  // clockwise, rows running down
  // Twice the picture, twice the places.
  const RenderedFace large = render_face(who, {}, 2 * kSide);
  EXPECT_NEAR(large.landmarks[0][0] + 0.5, 2 * (plain.landmarks[0][0] + 0.5), 1e-2);
}

TEST(Render, ACopyIsTheSamePhotographAndAnotherViewIsNot) {
  const auto fingerprint = [](const FaceIdentity& who, const FaceView& view) {
    return read_picture(encode_face(render_face(who, view, kSide), view.quality), "rendered");
  };
  for (std::uint64_t k = 0; k < 10; ++k) {
    const FaceIdentity who = draw_face(5, k);
    const FaceView view = draw_view(5, k);
    const PictureFingerprint picture = fingerprint(who, view);
    EXPECT_GT(picture_similarity(picture, fingerprint(who, copy_view(view, 5, k))), 0.9) << k;
    EXPECT_LT(picture_similarity(picture, fingerprint(who, draw_view(5, 1000 + k))), 0.9) << k;
  }
}

TEST(Render, MixedFacesLieBetween) {
  const FaceIdentity a = draw_face(1, 0);
  const FaceIdentity b = draw_face(1, 1);
  EXPECT_EQ(mix_faces(a, b, 1).jaw_width, a.jaw_width);
  EXPECT_EQ(mix_faces(a, b, 0).melanin, b.melanin);
  EXPECT_DOUBLE_EQ(mix_faces(a, b, 0.25).nose_width, 0.25 * a.nose_width + 0.75 * b.nose_width);
}

TEST(Render, PeopleLieWithinTheirRanges) {
  for (std::uint64_t k = 0; k < 500; ++k) {
    const FaceIdentity who = draw_face(2, k);
    for (const FaceParameter& parameter : face_parameters()) {
      EXPECT_GE(who.*parameter.value, parameter.low) << parameter.name;
      EXPECT_LE(who.*parameter.value, parameter.high) << parameter.name;
    }
  }
}

TEST(Render, RefusesASideThatCantBeDrawn) {
  for (const std::size_t side : {0U, 47U, 1025U}) EXPECT_THROW(render_face({}, {}, side), Error);
}

}  // namespace
}  // namespace semblance
