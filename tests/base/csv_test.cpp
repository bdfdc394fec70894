#include "base/csv.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <limits>
#include <string>
#include <vector>

#include "base/temp_folder.hpp"
#include "semblance/error.hpp"

namespace semblance {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::TempFolder;
using Records = std::vector<std::vector<std::string>>;

Records read_all(const std::string& content) {
  const TempFolder folder;
  CsvReader csv(folder.file("a.csv", content));
  Records records;
  for (std::vector<std::string> fields; csv.next(fields);) records.push_back(fields);
  return records;
}

TEST(Csv, ReadsPlainQuotedAndEmptyFields) {
  EXPECT_THAT(read_all("a,b,c\n1,\"x, \"\"y\"\"\",\n"),
              ElementsAre(ElementsAre("a", "b", "c"), ElementsAre("1", "x, \"y\"", "")));
  EXPECT_THAT(read_all("\"\"\n"), ElementsAre(ElementsAre("")));
  EXPECT_THAT(read_all(""), ElementsAre());
}

TEST(Csv, TakesEitherLineEndAMissingLastOneAndAByteOrderMark) {
  EXPECT_THAT(read_all("\xEF\xBB\xBFid,x\r\na,1\r\nb,2"),
              ElementsAre(ElementsAre("id", "x"), ElementsAre("a", "1"), ElementsAre("b", "2")));
  EXPECT_THAT(read_all("a\r\n\r\n"), ElementsAre(ElementsAre("a")));
  EXPECT_THAT(read_all("a\n\r"), ElementsAre(ElementsAre("a")));
}

TEST(Csv, KeepsACarriageReturnThatStandsInQuotes) {
  EXPECT_THAT(read_all("x,\"a\r\"\r\n"), ElementsAre(ElementsAre("x", "a\r")));
}

TEST(Csv, CountsLinesThroughBlankOnesAndQuotedLineBreaks) {
  const TempFolder folder;
  CsvReader csv(folder.file("a.csv", "a\n\n\"two\nlines\"\nlast\n"));
  std::vector<std::string> fields;
  std::vector<std::size_t> lines;
  while (csv.next(fields)) lines.push_back(csv.line());
  EXPECT_THAT(lines, ElementsAre(1U, 3U, 5U));
}

TEST(Csv, RefusesAQuoteThatIsNeverClosedNamingFileAndLine) {
  const TempFolder folder;
  const auto file = folder.file("open.csv", "a\n\"b\nc\n");
  CsvReader csv(file);
  std::vector<std::string> fields;
  ASSERT_TRUE(csv.next(fields));
  try {
    csv.next(fields);
    FAIL() << "an open quote was accepted";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::input);
    EXPECT_EQ(error.subject(), file.string());
    EXPECT_THAT(error.message(), HasSubstr("line 2"));
  }
}

TEST(Csv, RefusesMissingFilesAndFolders) {
  const TempFolder folder;
  for (const auto& path : {folder.path() / "missing.csv", folder.path()}) {
    try {
      CsvReader csv(path);
      FAIL() << path << " was accepted";
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::input);
      EXPECT_EQ(error.subject(), path.string());
    }
  }
}

RC_GTEST_PROP(Csv, FieldsComeBackAsTheyWereWritten, ()) {
  const auto text = rc::gen::container<std::string>(rc::gen::element('a', ',', '"', '\n', '\r', ' ', '\xC3'));
  const auto records =
      *rc::gen::container<Records>(rc::gen::nonEmpty(rc::gen::container<std::vector<std::string>>(text)));
  std::string content;
  Records expected;
  for (const auto& record : records) {
    if (record.size() == 1 && record.front().empty()) continue;  // a blank line, which readers skip
    for (std::size_t i = 0; i < record.size(); ++i) content.append(i > 0 ? "," : "").append(csv_field(record[i]));
    content += '\n';
    expected.push_back(record);
  }
  RC_ASSERT(read_all(content) == expected);
}

RC_GTEST_PROP(Csv, NumbersComeBackAsTheyWereWritten, (double value)) {
  RC_ASSERT(std::stod(csv_number(value)) == value);
}

TEST(Csv, WritesShortNumbersAndNothingForNone) {
  EXPECT_EQ(csv_number(0.1), "0.1");
  EXPECT_EQ(csv_number(std::optional<double>{}), "");
  EXPECT_EQ(csv_number(std::optional<double>{2.5}), "2.5");
}

}  // namespace
}  // namespace semblance
