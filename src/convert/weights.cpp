#include "convert/weights.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

namespace semblance::convert_stage {
namespace {

using Json = nlohmann::json;

constexpr std::size_t kMostNumbers = std::size_t{1} << 28U;

/// How a tensor's numbers lie in the shards.
struct Storage {
  enum class Type { float32, int32, uint8, uint16 } type = Type::float32;
  double scale = 1, min = 0;

  [[nodiscard]] std::size_t bytes() const {
    if (type == Type::uint8) return 1;
    return type == Type::uint16 ? 2 : 4;
  }
};

template <class Number>
Number number_at(const std::uint8_t* at) {
  Number number{};
  std::memcpy(&number, at, sizeof number);
  return number;
}

float value_at(const std::uint8_t* at, const Storage& storage) {
  switch (storage.type) {
    case Storage::Type::float32:
      return number_at<float>(at);
    case Storage::Type::int32:
      return static_cast<float>(number_at<std::int32_t>(at));
    case Storage::Type::uint8:
      return static_cast<float>(static_cast<double>(*at) * storage.scale + storage.min);
    case Storage::Type::uint16:
      return static_cast<float>(static_cast<double>(number_at<std::uint16_t>(at)) * storage.scale + storage.min);
  }
  return 0;
}

/// Reads one manifest's parts, and says where it is wrong.
class Reader {
 public:
  Reader(const std::filesystem::path& package, const PackageFiles& files, std::string manifest)
      : package_(package), files_(files), manifest_(std::move(manifest)) {}

  [[nodiscard]] Json groups() const {
    const auto file = files_.find(manifest_);
    if (file == files_.end()) refuse("isn't there");
    Json all = Json::parse(file->second.begin(), file->second.end(), nullptr, false);
    if (all.is_discarded()) refuse("is no JSON");
    if (!all.is_array() || all.empty()) refuse("is no list of groups of weights");
    return all;
  }

  /// The bytes of a group's shards, one after the other.
  [[nodiscard]] std::vector<std::uint8_t> shards(const Json& group) const {
    if (!group.is_object() || !group.contains("paths") || !group["paths"].is_array())
      refuse("has a group without paths");
    const std::string folder = manifest_.substr(0, manifest_.find_last_of('/') + 1);
    std::vector<std::uint8_t> bytes;
    for (const Json& path : group["paths"]) {
      if (!path.is_string()) refuse("has a path that is no text");
      const auto shard = files_.find(folder + path.get<std::string>());
      if (shard == files_.end()) {
        refuse(fmt::format("names the shard '{}', which isn't beside it", path.get<std::string>()));
      }
      bytes.insert(bytes.end(), shard->second.begin(), shard->second.end());
    }
    return bytes;
  }

  [[nodiscard]] const Json& tensors(const Json& group) const {
    const auto at = group.find("weights");
    if (at == group.end() || !at->is_array()) refuse("has a group without weights");
    return *at;
  }

  [[nodiscard]] std::string name(const Json& tensor) const {
    if (!tensor.is_object()) refuse("has a tensor that is no object");
    const auto at = tensor.find("name");
    if (at == tensor.end() || !at->is_string()) refuse("has a tensor without a name");
    return at->get<std::string>();
  }

  [[nodiscard]] std::vector<std::size_t> shape(const Json& tensor) const {
    const auto at = tensor.find("shape");
    std::vector<std::size_t> sizes;
    std::size_t numbers = 1;
    if (at == tensor.end() || !at->is_array()) refuse(tensor, "has no shape");
    for (const Json& size : *at) {
      const bool fits =
          size.is_number_unsigned() && size.get<std::size_t>() > 0 && size.get<std::size_t>() <= kMostNumbers / numbers;
      if (!fits) refuse(tensor, "has a shape with a size that is none, or too large");
      sizes.push_back(size.get<std::size_t>());
      numbers *= sizes.back();
    }
    return sizes;
  }

