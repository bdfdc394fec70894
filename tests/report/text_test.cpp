// Strings of unknown origin, numbers for people, JSON value by value.

#include "report/text.hpp"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <functional>
#include <limits>
#include <nlohmann/json.hpp>
#include <random>
#include <sstream>

#include "report/json_writer.hpp"
#include "report/numbers.hpp"

namespace semblance::report_stage {
namespace {

TEST(HtmlText, EscapesMarkup) {
  EXPECT_EQ(html_text("<b a='x' b=\"y\">&amp;"), "&lt;b a=&#39;x&#39; b=&quot;y&quot;&gt;&amp;amp;");
  EXPECT_EQ(html_text("plain ünïcode 👩‍🔬 שלום"), "plain ünïcode 👩‍🔬 שלום");
}

TEST(HtmlText, NamesControlsAndDirectionMarks) {
  EXPECT_EQ(html_text("photo_\u202egpj.exe"), "photo_[U+202E]gpj.exe");
  EXPECT_EQ(html_text("a\u2067b\u200fc\u061cd"), "a[U+2067]b[U+200F]c[U+061C]d");
  EXPECT_EQ(html_text(std::string("a\0b\n\x7f", 5)), "a[U+0000]b[U+000A][U+007F]");
}

TEST(HtmlText, ReplacesWhatIsNotUtf8) {
  EXPECT_EQ(html_text("a\xff<\xc3"), "a\uFFFD&lt;\uFFFD");
  EXPECT_EQ(html_text("\xed\xa0\x80").find('\xed'), std::string::npos);  // a lone surrogate
}

TEST(JsonString, IsReadBackAsWritten) {
  for (const std::string text : {"", "a\"b\\c/\n\t", "\u202e</script>", "👩‍🔬"}) {
    EXPECT_EQ(nlohmann::json::parse(json_string(text)).get<std::string>(), text);
  }
  EXPECT_EQ(nlohmann::json::parse(json_string("x\xff")).get<std::string>(), "x\uFFFD");
}

TEST(Numbers, AreWrittenForPeople) {
  EXPECT_EQ(count_text(0), "0");
  EXPECT_EQ(count_text(1'234'567), "1,234,567");
  EXPECT_EQ(count_text(std::numeric_limits<std::uint64_t>::max()), "18,446,744,073,709,551,615");
  EXPECT_EQ(expected_text(12.34), "12.3");
  EXPECT_EQ(expected_text(1234.6), "1,235");
  EXPECT_EQ(expected_text(0), "0.0");
  EXPECT_EQ(expected_text(0.00005), "5.0&nbsp;&times;&nbsp;10<sup>&minus;5</sup>");
  EXPECT_EQ(score_text(0.123456), "0.1235");
  EXPECT_EQ(percent_text(0), "0%");
  EXPECT_EQ(percent_text(0.0203), "2%");
  EXPECT_EQ(percent_text(0.958), "95.8%");
  EXPECT_EQ(percent_text(1), "100.0%");
  EXPECT_EQ(small_text(1e-6), "10<sup>&minus;6</sup>");
  EXPECT_EQ(small_text(0.0123), "0.0123");
  EXPECT_EQ(small_text(std::nullopt), kNone);
  EXPECT_EQ(rate_text(0.01), "10<sup>&minus;2</sup>");
  EXPECT_EQ(rate_text(0.0234), "2.3&nbsp;&times;&nbsp;10<sup>&minus;2</sup>");
  EXPECT_EQ(rate_text(0), "0");
  EXPECT_EQ(rate_text(1), "1");
  for (const double x : {std::nan(""), HUGE_VAL, -HUGE_VAL}) {
    EXPECT_EQ(score_text(x), kNone);
    EXPECT_EQ(percent_text(x), kNone);
    EXPECT_EQ(expected_text(x), kNone);
    EXPECT_EQ(small_text(x), kNone);
    EXPECT_EQ(rate_text(x), kNone);
  }
}

class JsonWriterTest : public ::testing::Test {
 protected:
  std::string write(const std::function<void(JsonWriter&)>& body) {
    const std::filesystem::path file =
        std::filesystem::path(::testing::TempDir()) /
        (std::string(::testing::UnitTest::GetInstance()->current_test_info()->name()) + ".json");
    OutputFile out(file);
    JsonWriter json(out);
    body(json);
    out.close();
    std::ostringstream text;
    text << std::ifstream(file).rdbuf();
    std::filesystem::remove(file);
    return text.str();
  }
};

TEST_F(JsonWriterTest, LaysOutObjectsAndLines) {
  const std::string text = write([](JsonWriter& json) {
    json.begin_object();
    json.field("z", 1);
    json.field("a", true);
    json.open_array("rows");
    for (int i = 0; i < 2; ++i) {
      json.begin_object(JsonWriter::Layout::line);
      json.field("i", i);
      json.open_array("pair");
      json.value(0.5);
      json.value("x");
      json.end_array();
      json.end_object();
    }
    json.end_array();
    json.open_array("none");
    json.end_array();
    json.field("maybe", std::optional<double>());
    json.end_object();
  });
  EXPECT_EQ(text, R"({
  "z": 1,
  "a": true,
  "rows": [
    {"i": 0, "pair": [0.5, "x"]},
    {"i": 1, "pair": [0.5, "x"]}
  ],
  "none": [],
  "maybe": null
}
)");
}

TEST_F(JsonWriterTest, DoublesReadBackExactly) {
  std::mt19937_64 bits(3);
  std::vector<double> values = {0.0, -0.0, 0.1, 1.0, 1e300, 5e-324, std::numeric_limits<double>::max(), 1.0 / 3};
  while (values.size() < 2000) {
    const double x = std::bit_cast<double>(bits());
    if (std::isfinite(x)) values.push_back(x);
  }
  const std::string text = write([&](JsonWriter& json) {
    json.begin_array();
    for (const double x : values) json.value(x);
    json.end_array();
  });
  const nlohmann::json read = nlohmann::json::parse(text);
  ASSERT_EQ(read.size(), values.size());
  for (std::size_t i = 0; i < values.size(); ++i) EXPECT_EQ(read[i].get<double>(), values[i]);
  EXPECT_NE(text.find("0.1,"), std::string::npos) << "the shortest form of 0.1";
}

TEST_F(JsonWriterTest, WhatIsNotFiniteIsNull) {
  const std::string text = write([](JsonWriter& json) {
    json.begin_array(JsonWriter::Layout::line);
    json.value(std::nan(""));
    json.value(-HUGE_VAL);
    json.value(std::optional<double>(HUGE_VAL));
    json.end_array();
  });
  EXPECT_EQ(text, "[null, null, null]\n");
}

}  // namespace
}  // namespace semblance::report_stage
