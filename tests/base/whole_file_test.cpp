#include "base/whole_file.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "base/temp_folder.hpp"
#include "semblance/error.hpp"

namespace semblance {
namespace {

namespace fs = std::filesystem;
using testing::slurp;
using testing::TempFolder;

std::size_t entries(const fs::path& folder) {
  return static_cast<std::size_t>(std::distance(fs::directory_iterator(folder), fs::directory_iterator()));
}

TEST(WholeFile, AppearsWithItsFoldersAndNothingElse) {
  const TempFolder temp;
  const fs::path file = temp.path() / "a" / "b" / "out.xml";
  write_whole_file(file, "first");
  EXPECT_EQ(slurp(file), "first");
  write_whole_file(file, "second");
  EXPECT_EQ(slurp(file), "second");
  EXPECT_EQ(entries(file.parent_path()), 1U);
}

TEST(WholeFile, AFolderInItsPlaceStaysAndIsNamed) {
  const TempFolder temp;
  const fs::path file = temp.path() / "out.xml";
  fs::create_directories(file / "inside");
  try {
    write_whole_file(file, "text");
    FAIL() << "a folder was replaced";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::output);
    EXPECT_EQ(error.subject(), file.string());
  }
  EXPECT_TRUE(fs::is_directory(file / "inside"));
  EXPECT_EQ(entries(temp.path()), 1U);
}

TEST(WholeFile, APathThroughAFileIsRefused) {
  const TempFolder temp;
  write_whole_file(temp.path() / "file", "text");
  EXPECT_THROW(write_whole_file(temp.path() / "file" / "out.xml", "text"), Error);
  EXPECT_EQ(slurp(temp.path() / "file"), "text");
}

}  // namespace
}  // namespace semblance
