#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "generate/generator.hpp"
#include "semblance/error.hpp"
#include "semblance/generate.hpp"

namespace semblance {
namespace {

using Seeds = std::vector<std::uint32_t>;

TEST(Seeds, AreReadAsStyleGansToolsTakeThem) {
  EXPECT_EQ(parse_seeds("7"), (Seeds{7}));
  EXPECT_EQ(parse_seeds("0-3"), (Seeds{0, 1, 2, 3}));
  EXPECT_EQ(parse_seeds("9,1-2,4294967295"), (Seeds{1, 2, 9, 4294967295U}));
  for (const char* text :
       {"", ",", "1,", "-", "1-", "-1", "2-1", "1 2", "0x1", "1.5", "4294967296", "1,1", "0-10000000"}) {
    EXPECT_THROW(parse_seeds(text), Error) << text;
  }
}

TEST(Seeds, TheirTextReadsBack) {
  for (const char* text : {"7", "0-3", "1-2,9,4294967295", "0,2,4-5"}) EXPECT_EQ(ranges_of(parse_seeds(text)), text);
}

TEST(Seeds, NamePicturesAndBack) {
  EXPECT_EQ(seed_name(0), "seed0000.png");
  EXPECT_EQ(seed_name(12345), "seed12345.png");
  for (const std::uint32_t seed : {0U, 9U, 9999U, 10000U, 4294967295U}) EXPECT_EQ(named_seed(seed_name(seed)), seed);
  for (const char* name :
       {"", "seed.png", "seed7.png", "seed00007.png", "seed0007.jpg", "seed-007.png", "xseed0007.png"}) {
    EXPECT_EQ(named_seed(name), std::nullopt) << name;
  }
}

TEST(Seeds, ASeedHasTheSameNeighboursWhateverElseIsAsked) {
  using generate_stage::groups_of;
  EXPECT_THAT(groups_of({0, 1, 2, 3, 4}, 2), testing::ElementsAre(Seeds{0, 1}, Seeds{2, 3}, Seeds{4}));
  EXPECT_THAT(groups_of({1, 2, 7}, 4), testing::ElementsAre(Seeds{1, 2}, Seeds{7}));
  EXPECT_TRUE(groups_of({}, 4).empty());
}

TEST(Seeds, AGeneratorIsToldFromAFolder) {
  EXPECT_EQ(generator_of("card:a/b.toml"), "a/b.toml");
  EXPECT_EQ(generator_of("cards/b.toml"), std::nullopt);
}

}  // namespace
}  // namespace semblance
