#include "semblance/convert.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/temp_folder.hpp"
#include "convert/package.hpp"
#include "semblance/error.hpp"

namespace semblance {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::string refused(ErrorCode code, const fs::path& package, const std::string& network, const fs::path& out) {
  try {
    convert_face_api(package, network, out);
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), code) << error.what();
    EXPECT_FALSE(fs::exists(out)) << "left something";
    return error.what();
  }
  ADD_FAILURE() << "was converted";
  return {};
}

TEST(ConvertFaceApi, RefusesWhatIsNoSuchPackage) {
  const testing::TempFolder folder;
  const fs::path out = folder.path() / "out.onnx";
  const auto no = [&](const fs::path& package) { return refused(ErrorCode::input, package, "face_recognition", out); };
  EXPECT_THAT(refused(ErrorCode::usage, folder.path(), "age", out), HasSubstr("face_recognition"));
  EXPECT_THAT(no(folder.path() / "none.tgz"), HasSubstr("isn't there"));
  EXPECT_THAT(no("/dev/null"), HasSubstr("neither file nor folder"));
  EXPECT_THAT(no(folder.file("text.tgz", "no archive")), HasSubstr("no package archive"));
  EXPECT_THAT(no(folder.path()), HasSubstr("holds no file whose name begins with model/face_recognition_model"));
  fs::create_directories(folder.path() / "package/model");
  folder.file("package/model/face_recognition_model.bin", "x");
  EXPECT_THAT(no(folder.path()), HasSubstr("manifest.json isn't there"));
  folder.file("package/model/face_recognition_model-weights_manifest.json",
              R"([{"paths": ["face_recognition_model.bin"], "weights": []}])");
  EXPECT_THAT(no(folder.path()), HasSubstr("leaves 1 bytes of its shards over"));
  folder.file("package/model/face_recognition_model-weights_manifest.json", R"([{"paths": [], "weights": []}])");
  EXPECT_THAT(no(folder.path()), HasSubstr("has no tensor 'conv32_down"));
  EXPECT_THAT(no(folder.path() / "package"), HasSubstr("has no tensor 'conv32_down")) << "the same folder, unwrapped";
}

TEST(ReadPackage, ReadsWhatBeginsWithThePrefix) {
  const testing::TempFolder folder;
  fs::create_directories(folder.path() / "model/m-deep");
  folder.file("model/m-1", "one");
  folder.file("model/n-1", "other");
  folder.file("m-2", "elsewhere");
  const auto files = convert_stage::read_package(folder.path(), "model/m");
  ASSERT_EQ(files.size(), 1U);
  EXPECT_EQ(files.at("model/m-1"), (std::vector<std::uint8_t>{'o', 'n', 'e'}));
  folder.file("model/m-3", "");
  EXPECT_THROW(convert_stage::read_package(folder.path(), "model/m"), Error) << "a file that is empty";
}

}  // namespace
}  // namespace semblance
