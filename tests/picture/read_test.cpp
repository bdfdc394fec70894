// Files: every format as its own encoder writes it, and what no picture is.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <png.h>
#include <sys/stat.h>
#include <turbojpeg.h>
#include <webp/encode.h>

#include <string>

#include "base/temp_folder.hpp"
#include "picture/drawn.hpp"
#include "semblance/error.hpp"
#include "semblance/picture.hpp"

namespace semblance {
namespace {

using testing::Drawn;
using ::testing::HasSubstr;
using testing::Scene;
using testing::TempFolder;

std::vector<std::uint8_t> channels(const Drawn& drawn, std::size_t count, std::uint8_t last) {
  std::vector<std::uint8_t> pixels;
  for (const std::uint8_t v : drawn.grey) {
    for (std::size_t k = 0; k < count; ++k) pixels.push_back(k == 3 ? last : v);
  }
  return pixels;
}

std::string jpeg(const Drawn& drawn, int format, int quality) {
  const auto count = static_cast<std::size_t>(tjPixelSize[format]);
  const auto pixels = channels(drawn, count, 255);
  tjhandle handle = tjInitCompress();
  unsigned char* data = nullptr;
  unsigned long size = 0;
  tjCompress2(handle, pixels.data(), static_cast<int>(drawn.width), 0, static_cast<int>(drawn.height), format, &data,
              &size, format == TJPF_GRAY ? TJSAMP_GRAY : TJSAMP_444, quality, 0);
  std::string bytes(reinterpret_cast<char*>(data), size);
  tjFree(data);
  tjDestroy(handle);
  return bytes;
}

std::string png(const Drawn& drawn, png_uint_32 format, std::uint8_t alpha = 255) {
  const auto pixels = channels(drawn, PNG_IMAGE_SAMPLE_CHANNELS(format), alpha);
  png_image image = {};
  image.version = PNG_IMAGE_VERSION;
  image.width = static_cast<png_uint_32>(drawn.width);
  image.height = static_cast<png_uint_32>(drawn.height);
  image.format = format;
  png_alloc_size_t size = 0;
  png_image_write_to_memory(&image, nullptr, &size, 0, pixels.data(), 0, nullptr);
  std::string bytes(size, '\0');
  png_image_write_to_memory(&image, bytes.data(), &size, 0, pixels.data(), 0, nullptr);
  bytes.resize(size);
  return bytes;
}

std::string webp(const Drawn& drawn) {
  const auto pixels = channels(drawn, 3, 0);
  std::uint8_t* data = nullptr;
  const std::size_t size =
      WebPEncodeLosslessRGB(pixels.data(), static_cast<int>(drawn.width), static_cast<int>(drawn.height),
                            static_cast<int>(drawn.width * 3), &data);
  std::string bytes(reinterpret_cast<char*>(data), size);
  WebPFree(data);
  return bytes;
}

std::string little(std::uint64_t value, int bytes) {
  std::string text;
  for (int i = 0; i < bytes; ++i) text += static_cast<char>(value >> (8U * static_cast<unsigned>(i)) & 0xFFU);
  return text;
}

std::string bmp(const Drawn& drawn, int bits, bool top_down = false) {
  std::string palette;
  if (bits == 8) {
    for (unsigned i = 0; i < 256; ++i) palette += little(i * 0x010101U, 4);
  }
  const auto height = static_cast<std::int64_t>(drawn.height);
  std::string file = "BM" + little(0, 8) + little(54 + palette.size(), 4) + little(40, 4) + little(drawn.width, 4) +
                     little(static_cast<std::uint64_t>(top_down ? -height : height), 4) + little(1, 2) +
                     little(static_cast<std::uint64_t>(bits), 2) + std::string(24, '\0') + palette;
  for (std::size_t row = 0; row < drawn.height; ++row) {
    const std::size_t y = top_down ? row : drawn.height - 1 - row;
    std::string line;
    for (std::size_t x = 0; x < drawn.width; ++x) {
      line.append(static_cast<std::size_t>(bits / 8), static_cast<char>(drawn.grey[y * drawn.width + x]));
    }
    line.resize((line.size() + 3) / 4 * 4);
    file += line;
  }
  return file;
}

std::string pgm(const Drawn& drawn, const std::string& comment = "") {
  return "P5\n" + comment + std::to_string(drawn.width) + " " + std::to_string(drawn.height) + "\n255\n" +
         std::string(drawn.grey.begin(), drawn.grey.end());
}

// An APP1 segment after the start of the picture; `motorola`: big-endian.
std::string with_orientation(const std::string& file, unsigned orientation, bool motorola) {
  const auto number = [&](std::uint64_t value, int bytes) {
    std::string text = little(value, bytes);
    if (motorola) std::reverse(text.begin(), text.end());
    return text;
  };
  const std::string tiff = (motorola ? "MM" : "II") + number(42, 2) + number(8, 4) + number(1, 2) + number(0x0112, 2) +
                           number(3, 2) + number(1, 4) + number(orientation, 2) + number(0, 2) + number(0, 4);
  const std::string body = std::string("Exif\0\0", 6) + tiff;
  const std::size_t length = body.size() + 2;
  return file.substr(0, 2) + "\xFF\xE1" + static_cast<char>(length >> 8U) + static_cast<char>(length & 0xFFU) + body +
         file.substr(2);
}

class ReadPicture : public ::testing::Test {
 protected:
  PictureFingerprint read(const std::string& name, const std::string& content, const PictureLimits& limits = {}) const {
    return read_picture(folder_.file(name, content), limits);
  }
  // The message, which must begin with the file's name; nothing may be printed.
  std::string refusal(const std::string& name, const std::string& content, const PictureLimits& limits = {}) const {
    const auto file = folder_.file(name, content);
    ::testing::internal::CaptureStderr();
    std::string message = "read";
    try {
      read_picture(file, limits);
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::input);
      EXPECT_EQ(error.subject(), file.string());
      message = error.message();
    }
    EXPECT_EQ(::testing::internal::GetCapturedStderr(), "");
    return message;
  }

