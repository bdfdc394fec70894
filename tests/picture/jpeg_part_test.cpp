// A part of a JPEG against the whole one, and the whole one against TurboJPEG.

#include <gtest/gtest.h>
#include <turbojpeg.h>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "base/rng.hpp"
#include "picture/raster.hpp"

namespace semblance::picture_stage {
namespace {

using Handle = std::unique_ptr<void, decltype(&tjDestroy)>;

Raster coloured(std::size_t width, std::size_t height, std::uint64_t seed) {
  Raster picture = blank(width, height, Channels::rgb);
  Rng rng(seed);
  for (std::size_t k = 0; k < picture.pixels.size(); ++k) {
    const std::size_t x = k / 3 % width;
    const std::size_t y = k / 3 / width;
    picture.pixels[k] = static_cast<std::uint8_t>((x * (3 + k % 3) + y * (7 - k % 3) + uniform_index(rng, 60)) % 256);
  }
  return picture;
}

std::vector<std::uint8_t> jpeg(const Raster& picture, int format, int subsampling, int flags) {
  const Handle handle(tjInitCompress(), &tjDestroy);
  unsigned char* data = nullptr;
  unsigned long size = 0;
  EXPECT_EQ(tjCompress2(handle.get(), picture.pixels.data(), static_cast<int>(picture.width), 0,
                        static_cast<int>(picture.height), format, &data, &size, subsampling, 85, flags),
            0);
  std::vector<std::uint8_t> file(data, data + size);
  tjFree(data);
  return file;
}

std::vector<std::uint8_t> by_turbojpeg(const std::vector<std::uint8_t>& file, const Raster& like) {
  const Handle handle(tjInitDecompress(), &tjDestroy);
  std::vector<std::uint8_t> pixels(like.pixels.size());
  EXPECT_EQ(tjDecompress2(handle.get(), file.data(), file.size(), pixels.data(), static_cast<int>(like.width), 0,
                          static_cast<int>(like.height), like.channels == Channels::grey ? TJPF_GRAY : TJPF_RGB,
                          TJFLAG_ACCURATEDCT),
            0);
  return pixels;
}

struct Kind {
  int format = TJPF_RGB, subsampling = TJSAMP_444, flags = 0;
};

const std::vector<Kind> kKinds = {{TJPF_RGB, TJSAMP_444, 0},
                                  {TJPF_RGB, TJSAMP_422, 0},
                                  {TJPF_RGB, TJSAMP_420, 0},
                                  {TJPF_RGB, TJSAMP_440, 0},
                                  {TJPF_RGB, TJSAMP_411, 0},
                                  {TJPF_RGB, TJSAMP_GRAY, 0},
                                  {TJPF_RGB, TJSAMP_420, TJFLAG_PROGRESSIVE},
                                  {TJPF_RGB, TJSAMP_422, TJFLAG_PROGRESSIVE}};

const std::vector<std::pair<std::size_t, std::size_t>> kSizes = {{1, 1},    {17, 5},   {16, 16},  {33, 47},
                                                                 {64, 130}, {131, 64}, {250, 250}};

// Every byte of the part where the whole has it; a window's pixels are all there.
void expect_part(const std::vector<std::uint8_t>& file, Channels channels, const Raster& whole, const Window& window) {
  const Part part = decode_part(file, channels, {}, window);
  const Window seen = window.within(whole.width, whole.height);
  ASSERT_LE(part.left, seen.left);
  ASSERT_EQ(part.top, seen.top);
  ASSERT_GE(part.left + part.pixels.width, seen.right);
  ASSERT_EQ(part.top + part.pixels.height, seen.bottom);
  ASSERT_LE(part.left + part.pixels.width, whole.width);
  const auto bytes = static_cast<std::size_t>(channels);
  ASSERT_EQ(part.pixels.pixels.size(), part.pixels.width * part.pixels.height * bytes);
  for (std::size_t y = seen.top; y < seen.bottom; ++y) {
    const auto* want = whole.pixels.data() + (y * whole.width + seen.left) * bytes;
    const auto* got = part.pixels.pixels.data() + ((y - part.top) * part.pixels.width + seen.left - part.left) * bytes;
    ASSERT_TRUE(std::equal(want, want + (seen.right - seen.left) * bytes, got))
        << "row " << y << " of " << seen.left << ".." << seen.right << ", " << seen.top << ".." << seen.bottom;
  }
}

TEST(JpegPart, HasThePixelsOfTheWhole) {
  Rng rng(11);
  for (const auto& [width, height] : kSizes) {
    const Raster drawn = coloured(width, height, width);
    for (const Kind& kind : kKinds) {
      const auto file = jpeg(drawn, kind.format, kind.subsampling, kind.flags);
      for (const Channels channels : {Channels::grey, Channels::rgb}) {
        SCOPED_TRACE(testing::Message() << width << " x " << height << ", subsampling " << kind.subsampling
                                        << ", flags " << kind.flags << ", channels " << static_cast<int>(channels));
        const Raster whole = decode(file, channels, {});
        ASSERT_EQ(whole.pixels, by_turbojpeg(file, whole));
        for (int k = 0; k < 25; ++k) {
          Window window{.left = uniform_index(rng, width), .top = uniform_index(rng, height)};
          window.right = window.left + 1 + uniform_index(rng, width);
          window.bottom = window.top + 1 + uniform_index(rng, height);
          expect_part(file, channels, whole, window);
        }
        expect_part(file, channels, whole, {});
        expect_part(file, channels, whole, {.left = 5000, .top = 5000, .right = 6000, .bottom = 6000});
      }
    }
  }
}

TEST(JpegPart, InksAreReadInPartsToo) {
  Raster inks{.width = 60, .height = 50, .channels = Channels::rgb, .pixels = std::vector<std::uint8_t>(4 * 60 * 50)};
  Rng rng(2);
  for (auto& byte : inks.pixels) byte = static_cast<std::uint8_t>(uniform_index(rng, 256));
  const auto file = jpeg(inks, TJPF_CMYK, TJSAMP_444, 0);
  const Raster whole = decode(file, Channels::rgb, {});
  ASSERT_EQ(whole.pixels.size(), 3U * 60 * 50);
  expect_part(file, Channels::rgb, whole, {.left = 21, .top = 10, .right = 30, .bottom = 30});
}

TEST(JpegPart, LessThanTheWholeIsDecoded) {
  const auto file = jpeg(coloured(250, 250, 1), TJPF_RGB, TJSAMP_420, 0);
  const Part part = decode_part(file, Channels::rgb, {}, {.left = 80, .top = 90, .right = 160, .bottom = 180});
  EXPECT_LE(part.pixels.width, 80 + 40U);
  EXPECT_EQ(part.pixels.height, 90U);
}

// A file that ends before its picture does is refused wherever it is cut, also beside the window.
TEST(JpegPart, CutFilesAreRefused) {
  for (const Kind& kind : kKinds) {
    const auto file = jpeg(coloured(250, 250, 1), kind.format, kind.subsampling, kind.flags);
    for (const double share : {0.3, 0.6, 0.9, 0.99}) {
      const std::size_t size = static_cast<std::size_t>(share * static_cast<double>(file.size()));
      const Bytes cut(file.data(), size);
      EXPECT_THROW(decode_part(cut, Channels::rgb, {}, {.left = 8, .top = 8, .right = 40, .bottom = 40}), Unreadable)
          << "subsampling " << kind.subsampling << ", " << share;
      EXPECT_THROW(decode(cut, Channels::rgb, {}), Unreadable);
    }
  }
}

TEST(JpegPart, TooManyScansAreRefused) {
  const auto file = jpeg(coloured(64, 64, 1), TJPF_RGB, TJSAMP_GRAY, TJFLAG_PROGRESSIVE);
  // The last scan, which ends the file, over and over.
  std::size_t scan = 0;
  for (std::size_t k = 0; k + 1 < file.size(); ++k) {
    if (file[k] == 0xFF && file[k + 1] == 0xDA) scan = k;
  }
  ASSERT_GT(scan, 0U);
  std::vector<std::uint8_t> many(file.begin(), file.end() - 2);
  for (int k = 0; k < 600; ++k)
    many.insert(many.end(), file.begin() + static_cast<std::ptrdiff_t>(scan), file.end() - 2);
  many.insert(many.end(), {0xFF, 0xD9});
  try {
    decode(many, Channels::rgb, {});
    FAIL() << "read";
  } catch (const Unreadable& why) {
    EXPECT_EQ(std::string(why.what()), "broken JPEG: more than 500 scans");
  }
}

}  // namespace
}  // namespace semblance::picture_stage
