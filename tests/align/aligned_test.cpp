// Pictures that are aligned already.

#include <gtest/gtest.h>
#include <sys/resource.h>

#include "align/aligner.hpp"
#include "picture/raster.hpp"

namespace semblance::align_stage {
namespace {

using picture_stage::blank;
using picture_stage::Channels;

// No square as long as the picture is made of it: 65,535 a side would be 12.9 GB.
TEST(Aligned, AThreadAPixelWideCostsLittle) {
  picture_stage::Raster thread = blank(1, 60'000, Channels::rgb);
  for (auto& byte : thread.pixels) byte = 200;
  const auto aligner = make_aligner({}, {}, kDlibChip);
  const Aligned aligned = aligner->align("thread", picture_stage::encode_png(thread));
  ASSERT_TRUE(aligned.face);
  EXPECT_EQ(aligned.face->width, 150U);
  EXPECT_EQ(aligned.face->pixels[3 * (75 * 150 + 75)], 200);
  rusage used{};
  getrusage(RUSAGE_SELF, &used);
  EXPECT_LT(used.ru_maxrss, 500'000) << "kB";
}

TEST(Aligned, ANarrowPictureIsSquared) {
  picture_stage::Raster narrow = blank(96, 112, Channels::rgb);
  for (std::size_t k = 0; k < narrow.pixels.size(); ++k) narrow.pixels[k] = static_cast<std::uint8_t>(k / 3 % 96 * 2);
  const Aligned aligned = make_aligner({}, {}, kDlibChip)->align("narrow", picture_stage::encode_png(narrow));
  ASSERT_TRUE(aligned.face);
  // The middle stays in the middle: column 47.5 of 96, grey 95.
  EXPECT_NEAR(aligned.face->pixels[3 * (75 * 150 + 75)], 96, 3);
}

}  // namespace
}  // namespace semblance::align_stage
