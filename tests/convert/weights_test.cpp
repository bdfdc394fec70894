#include "convert/weights.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <bit>
#include <cstring>
#include <limits>

#include "semblance/error.hpp"

namespace semblance::convert_stage {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using Bytes = std::vector<std::uint8_t>;

constexpr const char* kManifest = "model/m-weights_manifest.json";

template <class... Numbers>
Bytes bytes_of(Numbers... numbers) {
  Bytes result;
  const auto append = [&](auto number) {
    const auto raw = std::bit_cast<std::array<std::uint8_t, sizeof number>>(number);
    result.insert(result.end(), raw.begin(), raw.end());
  };
  (append(numbers), ...);
  return result;
}

PackageFiles package(const std::string& manifest, const Bytes& shard) {
  return {{kManifest, Bytes(manifest.begin(), manifest.end())}, {"model/m.bin", shard}};
}

// One group of the shard m.bin.
std::string manifest(const std::string& tensors) { return R"([{"paths": ["m.bin"], "weights": [)" + tensors + "]}]"; }

void expect_refused(const PackageFiles& files, const char* why) {
  try {
    const Weights weights("p.tgz", files, kManifest);
    ADD_FAILURE() << "was accepted, though: " << why;
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::input);
    EXPECT_EQ(error.subject(), "p.tgz");
    EXPECT_THAT(error.message(), HasSubstr(why));
    EXPECT_THAT(error.message(), HasSubstr("m-weights_manifest.json"));
    EXPECT_EQ(error.message().find('\n'), std::string::npos);
  }
}

TEST(Weights, ReadsEveryTypeOfNumber) {
  const std::string all = manifest(
      R"({"name": "f", "shape": [2, 1], "dtype": "float32"},
         {"name": "i", "shape": [], "dtype": "int32"},
         {"name": "b", "shape": [3], "dtype": "float32", "quantization": {"dtype": "uint8", "scale": 0.1, "min": -2}},
         {"name": "s", "shape": [2], "dtype": "float32", "quantization": {"dtype": "uint16", "scale": 2, "min": 1}})");
  Bytes shard = bytes_of(1.5F, -0.25F, std::int32_t{-7}, std::uint8_t{0}, std::uint8_t{7}, std::uint8_t{255},
                         std::uint16_t{3}, std::uint16_t{65535});
  const Weights weights("p", package(all, shard), kManifest);
  EXPECT_EQ(weights.size(), 4U);
  EXPECT_THAT(weights.get("f", {2, 1}).values, ElementsAre(1.5F, -0.25F));
  EXPECT_THAT(weights.get("i", {}).values, ElementsAre(-7.0F));
  // In float64 and rounded once: in float32 7 x 0.1 - 2 is a neighbour of it.
  EXPECT_THAT(weights.get("b", {3}).values, ElementsAre(-2.0F, static_cast<float>(7 * 0.1 - 2), 23.5F));
  EXPECT_THAT(weights.get("s", {2}).values, ElementsAre(7.0F, 131071.0F));
  EXPECT_THROW(static_cast<void>(weights.get("g", {2, 1})), Error);
  try {
    static_cast<void>(weights.get("f", {2}));
    ADD_FAILURE();
  } catch (const Error& error) {
    EXPECT_THAT(error.message(), HasSubstr("'f' has shape (2, 1) where the network needs (2)"));
  }
}

TEST(Weights, TakesShardsOneAfterTheOther) {
  PackageFiles files = package(R"([{"paths": ["m.bin", "n.bin"], "weights": [
      {"name": "x", "shape": [2], "dtype": "float32"}]}])",
                               bytes_of(1.0F, std::uint8_t{0}, std::uint8_t{0}));
  files["model/n.bin"] = bytes_of(std::uint8_t{0}, std::uint8_t{64});
  EXPECT_THAT(Weights("p", files, kManifest).get("x", {2}).values, ElementsAre(1.0F, 2.0F));
}

TEST(Weights, WhatIsWrongIsNamed) {
  const std::string sound = R"({"name": "x", "shape": [2], "dtype": "float32"})";
  const Bytes eight = bytes_of(1.0F, 2.0F);
  EXPECT_NO_THROW(Weights("p", package(manifest(sound), eight), kManifest));
  expect_refused({}, "isn't there");
  expect_refused(package("[", eight), "is no JSON");
  expect_refused(package("{}", eight), "no list of groups");
  expect_refused(package("[7]", eight), "group without paths");
  expect_refused(package(R"([{"paths": [7], "weights": []}])", eight), "path that is no text");
  expect_refused(package(R"([{"paths": ["other.bin"], "weights": []}])", eight), "shard 'other.bin', which isn't");
  expect_refused(package(R"([{"paths": ["../../etc/passwd"], "weights": []}])", eight), "isn't beside it");
  expect_refused(package(R"([{"paths": ["m.bin"]}])", eight), "group without weights");
  expect_refused(package(manifest("7"), eight), "tensor that is no object");
  expect_refused(package(manifest("{}"), eight), "tensor without a name");
  expect_refused(package(manifest(sound), bytes_of(1.0F)), "'x' needs 8 bytes, the shard has 4 left: it is cut");
  expect_refused(package(manifest(sound), {}), "it is cut");
  expect_refused(package(manifest(sound), bytes_of(1.0F, 2.0F, 3.0F)), "leaves 4 bytes of its shards over");
  expect_refused(package(manifest(sound + "," + sound), bytes_of(1.0F, 2.0F, 3.0F, 4.0F)), "'x' is there twice");
  expect_refused(package(manifest(sound), bytes_of(1.0F, std::numeric_limits<float>::quiet_NaN())), "aren't finite");
  const auto tensor = [](const std::string& more) { return manifest(R"({"name": "x", )" + more + "}"); };
  expect_refused(package(tensor(R"("dtype": "float32")"), eight), "has no shape");
  for (const char* size : {"0", "-1", "1.5", "\"2\"", "300000000", "18446744073709551615", "65536, 65536"}) {
    expect_refused(package(tensor(std::string(R"("dtype": "float32", "shape": [)") + size + "]"), eight),
                   "a shape with");
  }
  expect_refused(package(tensor(R"("shape": [2])"), eight), "has no dtype");
  expect_refused(package(tensor(R"("shape": [2], "dtype": "complex64")"), eight), "type 'complex64'");
  const auto quantised = [&](const std::string& how) {
    return package(tensor(R"("shape": [8], "dtype": "float32", "quantization": )" + how), eight);
  };
  expect_refused(quantised("7"), "has no dtype");
  expect_refused(quantised(R"({"dtype": "float16"})"), "quantised as 'float16'");
  expect_refused(quantised(R"({"dtype": "uint8", "min": 0})"), "without a scale");
  expect_refused(quantised(R"({"dtype": "uint8", "scale": 1, "min": "0"})"), "without a min");
  expect_refused(quantised(R"({"dtype": "uint8", "scale": 1e38, "min": 0})"), "aren't finite");
}

}  // namespace
}  // namespace semblance::convert_stage
