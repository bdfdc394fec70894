#pragma once
// A network in the making, and its ONNX file.

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <variant>
#include <vector>

namespace semblance::convert_stage {

/// Of a node: one whole number, several, or a float32.
struct Attribute {
  std::string name;
  std::variant<std::int64_t, std::vector<std::int64_t>, float> value;
};

/// Sizes of a tensor; kAny: whatever comes.
using Shape = std::vector<std::int64_t>;
inline constexpr std::int64_t kAny = -1;

/// A size as ONNX stores it.
inline std::int64_t integer(std::size_t size) { return static_cast<std::int64_t>(size); }

/// An ONNX model of one graph, written as protocol buffers by hand: of the format, only the fields that a graph of
/// float32 tensors needs. The same calls give the same bytes.
class OnnxGraph {
 public:
  /// Every call returns the name of the tensor that it adds; names that are given must differ.
  std::string input(const std::string& name, const Shape& shape);
  std::string constant(const std::string& name, const Shape& shape, std::span<const float> values);
  std::string constant(const std::string& name, const std::vector<std::int64_t>& values);
  /// A node with one output, called by `result` or, where that is empty, by the nodes' count.
  std::string node(const std::string& op, const std::vector<std::string>& inputs,
                   const std::vector<Attribute>& attributes = {}, const std::string& result = {});
  /// Says that the network gives this tensor, as float32.
  void output(const std::string& name, const Shape& shape);

  /// The model's file: opset 13, IR version 7.
  [[nodiscard]] std::string model(const std::string& name) const;

 private:
  std::string nodes_, constants_, inputs_, outputs_;  // fields of the graph, as they stand in the file
  std::size_t count_ = 0;
};

}  // namespace semblance::convert_stage