  TempFolder folder_;
  Drawn drawn_ = Scene(5).drawn(101);
};

TEST_F(ReadPicture, LosslessFormatsGiveThePixels) {
  const auto expected = drawn_.fingerprint();
  EXPECT_EQ(read("grey.png", png(drawn_, PNG_FORMAT_GRAY)), expected);
  EXPECT_EQ(read("colour.png", png(drawn_, PNG_FORMAT_RGB)), expected);
  EXPECT_EQ(read("alpha.png", png(drawn_, PNG_FORMAT_RGBA)), expected);
  EXPECT_EQ(read("a.webp", webp(drawn_)), expected);
  for (const int bits : {8, 24, 32}) EXPECT_EQ(read("a.bmp", bmp(drawn_, bits)), expected) << bits;
  EXPECT_EQ(read("down.bmp", bmp(drawn_, 24, true)), expected);
  EXPECT_EQ(read("a.pgm", pgm(drawn_)), expected);
  EXPECT_EQ(read("comment.pgm", pgm(drawn_, "# drawn\n#\n")), expected);
  EXPECT_EQ(read("named.jpg", png(drawn_, PNG_FORMAT_GRAY)), expected) << "content counts, not the name";
  const std::string wide(drawn_.grey.begin(), drawn_.grey.end());
  std::string deep;
  std::string colour;
  for (const char c : wide) {
    deep += {c, c};
    colour += {c, c, c};
  }
  EXPECT_EQ(read("deep.pgm", "P5 101 101 65535\n" + deep), expected);
  EXPECT_EQ(read("a.ppm", "P6 101 101 255\n" + colour), expected);
}

TEST_F(ReadPicture, JpegsAreTheSamePicture) {
  const auto expected = drawn_.fingerprint();
  EXPECT_GT(picture_similarity(read("a.jpg", jpeg(drawn_, TJPF_GRAY, 90)), expected), 0.99);
  EXPECT_GT(picture_similarity(read("b.jpg", jpeg(drawn_, TJPF_RGB, 90)), expected), 0.99);
  EXPECT_GT(picture_similarity(read("c.jpg", jpeg(drawn_, TJPF_CMYK, 90)), expected), 0.99);
  EXPECT_GT(picture_similarity(read("d.jpg", jpeg(drawn_, TJPF_GRAY, 15)), expected), 0.95);
}

TEST_F(ReadPicture, TransparentPartsAreGrey) {
  EXPECT_EQ(read("clear.png", png(drawn_, PNG_FORMAT_RGBA, 0)), PictureFingerprint{});
}

// Where row 0 and column 0 of the file are in the picture, as CIPA DC-008 puts it for orientations 1 to 8.
TEST_F(ReadPicture, ExifOrientationIsApplied) {
  const std::vector<std::string> row_0 = {"top", "top", "bottom", "bottom", "left", "right", "right", "left"};
  const std::vector<std::string> column_0 = {"left", "right", "right", "left", "top", "top", "bottom", "bottom"};
  constexpr std::size_t w = 96;
  constexpr std::size_t h = 64;
  const Scene scene(8);
  const Drawn seen = testing::draw(w, h, [&](double x, double y) { return scene.at(x / w, y / h); });
  for (unsigned k = 0; k < 8; ++k) {
    const bool rows_are_rows = row_0[k] == "top" || row_0[k] == "bottom";
    Drawn stored{.width = rows_are_rows ? w : h, .height = rows_are_rows ? h : w, .grey = {}};
    const auto place = [&](const std::string& zero_is, std::size_t at, std::size_t length) {
      return zero_is == "top" || zero_is == "left" ? at : length - 1 - at;
    };
    for (std::size_t r = 0; r < stored.height; ++r) {
      for (std::size_t c = 0; c < stored.width; ++c) {
        const std::size_t y = rows_are_rows ? place(row_0[k], r, h) : place(column_0[k], c, h);
        const std::size_t x = rows_are_rows ? place(column_0[k], c, w) : place(row_0[k], r, w);
        stored.grey.push_back(seen.grey[y * w + x]);
      }
    }
    for (const bool motorola : {false, true}) {
      const auto got = read("o.jpg", with_orientation(jpeg(stored, TJPF_GRAY, 97), k + 1, motorola));
      // The mirror image counts as alike, so cells are compared and not similarities.
      const auto expected = seen.fingerprint();
      double difference = 0;
      for (std::size_t i = 0; i < got.detail[0].size(); ++i) {
        difference = std::max(difference, std::abs(static_cast<double>(got.detail[0][i] - expected.detail[0][i])));
      }
      EXPECT_LE(difference, 8) << "orientation " << k + 1;
    }
  }
}

TEST_F(ReadPicture, DamagedExifIsPassedOver) {
  const std::string file = jpeg(drawn_, TJPF_GRAY, 90);
  const auto plain = read("plain.jpg", file);
  const std::string tagged = with_orientation(file, 6, false);
  EXPECT_EQ(read("o.jpg", with_orientation(file, 9, false)), plain);
  std::string far = tagged;
  far.replace(2 + 4 + 6 + 4, 4, "\xF0\xFF\xFF\x7F");  // the directory lies beyond the segment
  EXPECT_EQ(read("far.jpg", far), plain);
  std::string many = tagged;
  many.replace(2 + 4 + 6 + 8, 2, "\xFF\xFF");  // more entries than bytes
  many.replace(2 + 4 + 6 + 10, 2, std::string(2, '\0'));
  EXPECT_EQ(read("many.jpg", many), plain);
}

TEST_F(ReadPicture, TruncatedFilesAreRefused) {
  const std::vector<std::pair<std::string, std::string>> files = {{"a.jpg", jpeg(drawn_, TJPF_RGB, 90)},
                                                                  {"a.png", png(drawn_, PNG_FORMAT_RGB)},
                                                                  {"a.webp", webp(drawn_)},
                                                                  {"8.bmp", bmp(drawn_, 8)},
                                                                  {"a.bmp", bmp(drawn_, 24)},
                                                                  {"a.pgm", pgm(drawn_)}};
  for (const auto& [name, content] : files) {
    for (const double share : {0.001, 0.01, 0.1, 0.5, 0.9, 0.99}) {
      const auto bytes = static_cast<std::size_t>(share * static_cast<double>(content.size()));
      EXPECT_NE(refusal(name, content.substr(0, bytes)), "read") << name << " " << share;
    }
  }
}

TEST_F(ReadPicture, DamagedFilesNeverCrashOrPrint) {
  const std::vector<std::pair<std::string, std::string>> files = {
      {"a.jpg", with_orientation(jpeg(drawn_, TJPF_RGB, 90), 6, true)},
      {"a.png", png(drawn_, PNG_FORMAT_RGB)},
      {"a.webp", webp(drawn_)},
      {"8.bmp", bmp(drawn_, 8)},
      {"a.pgm", pgm(drawn_)}};
  Rng rng(7);
  for (const auto& [name, content] : files) {
    for (int i = 0; i < 200; ++i) {
      std::string damaged = content;
      const std::size_t reach = i % 2 == 0 ? std::min<std::size_t>(128, content.size()) : content.size();
      for (int k = 0; k < 3; ++k) damaged[uniform_index(rng, reach)] = static_cast<char>(uniform_index(rng, 256));
      refusal(name, damaged);
    }
  }
}

TEST_F(ReadPicture, AThreadAPixelWideIsNone) {
  // A hundred million pixels in one line are a few bytes of PNG, and 25 GB of columns to scale.
  for (const std::string size : {"65536 1", "1 65536", "100000000 1"}) {
    EXPECT_THAT(refusal("a.pgm", "P5 " + size + " 255\n" + std::string(65536, '\x80')),
                HasSubstr("more than 65535 a side are not read"));
  }
  EXPECT_NO_THROW(read("b.pgm", "P5 65535 1 255\n" + std::string(65535, '\x80')));
  EXPECT_NO_THROW(read("c.pgm", "P5 1 65535 255\n" + std::string(65535, '\x80')));
}

TEST_F(ReadPicture, LimitsHoldBeforeDecoding) {
  EXPECT_THAT(refusal("a.pgm", pgm(drawn_), {.bytes = 1000}), HasSubstr("more than 1000 are not read"));
  const PictureLimits few{.pixels = 101 * 100};
  for (const auto& content :
       {jpeg(drawn_, TJPF_RGB, 90), png(drawn_, PNG_FORMAT_RGB), webp(drawn_), bmp(drawn_, 24), pgm(drawn_)}) {
    EXPECT_THAT(refusal("a", content, few), HasSubstr("101 x 101 pixels; more than 10100 are not read"));
  }
  // Headers that lie about a size that nobody has the memory for.
  std::string huge_png = png(drawn_, PNG_FORMAT_RGB);
  huge_png.replace(16, 8, "\x7F\xFF\xFF\xFF\x7F\xFF\xFF\xFF");
  EXPECT_NE(refusal("huge.png", huge_png), "read");
  std::string huge_bmp = bmp(drawn_, 24);
  huge_bmp.replace(18, 8, "\xFF\xFF\xFF\x7F\xFF\xFF\xFF\x7F");
  EXPECT_THAT(refusal("huge.bmp", huge_bmp), HasSubstr("not read"));
  huge_bmp.replace(18, 8, std::string("\x01\0\0\0\0\0\0\x80", 8));
  EXPECT_THAT(refusal("deep.bmp", huge_bmp), HasSubstr("not read"));
  EXPECT_THAT(refusal("huge.pgm", "P5 999999999 999999999 255\n"), HasSubstr("not read"));
  EXPECT_THAT(refusal("long.pgm", "P5 99999999999999999999 1 255\n"), HasSubstr("broken PGM header"));
  std::string huge_jpeg = jpeg(drawn_, TJPF_GRAY, 90);
  const std::size_t frame = huge_jpeg.find("\xFF\xC0");
  huge_jpeg.replace(frame + 5, 4, std::string("\xF0\0\xF0\0", 4));
  EXPECT_THAT(refusal("huge.jpg", huge_jpeg), HasSubstr("not read"));
}

TEST_F(ReadPicture, WhatIsNoPictureIsRefused) {
  EXPECT_EQ(refusal("empty.jpg", ""), "is empty");
  EXPECT_THAT(refusal("text.jpg", "no picture"), HasSubstr("is no JPEG"));
  EXPECT_THAT(refusal("a.gif", "GIF89a......."), HasSubstr("is no JPEG"));
  EXPECT_EQ(refusal("none.pgm", "P5 0 5 255\n"), "has no pixels");
  const auto reason = [&](const std::filesystem::path& file) {
    try {
      read_picture(file);
    } catch (const Error& error) {
      return error.message();
    }
    return std::string("read");
  };
  EXPECT_EQ(reason(folder_.path() / "absent.jpg"), "isn't there");
  EXPECT_EQ(reason(folder_.path()), "is no file");
  ASSERT_EQ(::mkfifo((folder_.path() / "pipe.jpg").c_str(), 0600), 0);
  EXPECT_EQ(reason(folder_.path() / "pipe.jpg"), "is no file");
}

class FindPicture : public ::testing::Test {
 protected:
  void SetUp() override {
    std::filesystem::create_directories(inside_ / "ann");
    for (const char* name : {"photos/ann/1.jpg", "photos/2.JPG", "photos/ann/3.webp", "photos/4.x", "secret.jpg"}) {
      folder_.file(name, "content");
    }
  }
  std::string found(const PictureName& name) const {
    const auto file = find_picture(inside_, name);
    return file ? file->lexically_relative(inside_).string() : "none";
  }
  TempFolder folder_;
  std::filesystem::path inside_ = folder_.path() / "photos";
};

TEST_F(FindPicture, ByPathOrIdOrIdentity) {
  EXPECT_EQ(found({.id = "x", .identity = "", .path = "ann/1.jpg"}), "ann/1.jpg");
  EXPECT_EQ(found({.id = "ann/1.jpg", .identity = "", .path = ""}), "ann/1.jpg");
  EXPECT_EQ(found({.id = "1", .identity = "ann", .path = ""}), "ann/1.jpg");
  EXPECT_EQ(found({.id = "1.jpg", .identity = "ann", .path = ""}), "ann/1.jpg");
  EXPECT_EQ(found({.id = "2", .identity = "ann", .path = "gone/2.png"}), "2.JPG");
  EXPECT_EQ(found({.id = "3", .identity = "ann", .path = ""}), "ann/3.webp");
  EXPECT_EQ(found({.id = "1", .identity = "", .path = ""}), "none");
  EXPECT_EQ(found({.id = "4", .identity = "", .path = ""}), "none");
  EXPECT_EQ(found({.id = "4.x", .identity = "", .path = ""}), "4.x");
}

TEST_F(FindPicture, NeverOutsideOfTheFolder) {
  EXPECT_EQ(found({.id = "../secret", .identity = "", .path = ""}), "none");
  EXPECT_EQ(found({.id = "secret", .identity = "..", .path = ""}), "none");
  EXPECT_EQ(found({.id = "x", .identity = "", .path = "../secret.jpg"}), "none");
  EXPECT_EQ(found({.id = "x", .identity = "", .path = "ann/../../secret.jpg"}), "none");
  const std::string absolute = (folder_.path() / "secret.jpg").string();
  EXPECT_EQ(found({.id = absolute, .identity = "", .path = absolute}), "none");
  EXPECT_EQ(found({.id = std::string_view("2\0", 2), .identity = "", .path = ""}), "none");
  EXPECT_EQ(found({.id = "", .identity = "", .path = ""}), "none");
  EXPECT_EQ(found({.id = "ann", .identity = "", .path = ""}), "none") << "a folder is no picture";
}

}  // namespace
}  // namespace semblance
