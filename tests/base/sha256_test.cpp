#include "base/sha256.hpp"

#include <gtest/gtest.h>

#include <string>

#include "base/temp_folder.hpp"
#include "semblance/error.hpp"

namespace semblance {
namespace {

// The examples of FIPS 180-2, appendix B.
constexpr const char* kAbc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
constexpr const char* kMillionA = "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0";

TEST(Sha256, GivesTheDigestsOfTheStandard) {
  Sha256 abc;
  abc.update("abc", 3);
  EXPECT_EQ(abc.finish(), kAbc);

  Sha256 pieces;
  const std::string some(1000, 'a');
  for (int i = 0; i < 1000; ++i) pieces.update(some.data(), some.size());
  EXPECT_EQ(pieces.finish(), kMillionA);
}

TEST(Sha256, DigestsFiles) {
  const testing::TempFolder temp;
  EXPECT_EQ(sha256_file(temp.file("abc", "abc")), kAbc);
  EXPECT_EQ(sha256_file(temp.file("a", std::string(1'000'000, 'a'))), kMillionA);
  EXPECT_EQ(sha256_file(temp.file("empty", "")), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

TEST(Sha256, NamesTheFileThatIsMissing) {
  const testing::TempFolder temp;
  const auto missing = temp.path() / "missing";
  try {
    sha256_file(missing);
    FAIL() << "a missing file was digested";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::input);
    EXPECT_EQ(error.subject(), missing.string());
  }
}

}  // namespace
}  // namespace semblance
