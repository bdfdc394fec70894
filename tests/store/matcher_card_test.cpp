#include "store/matcher_card.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "semblance/error.hpp"

namespace semblance {
namespace {

std::filesystem::path card(const std::string& name, const std::string& text) {
  const auto file = std::filesystem::path(testing::TempDir()) / name;
  std::ofstream(file) << text;
  return file;
}

void expect_card(const MatcherCard& read) {
  EXPECT_EQ(read.name, "arcface");
  EXPECT_EQ(read.dimension, 512U);
  EXPECT_THAT(read.training_sets, testing::ElementsAre("MS1M", "CASIA-WebFace"));
  EXPECT_EQ(read.sha256.size(), 64U);
}

TEST(MatcherCard, SaysTheSameInTomlAndJson) {
  expect_card(read_matcher_card(card("card.toml",
                                     "name = \"arcface\"\ndimension = 512\ntraining_set = [\"MS1M\", "
                                     "\"CASIA-WebFace\"]\n[input]\nsize = [112, 112]\nscale = 0.5\n")));
  expect_card(read_matcher_card(card("card.json", R"({"name": "arcface", "dimension": 512, "input": {"size": 112},
                                                      "training_set": ["MS1M", "CASIA-WebFace"]})")));
}

TEST(MatcherCard, MayLeaveOutWhatItDoesNotKnow) {
  const MatcherCard read = read_matcher_card(card("card.toml", "training_set = \"MS1M\"\n"));
  EXPECT_EQ(read.name, "");
  EXPECT_EQ(read.dimension, 0U);
  EXPECT_THAT(read.training_sets, testing::ElementsAre("MS1M"));
}

TEST(MatcherCard, NamesWhatIsWrong) {
  const auto why = [](const std::string& name, const std::string& text) -> std::string {
    try {
      read_matcher_card(card(name, text));
    } catch (const Error& error) {
      return error.what();
    }
    return "nothing";
  };
  EXPECT_THAT(why("broken.toml", "name = \"x\"\ndimension = \n"), testing::HasSubstr("line 2"));
  EXPECT_THAT(why("letter.toml", "\u0266 = 1\n"), testing::HasSubstr("is no TOML"));
  EXPECT_THAT(why("broken.json", "name = 3"), testing::HasSubstr("is no JSON"));
  EXPECT_THAT(why("endless.json", R"({"dimension": 1e999})"), testing::HasSubstr("is no JSON"));
  EXPECT_THAT(why("list.json", "[1, 2]"), testing::HasSubstr("holds no fields"));
  EXPECT_THAT(why("number.json", R"({"dimension": -3})"), testing::HasSubstr("dimension"));
  EXPECT_THAT(why("sets.json", R"({"training_set": [3]})"), testing::HasSubstr("training_set"));
  EXPECT_THROW(read_matcher_card("/nowhere/card.toml"), Error);
}

TEST(MatcherCard, NamesOfOneDatasetAreSpeltInManyWays) {
  EXPECT_TRUE(same_dataset("CASIA-WebFace", "casia_webface"));
  EXPECT_FALSE(same_dataset("WebFace4M", "WebFace12M"));
  EXPECT_FALSE(same_dataset("-", ""));
}

}  // namespace
}  // namespace semblance
