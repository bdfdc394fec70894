#pragma once
// A network that looks at one picture.

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "semblance/runtime.hpp"

namespace semblance::infer_stage {

/// A float32 output.
struct Tensor {
  std::vector<std::int64_t> shape;
  std::vector<float> values;  ///< row-major
};

class Graph;
class LegacyNetwork;

/// ONNX by ONNX Runtime; .caffemodel and .pb by OpenCV (legacy_network.hpp). Runs one float32 tensor of shape
/// (pictures, 3, height, width). Thread-safe: any number of threads may run it at once, each on its own processor.
class Network {
 public:
  /// Throws Error{resource} if `runtime` isn't ONNX Runtime 1.16 or later, its device can't be used, or OpenCV's reader
  /// is missing where it is needed; Error{usage} where OpenCV is asked for a GPU; Error{input}, naming the model, if it
  /// can't be loaded or has another number of inputs, another type or another shape than (1 or any, 3, height, width).
  Network(const Runtime& runtime, const std::filesystem::path& model, std::size_t height, std::size_t width);
  ~Network();
  Network(const Network&) = delete;
  Network& operator=(const Network&) = delete;

  /// Can it take several pictures at once, that is, does it leave their number open?
  [[nodiscard]] bool takes_batches() const { return takes_batches_; }
  /// `images`: shape (pictures, 3, height, width), one picture unless it takes_batches(). Copies the first output,
  /// flattened, into `output`. Throws Error{input} if the network fails or its output has another size.
  void run(std::span<const float> images, std::span<float> output) const;
  /// All outputs, in the network's order. Throws Error{input} if the network fails or an output is no float32 tensor.
  [[nodiscard]] std::vector<Tensor> run(std::span<const float> images) const;
  /// The version of ONNX Runtime; empty where OpenCV runs the network.
  [[nodiscard]] const std::string& runtime_version() const { return runtime_version_; }
  /// What runs it: "ONNX Runtime 1.24.3", "ONNX Runtime 1.24.3 on cuda:0", "OpenCV 4.6.0".
  [[nodiscard]] const std::string& engine() const { return engine_; }

 private:
  template <class Take>
  void run_to(std::span<const float> images, std::size_t count, const Take& take) const;

  std::vector<std::int64_t> shape_;  ///< of one picture
  bool takes_batches_ = false;
  std::unique_ptr<Graph> graph_;
  std::unique_ptr<LegacyNetwork> legacy_;  ///< instead
  std::string runtime_version_, engine_;
};

}  // namespace semblance::infer_stage
