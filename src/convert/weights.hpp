#pragma once
// A network's tensors, from the files of TensorFlow.js: a manifest in JSON and shards of bytes.

#include <cstddef>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "convert/package.hpp"

namespace semblance::convert_stage {

struct Tensor {
  std::vector<std::size_t> shape;
  std::vector<float> values;  ///< row-major
};

class Weights {
 public:
  /// Reads `manifest`, one of `files`, and the shards beside it that it names. Tensors are float32 or int32 (whole
  /// numbers become float32), as they are or quantised to uint8 or uint16 (value = number x scale + min, in float64,
  /// rounded once). Throws Error{input} naming `package`, the file and the tensor: no manifest, a shard that isn't
  /// there or lies elsewhere, too few or too many bytes, an unknown type, a shape that is none, values that aren't
  /// finite, a name twice.
  Weights(std::filesystem::path package, const PackageFiles& files, const std::string& manifest);

  /// Throws Error{input} naming package and tensor if there is none of that name and shape.
  [[nodiscard]] const Tensor& get(const std::string& name, const std::vector<std::size_t>& shape) const;
  [[nodiscard]] std::size_t size() const { return tensors_.size(); }

 private:
  std::filesystem::path package_;
  std::map<std::string, Tensor> tensors_;
};

}  // namespace semblance::convert_stage
