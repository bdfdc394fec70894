#include "align/detector.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "align/aligner.hpp"
#include "align/warp.hpp"

namespace semblance::align_stage {
namespace {

Face box(double left, double top, double side, double score) {
  return {.left = left, .top = top, .right = left + side, .bottom = top + side, .score = score};
}

TEST(Suppress, KeepsTheStrongestOfThoseThatOverlap) {
  // Of 10 x 10 boxes, two pixels aside share 80 of 120, four aside 60 of 140.
  const std::vector<Face> kept = suppress({box(0, 0, 10, 0.6), box(2, 0, 10, 0.9), box(6, 0, 10, 0.7)}, 0.45);
  ASSERT_EQ(kept.size(), 2U);
  EXPECT_EQ(kept[0].score, 0.9);
  EXPECT_EQ(kept[1].score, 0.7);
  // What a suppressed face overlaps stays: only faces that stay suppress.
  EXPECT_EQ(suppress({box(0, 0, 10, 0.9), box(3, 0, 10, 0.8), box(6, 0, 10, 0.7)}, 0.5).size(), 2U);
  EXPECT_EQ(suppress({box(0, 0, 10, 0.9), box(10, 0, 10, 0.8)}, 0).size(), 2U) << "touching boxes share nothing";
}

TEST(MainFace, IsLargeAndNearTheCentre) {
  const picture_stage::Raster picture = picture_stage::blank(200, 100, picture_stage::Channels::rgb);
  const auto chosen = [&](const std::vector<Face>& faces) { return main_face(faces, picture).score; };
  EXPECT_EQ(chosen({box(80, 30, 40, 1), box(0, 0, 60, 2)}), 1);    // 1600 - 0 against 3600 - 2 (70^2 + 20^2)
  EXPECT_EQ(chosen({box(80, 30, 40, 1), box(60, 10, 80, 2)}), 2);  // both in the middle
  EXPECT_EQ(chosen({box(10, 30, 40, 1), box(140, 30, 40, 2)}), 2) << "9 pixels nearer to the middle";
}

TEST(Outputs, WhatIsNotFiniteIsNoFace) {
  DetectorCard card;
  card.input.width = card.input.height = 32;
  card.family = DetectorFamily::yunet;
  std::vector<infer_stage::Tensor> outputs;
  for (const std::int64_t cells : {16, 4, 1}) {
    const auto filled = [&](std::int64_t each, float value) {
      return infer_stage::Tensor{{1, cells, each}, std::vector<float>(static_cast<std::size_t>(cells * each), value)};
    };
    outputs.push_back(filled(1, 0));
    outputs.push_back(filled(1, 1));
    outputs.push_back(filled(4, 0));
    outputs.push_back(filled(10, 0));
  }
  EXPECT_TRUE(read_outputs(outputs, card).empty()) << "one of the two scores is 0";
  outputs[0].values = std::vector<float>(16, 1);
  outputs[0].values[1] = std::numeric_limits<float>::quiet_NaN();
  outputs[2].values[4 * 2 + 2] = 1000;  // exp of it is no number
  outputs[3].values[10 * 3 + 7] = std::numeric_limits<float>::infinity();
  outputs[0].values[4] = 0.3F;
  const std::vector<Face> faces = read_outputs(outputs, card);
  ASSERT_EQ(faces.size(), 13U);  // but for cells 1, 2 and 3; cell 4 has sqrt(0.3) = 0.55
  EXPECT_EQ(faces[0].left, -4);
  EXPECT_EQ(faces[0].bottom, 4);
  outputs.pop_back();
  EXPECT_THROW(read_outputs(outputs, card), std::invalid_argument);
}

TEST(Outputs, BoxesAreTakenAsTheyAre) {
  DetectorCard card;
  card.family = DetectorFamily::boxes;
  const float nan = std::numeric_limits<float>::quiet_NaN();
  std::vector<infer_stage::Tensor> outputs = {{{1, 4, 1}, {0.4F, 0.9F, nan, 0.6F}},
                                              {{1, 4, 4}, {0, 0, 1, 1, 2, 4, 8, 16, 0, 0, 1, 1, 0, nan, 1, 1}}};
  const std::vector<Face> faces = read_outputs(outputs, card);
  ASSERT_EQ(faces.size(), 1U) << "one is weak, two aren't finite";
  EXPECT_EQ(faces[0].left, 1.5) << "an edge there, a centre here";
  EXPECT_EQ(faces[0].bottom, 15.5);
  outputs[0].values.pop_back();
  EXPECT_THROW(read_outputs(outputs, card), std::invalid_argument);
  outputs.pop_back();
  EXPECT_THROW(read_outputs(outputs, card), std::invalid_argument);
}

TEST(Template, AlignedPicturesOfAnySizeComeToTheSamePlace) {
  for (const FaceTemplate& to : {kT112, kDlibChip}) {
    for (const std::size_t side : {56U, 112U, 300U}) {
      const Similarity moved = from_aligned(side, to);
      for (std::size_t k = 0; k < kTemplate112.size(); ++k) {
        const double scale = static_cast<double>(side) / 112;
        const Point here = moved({(kTemplate112[k].x + 0.5) * scale - 0.5, (kTemplate112[k].y + 0.5) * scale - 0.5});
        EXPECT_NEAR(here.x, to.landmarks[k].x, 1e-9);
        EXPECT_NEAR(here.y, to.landmarks[k].y, 1e-9);
      }
    }
  }
  EXPECT_NEAR(kDlibChip.landmarks[2].x, 74.2016488, 1e-6);  // 1.494 x 56.0252 - 9.5
  EXPECT_NEAR(kDlibChip.landmarks[2].y, 77.1744804, 1e-6);
}

TEST(Pose, TurnIsMeasuredAlongTheEyes) {
  EXPECT_LT(turn_of(kTemplate112), 0.01);
  Landmarks tilted{{{0, 0}, {30, 40}, {15 + 12, 20 + 16}, {0, 0}, {0, 0}}};  // eyes 50 apart; the nose 20 along them
  EXPECT_NEAR(turn_of(tilted), 0.4, 1e-12);
  tilted[2] = {15 - 40, 20 + 30};  // across them: a long face, not a turned one
  EXPECT_NEAR(turn_of(tilted), 0, 1e-12);
  tilted[1] = tilted[0];
  EXPECT_TRUE(std::isinf(turn_of(tilted)));
}

TEST(Sharpness, IsTheVarianceOfTheLaplacian) {
  picture_stage::Raster grey = picture_stage::blank(5, 4, picture_stage::Channels::grey);
  EXPECT_EQ(sharpness_of(grey), 0);
  grey.pixels[5 + 2] = 10;  // of the six inner pixels one has -40, three neighbours 10
  const double mean = (-40.0 + 30) / 6;
  EXPECT_NEAR(sharpness_of(grey), (1600.0 + 300) / 6 - mean * mean, 1e-9);
}

}  // namespace
}  // namespace semblance::align_stage
