#pragma once
// A network in ONNX format, run by ONNX Runtime, which is loaded when the first network is.

#include <array>
#include <cstddef>
#include <filesystem>
#include <memory>
#include <span>
#include <string>

namespace semblance::embed_stage {

/// Runs one float32 tensor of shape (1, 3, height, width) to one output. Thread-safe: any number of threads may run it
/// at once, each on its own processor.
class Network {
 public:
  /// Throws Error{resource} if `runtime` isn't ONNX Runtime 1.16 or later; Error{input}, naming the model, if it can't
  /// be loaded or has another number of inputs, another type or another shape than (1 or any, 3, height, width).
  Network(const std::filesystem::path& runtime, const std::filesystem::path& model, std::size_t height,
          std::size_t width);
  ~Network();
  Network(const Network&) = delete;
  Network& operator=(const Network&) = delete;

  /// `image`: shape (3, height, width). Copies the first output, flattened, into `output`. Throws Error{input} if the
  /// network fails or its output has another size.
  void run(std::span<const float> image, std::span<float> output) const;
  [[nodiscard]] const std::string& runtime_version() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace semblance::embed_stage