  [[nodiscard]] Storage storage(const Json& tensor) const {
    const std::string type = text(tensor, tensor, "dtype");
    if (type != "float32" && type != "int32") {
      refuse(tensor, fmt::format("has the type '{}'; float32 and int32 are known", type));
    }
    Storage result{.type = type == "float32" ? Storage::Type::float32 : Storage::Type::int32};
    const auto quantised = tensor.find("quantization");
    if (quantised == tensor.end()) return result;
    const std::string small = text(tensor, *quantised, "dtype");
    if (small != "uint8" && small != "uint16") {
      refuse(tensor, fmt::format("is quantised as '{}'; uint8 and uint16 are known", small));
    }
    result.type = small == "uint8" ? Storage::Type::uint8 : Storage::Type::uint16;
    result.scale = number(tensor, *quantised, "scale");
    result.min = number(tensor, *quantised, "min");
    return result;
  }

  [[noreturn]] void refuse(const std::string& why) const {
    refuse_package(package_, fmt::format("its {} {}", manifest_, why));
  }
  [[noreturn]] void refuse(const Json& tensor, const std::string& why) const {
    refuse(fmt::format("says wrong things: '{}' {}", name(tensor), why));
  }

 private:
  [[nodiscard]] std::string text(const Json& tensor, const Json& from, const char* key) const {
    if (!from.is_object() || !from.contains(key) || !from[key].is_string()) {
      refuse(tensor, fmt::format("has no {}", key));
    }
    return from[key].get<std::string>();
  }
  [[nodiscard]] double number(const Json& tensor, const Json& from, const char* key) const {
    const auto at = from.find(key);
    if (at == from.end() || !at->is_number() || !std::isfinite(at->get<double>())) {
      refuse(tensor, fmt::format("is quantised without a {}", key));
    }
    return at->get<double>();
  }

  const std::filesystem::path& package_;
  const PackageFiles& files_;
  std::string manifest_;
};

}  // namespace

Weights::Weights(std::filesystem::path package, const PackageFiles& files, const std::string& manifest)
    : package_(std::move(package)) {
  const Reader reader(package_, files, manifest);
  for (const Json& group : reader.groups()) {
    const std::vector<std::uint8_t> bytes = reader.shards(group);
    std::size_t at = 0;
    for (const Json& one : reader.tensors(group)) {
      const std::string name = reader.name(one);
      Tensor tensor{.shape = reader.shape(one), .values = {}};
      const Storage storage = reader.storage(one);
      std::size_t numbers = 1;
      for (const std::size_t size : tensor.shape) numbers *= size;
      if (numbers > (bytes.size() - at) / storage.bytes()) {
        reader.refuse(one, fmt::format("needs {} bytes, the shard has {} left: it is cut", numbers * storage.bytes(),
                                       bytes.size() - at));
      }
      tensor.values.resize(numbers);
      for (float& value : tensor.values) {
        value = value_at(bytes.data() + at, storage);
        at += storage.bytes();
      }
      if (!std::ranges::all_of(tensor.values, [](float value) { return std::isfinite(value); })) {
        reader.refuse(one, "has values that aren't finite");
      }
      if (!tensors_.emplace(name, std::move(tensor)).second) reader.refuse(one, "is there twice");
    }
    if (at != bytes.size()) reader.refuse(fmt::format("leaves {} bytes of its shards over", bytes.size() - at));
  }
}

const Tensor& Weights::get(const std::string& name, const std::vector<std::size_t>& shape) const {
  const auto at = tensors_.find(name);
  if (at == tensors_.end()) {
    refuse_package(package_, fmt::format("has no tensor '{}': it isn't the network that the converter knows", name));
  }
  if (at->second.shape != shape) {
    refuse_package(package_, fmt::format("its tensor '{}' has shape ({}) where the network needs ({})", name,
                                         fmt::join(at->second.shape, ", "), fmt::join(shape, ", ")));
  }
  return at->second;
}

}  // namespace semblance::convert_stage
