// Fingerprints and their likeness: against NumPy and SciPy, and on copies and other pictures drawn for it.

#include <gtest/gtest.h>

#include "picture/drawn.hpp"
#include "picture/oracle_values.hpp"
#include "semblance/picture.hpp"

namespace semblance {
namespace {

using testing::draw;
using testing::Drawn;
using testing::pattern;
using testing::Scene;

// What an audit calls a near-copy lies around 0.78; one photograph published twice at 0.95 and above.
constexpr double kNearCopy = 0.78;

double alike(const Drawn& a, const Drawn& b) { return picture_similarity(a.fingerprint(), b.fingerprint()); }

TEST(Fingerprint, AgreesWithScipy) {
  for (const auto& expected : oracle::kFingerprints) {
    const auto got = pattern(expected.width, expected.height, expected.seed).fingerprint();
    for (std::size_t zoom = 0; zoom < got.detail.size(); ++zoom) {
      for (std::size_t x = 0; x < PictureFingerprint::kSide; ++x) {
        // Halves may round either way.
        EXPECT_NEAR(got.detail[zoom][9 * PictureFingerprint::kSide + x], expected.detail[zoom][x], 1)
            << expected.width << " zoom " << zoom << " cell " << x;
      }
    }
  }
}

TEST(Similarity, AgreesWithNumpy) {
  for (const auto& expected : oracle::kSimilarities) {
    const auto& a = oracle::kFingerprints[expected.a];
    const auto& b = oracle::kFingerprints[expected.b];
    EXPECT_NEAR(alike(pattern(a.width, a.height, a.seed), pattern(b.width, b.height, b.seed)), expected.value, 1e-3);
  }
}

TEST(Similarity, OfPartsAgreesWithNumpy) {
  const Drawn one = pattern(64, 48, 0);
  const Drawn other = pattern(64, 48, 3);
  Drawn soft = one;
  for (std::size_t i = 0; i < soft.grey.size(); ++i) {
    soft.grey[i] = static_cast<std::uint8_t>(one.grey[i] / 4 + other.grey[i] / 8);
  }
  for (const auto& part : oracle::kParts) {
    Drawn cut{.width = part.width, .height = part.height, .grey = {}};
    for (std::size_t y = 0; y < part.height; ++y) {
      for (std::size_t x = 0; x < part.width; ++x) {
        const std::size_t column = part.mirrored ? part.width - 1 - x : x;
        cut.grey.push_back(soft.grey[(part.top + y) * soft.width + part.left + column]);
      }
    }
    EXPECT_NEAR(alike(soft, cut), part.value, 1e-3) << part.left << " " << part.mirrored;
  }
}

TEST(Similarity, IsOneWithItselfSymmetricAndBounded) {
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    const auto a = Scene(seed).drawn(112).fingerprint();
    const auto b = Scene(seed + 100).drawn(96).fingerprint();
    EXPECT_NEAR(picture_similarity(a, a), 1, 1e-12);
    EXPECT_EQ(picture_similarity(a, b), picture_similarity(b, a));
    EXPECT_LE(std::abs(picture_similarity(a, b)), 1);
  }
}

TEST(Similarity, DifferentPicturesAreNotAlike) {
  std::vector<PictureFingerprint> scenes;
  for (std::uint64_t seed = 0; seed < 50; ++seed) scenes.push_back(Scene(seed).drawn(64).fingerprint());
  double largest = 0;
  for (std::size_t i = 0; i < scenes.size(); ++i) {
    for (std::size_t j = i + 1; j < scenes.size(); ++j) {
      largest = std::max(largest, picture_similarity(scenes[i], scenes[j]));
    }
  }
  EXPECT_LT(largest, kNearCopy);
}

TEST(Similarity, CopiesAreAlike) {
  for (std::uint64_t seed = 0; seed < 10; ++seed) {
    const Scene scene(seed);
    const Drawn whole = scene.drawn(112);
    const auto changed = [&](const auto& change) {
      Rng rng(derive_seed(seed, "noise"));
      return draw(112, 112, [&](double x, double y) {
        return change(scene.at((x + 0.5) / 112, (y + 0.5) / 112), uniform_unit(rng));
      });
    };
    EXPECT_GT(alike(whole, scene.drawn(37)), 0.95) << "smaller";
    EXPECT_GT(alike(whole, scene.drawn(400)), 0.95) << "larger";
    EXPECT_GT(alike(whole, changed([](double v, double) { return v + 50; })), 0.9) << "brighter";
    EXPECT_GT(alike(whole, changed([](double v, double) { return 128 + (v - 128) / 3; })), 0.95) << "less contrast";
    EXPECT_GT(alike(whole, changed([](double v, double u) { return v + 40 * (u - 0.5); })), 0.9) << "noise";
    EXPECT_GT(alike(whole, scene.drawn(112, 0.03, 0.03, 0.94)), 0.95) << "cropped by 3% at each edge";
    EXPECT_GT(alike(whole, scene.drawn(112, 0.06, 0.06, 0.94)), 0.9) << "cropped at two edges";
    EXPECT_GT(alike(whole, scene.drawn(112, 0.1, 0, 0.9)), kNearCopy) << "cropped off the centre";
    Drawn mirror = whole;
    for (std::size_t y = 0; y < 112; ++y)
      std::reverse(mirror.grey.data() + y * 112, mirror.grey.data() + (y + 1) * 112);
    EXPECT_GT(alike(whole, mirror), 0.999) << "mirrored";
  }
}

TEST(Similarity, LargeCropsAndTurnsAreBeyondIt) {
  // Documented limits: should they become better, the documents change with this test.
  const Scene scene(3);
  EXPECT_LT(alike(scene.drawn(112), scene.drawn(112, 0.25, 0.25, 0.5)), kNearCopy);
  const Drawn turned = draw(112, 112, [&](double x, double y) { return scene.at((y + 0.5) / 112, (x + 0.5) / 112); });
  EXPECT_LT(alike(scene.drawn(112), turned), kNearCopy);
}

TEST(Similarity, APictureWithoutDetailResemblesNothing) {
  const Drawn flat = draw(50, 50, [](double, double) { return 77; });
  const Drawn almost = draw(50, 50, [](double x, double) { return x == 20 ? 78 : 77; });
  EXPECT_EQ(alike(flat, flat), 0);
  EXPECT_EQ(alike(almost, almost), 0);
  EXPECT_EQ(alike(flat, Scene(1).drawn(50)), 0);
}

TEST(Fingerprint, TakesPicturesOfAnyShape) {
  for (const auto& [width, height] :
       {std::pair<std::size_t, std::size_t>{1, 1}, {1, 500}, {500, 1}, {2, 3}, {31, 33}}) {
    const auto a = pattern(width, height, 1).fingerprint();
    EXPECT_LE(picture_similarity(a, a), 1);
  }
}

}  // namespace
}  // namespace semblance
