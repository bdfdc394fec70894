#include "convert/onnx_graph.hpp"

#include <fmt/format.h>

#include <bit>
#include <cstring>
#include <string_view>

namespace semblance::convert_stage {
namespace {

static_assert(std::endian::native == std::endian::little, "tensors are written as they lie in memory");

// Numbers of fields and values of enumerations, as onnx.proto (IR version 7) has them.
namespace model {
constexpr unsigned kIrVersion = 1, kProducer = 2, kGraph = 7, kOpset = 8;
}
namespace opset {
constexpr unsigned kVersion = 2;
}
namespace graph {
constexpr unsigned kNode = 1, kName = 2, kInitializer = 5, kInput = 11, kOutput = 12;
}
namespace node {
constexpr unsigned kInput = 1, kOutput = 2, kOperator = 4, kAttribute = 5;
}
namespace attribute {
constexpr unsigned kName = 1, kFloat = 2, kInteger = 3, kIntegers = 8, kType = 20;
constexpr unsigned kIsFloat = 1, kIsInteger = 2, kIsIntegers = 7;
}  // namespace attribute
namespace tensor {
constexpr unsigned kDims = 1, kType = 2, kName = 8, kRaw = 9;
constexpr unsigned kFloat32 = 1, kInt64 = 7;
}  // namespace tensor
namespace value {
constexpr unsigned kName = 1, kType = 2, kTensor = 1, kElement = 1, kShape = 2, kDim = 1, kSize = 1, kSymbol = 2;
}

// The wire format: a field is its number and kind, then a number, a length with bytes, or four bytes.
constexpr unsigned kVarint = 0, kLength = 2, kFourBytes = 5;

void put_varint(std::string& out, std::uint64_t number) {
  for (; number > 0x7F; number >>= 7U) out += static_cast<char>((number & 0x7FU) | 0x80U);
  out += static_cast<char>(number);
}

void put_key(std::string& out, unsigned field, unsigned kind) { put_varint(out, field << 3U | kind); }

void put(std::string& out, unsigned field, std::int64_t number) {
  put_key(out, field, kVarint);
  put_varint(out, static_cast<std::uint64_t>(number));
}

void put(std::string& out, unsigned field, std::string_view bytes) {
  put_key(out, field, kLength);
  put_varint(out, bytes.size());
  out += bytes;
}

void put(std::string& out, unsigned field, float number) {
  put_key(out, field, kFourBytes);
  out.append(reinterpret_cast<const char*>(&number), sizeof number);
}

std::string tensor_field(const std::string& name, const Shape& shape, unsigned type, const void* data,
                         std::size_t bytes) {
  std::string out;
  for (const std::int64_t size : shape) put(out, tensor::kDims, size);
  put(out, tensor::kType, std::int64_t{type});
  put(out, tensor::kName, name);
  put(out, tensor::kRaw, std::string_view(static_cast<const char*>(data), bytes));
  return out;
}

std::string value_field(const std::string& name, const Shape& shape) {
  std::string dims;
  for (const std::int64_t size : shape) {
    std::string dim;
    if (size == kAny) {
      put(dim, value::kSymbol, std::string_view("batch"));
    } else {
      put(dim, value::kSize, size);
    }
    put(dims, value::kDim, dim);
  }
  std::string type;
  put(type, value::kElement, std::int64_t{tensor::kFloat32});
  put(type, value::kShape, dims);
  std::string wrapped;
  put(wrapped, value::kTensor, type);
  std::string out;
  put(out, value::kName, name);
  put(out, value::kType, wrapped);
  return out;
}

std::string attribute_field(const Attribute& one) {
  std::string out;
  put(out, attribute::kName, one.name);
  unsigned type = attribute::kIsInteger;
  if (const auto* number = std::get_if<std::int64_t>(&one.value)) {
    put(out, attribute::kInteger, *number);
  } else if (const auto* real = std::get_if<float>(&one.value)) {
    put(out, attribute::kFloat, *real);
    type = attribute::kIsFloat;
  } else {
    for (const std::int64_t each : std::get<std::vector<std::int64_t>>(one.value)) put(out, attribute::kIntegers, each);
    type = attribute::kIsIntegers;
  }
  put(out, attribute::kType, std::int64_t{type});
  return out;
}

}  // namespace

std::string OnnxGraph::input(const std::string& name, const Shape& shape) {
  put(inputs_, graph::kInput, value_field(name, shape));
  return name;
}

void OnnxGraph::output(const std::string& name, const Shape& shape) {
  put(outputs_, graph::kOutput, value_field(name, shape));
}

std::string OnnxGraph::constant(const std::string& name, const Shape& shape, std::span<const float> values) {
  put(constants_, graph::kInitializer, tensor_field(name, shape, tensor::kFloat32, values.data(), values.size_bytes()));
  return name;
}

std::string OnnxGraph::constant(const std::string& name, const std::vector<std::int64_t>& values) {
  put(constants_, graph::kInitializer,
      tensor_field(name, {static_cast<std::int64_t>(values.size())}, tensor::kInt64, values.data(),
                   values.size() * sizeof(std::int64_t)));
  return name;
}

std::string OnnxGraph::node(const std::string& op, const std::vector<std::string>& inputs,
                            const std::vector<Attribute>& attributes, const std::string& result) {
  ++count_;
  std::string name = result.empty() ? fmt::format("{}_{}", op, count_) : result;
  std::string out;
  for (const std::string& one : inputs) put(out, node::kInput, one);
  put(out, node::kOutput, name);
  put(out, node::kOperator, op);
  for (const Attribute& one : attributes) put(out, node::kAttribute, attribute_field(one));
  put(nodes_, graph::kNode, out);
  return name;
}

std::string OnnxGraph::model(const std::string& name) const {
  constexpr std::int64_t kIr = 7;
  constexpr std::int64_t kOpsetVersion = 13;
  std::string body = nodes_;
  put(body, graph::kName, name);
  body += constants_ + inputs_ + outputs_;
  std::string operators;
  put(operators, opset::kVersion, kOpsetVersion);
  std::string out;
  put(out, model::kIrVersion, kIr);
  put(out, model::kProducer, std::string_view("semblance"));
  put(out, model::kGraph, body);
  put(out, model::kOpset, operators);
  return out;
}

}  // namespace semblance::convert_stage
