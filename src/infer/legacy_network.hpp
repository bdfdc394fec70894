#pragma once
// A network in Caffe's or frozen TensorFlow's format, run by OpenCV. Slower than ONNX Runtime, and there for networks
// that nobody has as ONNX.

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace semblance::infer_stage {

/// Is it a file for this reader: .caffemodel (its layers in a .prototxt of the same name beside it) or .pb?
bool is_legacy(const std::filesystem::path& model);

/// Thread-safe: each thread that runs it at the same time as another gets a copy of its own.
class LegacyNetwork {
 public:
  /// Gets an output's place, shape and values (row-major), which live for the call alone.
  using Take = std::function<void(std::size_t output, const std::vector<std::int64_t>& shape, std::span<const float>)>;

  /// Throws Error{resource} if Semblance was built without OpenCV's reader; Error{input}, naming the model, if it can't
  /// be read.
  explicit LegacyNetwork(std::filesystem::path model);
  ~LegacyNetwork();
  LegacyNetwork(const LegacyNetwork&) = delete;
  LegacyNetwork& operator=(const LegacyNetwork&) = delete;

  [[nodiscard]] std::size_t outputs() const;
  /// Runs an input of `shape` (1, 3, height, width) to the first `count` outputs. Throws Error{input} if the network
  /// fails.
  void run(std::span<const float> image, const std::vector<std::int64_t>& shape, std::size_t count,
           const Take& take) const;
  /// Throws Error{input} naming the model.
  [[noreturn]] void refuse(const std::string& why) const;
  /// "OpenCV 4.6.0".
  [[nodiscard]] const std::string& engine() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace semblance::infer_stage
