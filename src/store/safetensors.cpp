#include "store/safetensors.hpp"

#include <algorithm>
#include <cstring>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string_view>
#include <vector>

#include "store/elements.hpp"
#include "store/pick.hpp"
#include "store/refuse.hpp"

namespace semblance::store_stage {
namespace {

struct Tensor {
  std::string dtype;
  std::vector<std::uint64_t> shape;
  std::vector<std::uint64_t> offsets;  ///< begin and end within the data
};

std::optional<ElementType> element_type(const std::string& dtype) {
  static const std::map<std::string_view, ElementType> kTypes{
      {"F16", ElementType::f16}, {"BF16", ElementType::bf16}, {"F32", ElementType::f32}, {"F64", ElementType::f64}};
  const auto at = kTypes.find(dtype);
  if (at == kTypes.end()) return std::nullopt;
  return at->second;
}

Tensor parse_tensor(const std::string& name, const nlohmann::json& entry, std::uint64_t data_bytes,
                    const std::string& subject) {
  Tensor tensor;
  try {
    tensor = {entry.at("dtype").get<std::string>(), entry.at("shape").get<std::vector<std::uint64_t>>(),
              entry.at("data_offsets").get<std::vector<std::uint64_t>>()};
  } catch (const nlohmann::json::exception&) {
    refuse(subject, "its header doesn't say dtype, shape and data_offsets of tensor '{}'", name);
  }
  if (tensor.offsets.size() != 2 || tensor.offsets[0] > tensor.offsets[1]) {
    refuse(subject, "its header has no proper data_offsets for tensor '{}'", name);
  }
  if (tensor.offsets[1] > data_bytes) {
    refuse(subject, "is truncated: tensor '{}' ends at byte {} of the data and {} are there", name, tensor.offsets[1],
           data_bytes);
  }
  return tensor;
}

}  // namespace

RawArray read_safetensors(const std::shared_ptr<const MappedFile>& file, const std::string& name) {
  constexpr std::size_t kLengthBytes = 8;
  const std::string subject = file->name();
  const std::span<const std::byte> bytes = file->bytes();
  std::uint64_t length = 0;
  if (bytes.size() < kLengthBytes) refuse(subject, "is truncated: it ends within the length of its header");
  std::memcpy(&length, bytes.data(), kLengthBytes);
  if (length > bytes.size() - kLengthBytes) {
    refuse(subject, "is truncated or not a .safetensors file: its header of {} bytes isn't whole", length);
  }
  const auto* const text = reinterpret_cast<const char*>(bytes.data()) + kLengthBytes;
  const nlohmann::json header = nlohmann::json::parse(text, text + length, nullptr, false);
  if (!header.is_object()) refuse(subject, "its .safetensors header isn't JSON");
  const std::span<const std::byte> data = bytes.subspan(kLengthBytes + length);

  std::vector<Tensor> tensors;
  std::vector<Candidate> candidates;
  std::uint64_t end = 0;
  for (const auto& [tensor_name, entry] : header.items()) {
    if (tensor_name == "__metadata__") continue;
    tensors.push_back(parse_tensor(tensor_name, entry, data.size(), subject));
    const Tensor& tensor = tensors.back();
    end = std::max(end, tensor.offsets[1]);
    candidates.push_back({tensor_name, fmt::format("({}) {}", fmt::join(tensor.shape, ", "), tensor.dtype),
                          tensor.shape.size() == 2 && element_type(tensor.dtype).has_value()});
  }
  if (end != data.size()) {
    refuse(subject, "holds {} bytes that belong to no tensor; it isn't a proper .safetensors file", data.size() - end);
  }
  const std::size_t index = pick(candidates, name, subject);
  const Tensor& tensor = tensors[index];
  const std::optional<ElementType> type = element_type(tensor.dtype);
  if (!type || tensor.shape.size() != 2) {
    refuse(subject, "tensor '{}' is {}; embeddings are two-dimensional F16, BF16, F32 or F64", candidates[index].name,
           candidates[index].shape);
  }
  const std::uint64_t needed = checked_bytes(tensor.shape[0], tensor.shape[1], *type, subject);
  const std::uint64_t held = tensor.offsets[1] - tensor.offsets[0];
  if (needed != held) {
    refuse(subject, "tensor '{}' is {}, {} bytes, but has {}", candidates[index].name, candidates[index].shape, needed,
           held);
  }
  return make_matrix(data.subspan(tensor.offsets[0], held), {.type = *type}, tensor.shape[0], tensor.shape[1], file,
                     subject);
}

}  // namespace semblance::store_stage
