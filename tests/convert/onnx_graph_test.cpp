#include "convert/onnx_graph.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <array>

namespace semblance::convert_stage {
namespace {

// The same model as Python's onnx package (1.20, without names of nodes) serialises it.
constexpr const char* kModel =
    "0807120973656d626c616e63653ada010a390a05696d6167650a01771206436f6e765f312204436f6e762a110a0773747269"
    "646573400240ac02a001072a0c0a0567726f75701801a001020a270a06436f6e765f3112017922094c65616b7952656c752a"
    "0f0a05616c706861150000803ea00101120474696e792a130802080110014201774a080000803f000020c02a190802100742"
    "01734a10ffffffffffffffff05000000000000005a240a05696d616765121b0a19080112150a07120562617463680a020803"
    "0a0208020a02080262180a017912130a110801120d0a07120562617463680a0208014202100d";

TEST(OnnxGraph, WritesTheBytesThatTheOfficialPackageDoes) {
  OnnxGraph graph;
  const std::string image = graph.input("image", {kAny, 3, 2, 2});
  const std::string weights = graph.constant("w", {2, 1}, std::array{1.0F, -2.5F});
  graph.constant("s", {-1, 5});
  const std::string middle = graph.node("Conv", {image, weights},
                                        {{"strides", std::vector<std::int64_t>{2, 300}}, {"group", std::int64_t{1}}});
  EXPECT_EQ(middle, "Conv_1");
  graph.output(graph.node("LeakyRelu", {middle}, {{"alpha", 0.25F}}, "y"), {kAny, 1});
  std::string bytes;
  for (const char byte : graph.model("tiny")) bytes += fmt::format("{:02x}", static_cast<unsigned char>(byte));
  EXPECT_EQ(bytes, kModel);
}

}  // namespace
}  // namespace semblance::convert_stage
