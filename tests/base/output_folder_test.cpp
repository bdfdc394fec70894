#include "base/output_folder.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <functional>
#include <string>

#include "base/temp_folder.hpp"
#include "semblance/error.hpp"

namespace semblance {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using testing::slurp;
using testing::TempFolder;

std::size_t entries(const fs::path& folder) {
  return static_cast<std::size_t>(std::distance(fs::directory_iterator(folder), fs::directory_iterator()));
}

void expect_refused(const std::function<void()>& action, const std::string& subject, const std::string& reason) {
  try {
    action();
    FAIL() << subject << " was accepted";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::output);
    EXPECT_EQ(error.subject(), subject);
    EXPECT_THAT(error.message(), HasSubstr(reason));
  }
}

void write_one(const fs::path& file, const std::string& text) {
  OutputFile out(file);
  out.write(text);
  out.close();
}

TEST(OutputFolder, AppearsWholeOnCommitAndLeavesNothingElse) {
  const TempFolder temp;
  const fs::path target = temp.path() / "new" / "report";
  OutputFolder out(target, false);
  write_one(out.staging() / "a.txt", "hello");
  EXPECT_FALSE(fs::exists(target));
  out.commit();
  EXPECT_EQ(slurp(target / "a.txt"), "hello");
  EXPECT_EQ(entries(temp.path() / "new"), 1U);
}

TEST(OutputFolder, LeavesNothingWithoutCommit) {
  const TempFolder temp;
  {
    OutputFolder out(temp.path() / "report/", false);
    write_one(out.staging() / "a.txt", "half");
  }
  EXPECT_EQ(entries(temp.path()), 0U);
}

TEST(OutputFolder, TakesAnEmptyFolderAndRefusesOthersUnlessOverwritten) {
  const TempFolder temp;
  const fs::path target = temp.path() / "report";
  fs::create_directory(target);
  {
    OutputFolder out(target, false);
    write_one(out.staging() / "report.json", "first");
    out.commit();
  }
  expect_refused([&] { OutputFolder again(target, false); }, target.string(), "--overwrite");
  OutputFolder over(target, true);
  write_one(over.staging() / "report.json", "second");
  EXPECT_EQ(slurp(target / "report.json"), "first");
  over.commit();
  EXPECT_EQ(slurp(target / "report.json"), "second");
  EXPECT_EQ(entries(temp.path()), 1U);
}

TEST(OutputFolder, NeverOverwritesWhatItDidNotWrite) {
  const TempFolder temp;
  const fs::path home = temp.path() / "home";
  fs::create_directory(home);
  temp.file("home/thesis.tex", "years");
  expect_refused([&] { OutputFolder out(home, true); }, home.string(), "did not write");
  EXPECT_EQ(slurp(home / "thesis.tex"), "years");
}

TEST(OutputFolder, RefusesWhatIsNotAFolderOrCannotBeMade) {
  const TempFolder temp;
  const fs::path file = temp.file("plain", "x");
  expect_refused([&] { OutputFolder out(file, true); }, file.string(), "not a folder");
  const fs::path below = file / "report";
  expect_refused([&] { OutputFolder out(below, false); }, below.string(), "cannot be made");
  expect_refused([&] { OutputFolder out("", false); }, "--out", "empty");
}

TEST(OutputFile, WritesSmallAndLargePiecesInOrder) {
  const TempFolder temp;
  const std::string large(3U << 20U, 'y');
  OutputFile out(temp.path() / "f");
  out.write("x");
  out.write(large);
  out.write("z");
  out.close();
  EXPECT_EQ(slurp(temp.path() / "f"), "x" + large + "z");
}

TEST(OutputFile, NamesTheFileWhenTheDiskIsFull) {
  ASSERT_TRUE(fs::exists("/dev/full"));
  expect_refused([] { write_one("/dev/full", "does not fit"); }, "/dev/full", "No space left");
}

TEST(OutputFile, NamesTheFileThatCannotBeOpened) {
  const TempFolder temp;
  const fs::path file = temp.path() / "missing" / "f";
  expect_refused([&] { OutputFile out(file); }, file.string(), "No such file");
}

}  // namespace
}  // namespace semblance
