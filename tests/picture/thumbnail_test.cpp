// Small pictures: what they show, what they keep to themselves.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <string>

#include "base/temp_folder.hpp"
#include "picture/drawn.hpp"
#include "picture/raster.hpp"
#include "picture/scale.hpp"
#include "semblance/error.hpp"
#include "semblance/picture.hpp"

namespace semblance {
namespace {

using picture_stage::Channels;
using picture_stage::Raster;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::Scene;
using testing::TempFolder;
using Bytes = std::vector<std::uint8_t>;

Bytes bytes(const std::string& text) { return {text.begin(), text.end()}; }

std::string number(std::size_t value) { return std::to_string(value); }

// A PPM whose pixel is {red, green, blue} at (x, y).
template <class Colour>
Bytes ppm(std::size_t width, std::size_t height, const Colour& colour) {
  std::string file = "P6 " + number(width) + " " + number(height) + " 255\n";
  for (std::size_t y = 0; y < height; ++y) {
    for (std::size_t x = 0; x < width; ++x) {
      for (const int value : colour(x, y)) file += static_cast<char>(value);
    }
  }
  return bytes(file);
}

Bytes pgm(const testing::Drawn& drawn) {
  return bytes("P5 " + number(drawn.width) + " " + number(drawn.height) + " 255\n" +
               std::string(drawn.grey.begin(), drawn.grey.end()));
}

Raster shown(const Bytes& jpeg) { return picture_stage::decode(jpeg, Channels::rgb, {}); }

std::vector<int> pixel(const Raster& raster, std::size_t x, std::size_t y) {
  const std::uint8_t* at = raster.pixels.data() + 3 * (y * raster.width + x);
  return {at[0], at[1], at[2]};
}

double difference(const Raster& a, const Raster& b) {
  EXPECT_EQ(a.pixels.size(), b.pixels.size());
  double largest = 0;
  for (std::size_t i = 0; i < a.pixels.size(); ++i) {
    largest = std::max(largest, std::abs(static_cast<double>(a.pixels[i]) - static_cast<double>(b.pixels[i])));
  }
  return largest;
}

const auto kRed = [](std::size_t, std::size_t) { return std::array{200, 30, 30}; };

TEST(Thumbnail, IsASquareWithTheWholePictureInProportion) {
  for (const auto& [width, height] :
       {std::pair<std::size_t, std::size_t>{300, 100}, {100, 300}, {30, 10}, {210, 2100}}) {
    const Raster small = shown(make_thumbnail(ppm(width, height, kRed), "red", {.side = 96, .quality = 95}));
    ASSERT_EQ(small.width, 96U);
    ASSERT_EQ(small.height, 96U);
    EXPECT_GT(pixel(small, 48, 48)[0], 170) << width;
    for (const int value : pixel(small, 2, 2)) EXPECT_NEAR(value, 128, 4) << width;
    if (width == 300) {  // 96 x 32: from line 32 to 63
      EXPECT_NEAR(pixel(small, 5, 28)[0], 128, 6);
      EXPECT_NEAR(pixel(small, 5, 36)[0], 200, 6);
      EXPECT_NEAR(pixel(small, 90, 60)[0], 200, 6);
      EXPECT_NEAR(pixel(small, 90, 68)[0], 128, 6);
    }
  }
}

TEST(Thumbnail, ShowsAPictureOfTheSameSizeAsItIs) {
  const testing::Drawn scene = Scene(5).drawn(96);
  const Raster small = shown(make_thumbnail(pgm(scene), "scene", {.side = 96, .quality = 95}));
  for (std::size_t i = 0; i < scene.grey.size(); ++i) ASSERT_NEAR(small.pixels[3 * i + 1], scene.grey[i], 10) << i;
}

TEST(Thumbnail, GreyStaysGrey) {
  const Raster small = shown(make_thumbnail(pgm(Scene(2).drawn(70)), "scene"));
  for (std::size_t y = 0; y < small.height; ++y) {
    for (std::size_t x = 0; x < small.width; ++x) {
      const auto rgb = pixel(small, x, y);
      ASSERT_NEAR(rgb[0], rgb[1], 2);
      ASSERT_NEAR(rgb[2], rgb[1], 2);
    }
  }
}

TEST(Thumbnail, IsTheSameBytesEveryTimeAndByFileOrContent) {
  const TempFolder folder;
  const Bytes content = pgm(Scene(1).drawn(131));
  const auto file = folder.file("a.pgm", std::string(content.begin(), content.end()));
  const Bytes first = make_thumbnail(file);
  EXPECT_EQ(first, make_thumbnail(file));
  EXPECT_EQ(first, make_thumbnail(content, "a.pgm"));
  EXPECT_NE(first, make_thumbnail(content, "a.pgm", {.side = 191}));
  EXPECT_GT(first.size(), make_thumbnail(content, "a.pgm", {.quality = 40}).size());
}

// An APP1 segment that says which way up, as a camera writes it.
Bytes turned(const Bytes& jpeg, char orientation) {
  const std::string segment = std::string(
                                  "\xFF\xE1\0\x22"
                                  "Exif\0\0MM\0\x2A\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0",
                                  29) +
                              orientation + std::string(6, '\0');
  Bytes file(jpeg.begin(), jpeg.begin() + 2);
  file.insert(file.end(), segment.begin(), segment.end());
  file.insert(file.end(), jpeg.begin() + 2, jpeg.end());
  return file;
}

TEST(Thumbnail, ShowsAPictureTheRightWayUpAndDropsTheExif) {
  const auto corner = [](std::size_t x, std::size_t y) {
    return x < 48 && y < 48 ? std::array{220, 220, 40} : std::array{20, 20, 90};
  };
  const ThumbnailOptions options{.side = 96, .quality = 95};
  const Bytes upright = make_thumbnail(ppm(96, 96, corner), "corner", options);
  const Bytes tagged = turned(upright, 6);  // to be shown turned clockwise: the corner comes to the right
  EXPECT_THAT(std::string(tagged.begin(), tagged.end()), HasSubstr("Exif"));
  const Bytes got = make_thumbnail(tagged, "tagged", options);
  EXPECT_THAT(std::string(got.begin(), got.end()), ::testing::Not(HasSubstr("Exif")));
  EXPECT_GT(pixel(shown(got), 80, 10)[0], 180);
  EXPECT_LT(pixel(shown(got), 10, 10)[0], 60);
}

TEST(Thumbnail, BlurredShowsNothingButTheColoursOfItsParts) {
  const auto stripes = [](std::size_t x, std::size_t) {
    return x % 2 ? std::array{255, 255, 255} : std::array{0, 0, 0};
  };
  const Raster flat =
      shown(make_thumbnail(ppm(160, 160, stripes), "stripes", {.side = 96, .quality = 95, .blur = true}));
  for (std::size_t i = 0; i < flat.pixels.size(); ++i) ASSERT_NEAR(flat.pixels[i], 128, 6);

  // Detail finer than a part goes, whatever it is: a picture and itself with stripes over it come out alike.
  const testing::Drawn scene = Scene(4).drawn(160);
  testing::Drawn striped = scene;
  for (std::size_t i = 0; i < striped.grey.size(); ++i) {
    const int value = striped.grey[i] + (i % 2 ? 20 : -20);
    striped.grey[i] = static_cast<std::uint8_t>(std::clamp(value, 0, 255));
  }
  const ThumbnailOptions sharp{.side = 160, .quality = 95};
  const ThumbnailOptions blurred{.side = 160, .quality = 95, .blur = true};
  EXPECT_GT(difference(shown(make_thumbnail(pgm(scene), "", sharp)), shown(make_thumbnail(pgm(striped), "", sharp))),
            15);
  EXPECT_LT(
      difference(shown(make_thumbnail(pgm(scene), "", blurred)), shown(make_thumbnail(pgm(striped), "", blurred))), 5);
}

std::string refusal(const Bytes& content, const PictureLimits& limits = {}) {
  try {
    make_thumbnail(content, "some.jpg", {}, limits);
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::input);
    return error.what();
  }
  return "made";
}

TEST(Thumbnail, WhatIsNoPictureIsRefused) {
  EXPECT_EQ(refusal({}), "some.jpg: is empty");
  EXPECT_THAT(refusal(bytes("GIF89a")), HasSubstr("some.jpg: is no JPEG"));
  EXPECT_THAT(refusal(bytes("P6 9 9 255\nfew")), HasSubstr("truncated"));
  EXPECT_THAT(refusal(ppm(9, 9, kRed), {.bytes = 100}), HasSubstr("more than 100 are not read"));
  EXPECT_THAT(refusal(ppm(9, 9, kRed), {.pixels = 80}), HasSubstr("more than 80 are not read"));
  EXPECT_THROW(make_thumbnail(std::filesystem::path("absent.jpg")), Error);
  for (const ThumbnailOptions& options :
       {ThumbnailOptions{.side = 7}, {.side = 2049}, {.quality = 0}, {.quality = 101}}) {
    EXPECT_THROW(make_thumbnail(ppm(9, 9, kRed), "red", options), Error);
  }
}

std::vector<int> line(const std::vector<std::uint8_t>& values, std::size_t width) {
  Raster raster = picture_stage::blank(values.size(), 1, Channels::grey);
  raster.pixels = values;
  const Raster across = picture_stage::scaled(raster, width, 1);
  std::swap(raster.width, raster.height);
  EXPECT_EQ(picture_stage::scaled(raster, 1, width).pixels, across.pixels);
  return {across.pixels.begin(), across.pixels.end()};
}

// Worked out by hand from the triangle's heights.
TEST(Scaled, IsTheTriangleFilter) {
  EXPECT_THAT(line({0, 80, 160, 240}, 4), ElementsAre(0, 80, 160, 240));
  EXPECT_THAT(line({0, 80, 160, 240}, 2), ElementsAre(57, 183));  // (3 * 0 + 3 * 80 + 160) / 7
  EXPECT_THAT(line({0, 200}, 4), ElementsAre(0, 50, 150, 200));
  EXPECT_THAT(line({0, 90, 240}, 1), ElementsAre(107));  // weights 2/3, 1, 2/3
  EXPECT_THAT(line({77}, 5), ElementsAre(77, 77, 77, 77, 77));
}

}  // namespace
}  // namespace semblance
