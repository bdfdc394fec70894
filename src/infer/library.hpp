#pragma once
// ONNX Runtime as a library that is loaded: its functions, and the GPU that it is asked for.

#include <filesystem>
#include <string>
#include <utility>

#include "infer/onnx_api.hpp"
#include "semblance/runtime.hpp"

namespace semblance::infer_stage {

struct Library {
  const onnx::Api* api = nullptr;
  std::string version;
  int minor = 0;  ///< of "1.minor.patch"
};

/// Loaded once and never unloaded: its threads may outlive the last network. Throws Error{resource} if it isn't ONNX
/// Runtime 1.16 or later.
Library load_library(const std::filesystem::path& file);

/// Owns an object of the library's.
template <class T>
class Owned {
 public:
  explicit Owned(void (*release)(T*)) : release_(release) {}
  ~Owned() {
    if (object_ != nullptr) release_(object_);
  }
  Owned(Owned&& other) noexcept : release_(other.release_), object_(std::exchange(other.object_, nullptr)) {}
  Owned(const Owned&) = delete;
  Owned& operator=(const Owned&) = delete;
  Owned& operator=(Owned&&) = delete;
  T** fill() { return &object_; }
  [[nodiscard]] T* get() const { return object_; }

 private:
  void (*release_)(T*);
  T* object_ = nullptr;
};

/// What a status says, on one line; releases it. Empty: all is well.
std::string words_of(const onnx::Api& api, onnx::Status* status);

/// Has sessions with these options run on `runtime.gpu`. Throws Error{resource} naming --device if the library has no
/// provider for CUDA or can't load it.
void ask_for_gpu(const Library& library, const Runtime& runtime, onnx::SessionOptions* options);

/// Error{resource} naming --device: a session can't be had on it, though it can on the processor.
[[noreturn]] void refuse_gpu(const Runtime& runtime, const std::string& words);

}  // namespace semblance::infer_stage
