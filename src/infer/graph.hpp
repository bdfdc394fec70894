#pragma once
// A network in ONNX format with any inputs and outputs, run by ONNX Runtime, which is loaded when the first network is.

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "semblance/runtime.hpp"

namespace semblance::infer_stage {

using Shape = std::vector<std::int64_t>;

/// "1 x 3 x any x any".
std::string shape_text(const Shape& shape);

/// Thread-safe: any number of threads may run it at once, each on its own processor, so no result depends on their
/// number. On a GPU they take turns.
class Graph {
 public:
  /// An input or output as the network declares it; a size below 0 may be any.
  struct Port {
    std::string name;
    Shape shape;
  };
  /// What goes into an input; borrowed.
  struct Fed {
    std::size_t input = 0;  ///< its place in inputs()
    std::span<const float> values;
    Shape shape;
  };
  /// Gets an output's place, shape and values (row-major), which live for the call alone.
  using Take = std::function<void(std::size_t output, const Shape& shape, std::span<const float> values)>;

  /// Throws Error{resource} if `runtime` isn't ONNX Runtime 1.16 or later or its device can't be used; Error{input},
  /// naming the model, if it can't be loaded, has no outputs or an input that is no float32 tensor.
  Graph(const Runtime& runtime, std::filesystem::path model);
  ~Graph();
  Graph(const Graph&) = delete;
  Graph& operator=(const Graph&) = delete;

  [[nodiscard]] const std::vector<Port>& inputs() const;
  [[nodiscard]] const std::vector<std::string>& outputs() const;  ///< their names

  /// Runs to the first `count` outputs. Throws Error{input} if the network fails or one of them is no float32 tensor,
  /// and what `take` throws.
  void run(std::span<const Fed> fed, std::size_t count, const Take& take) const;

  /// Throws Error{input} naming the model.
  [[noreturn]] void refuse(const std::string& why) const;
  [[nodiscard]] const std::string& runtime_version() const;
  /// "ONNX Runtime 1.31.1", and " on cuda:0" where it is no processor.
  [[nodiscard]] std::string engine() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace semblance::infer_stage
