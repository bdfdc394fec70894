#pragma once
// Where networks run: which ONNX Runtime, on the processor or on a GPU.

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace semblance {

/// A library and what it computes on.
///
/// On a GPU numbers differ from the processor's in the last bits, and between kinds of GPU; one library on one GPU
/// gives the same again. Products are asked for in whole float32, not TF32; cuDNN 9 obeys only with
/// NVIDIA_TF32_OVERRIDE=0 in the environment, which the program sets and a caller of this library has to.
struct Runtime {
  /// libonnxruntime, 1.16 or later (1.18 for a GPU): a file, or a name that the system's loader finds.
  std::filesystem::path library = "libonnxruntime.so.1";
  std::optional<unsigned> gpu = std::nullopt;  ///< a CUDA device's number; none: the processor
};

/// "cpu", or "cuda:0" and so on: as parse_device reads it.
std::string device_name(const Runtime& runtime);

/// The `gpu` of "cpu", "cuda" (the first) or "cuda:N". Throws Error{usage} naming --device.
std::optional<unsigned> parse_device(const std::string& text);

struct RuntimeFacts {
  std::string version;                 ///< "1.24.3"
  std::vector<std::string> providers;  ///< what it can compute by, as it says itself: "CUDA", "CPU"
  /// Why a GPU can't be asked for although CUDA is among them: its own words. Empty: it can, as far as can be told
  /// without a network; a driver or GPU may still be missing.
  std::string cuda_fault;
};

/// Loads a libonnxruntime and asks it. Throws Error{resource} if it can't be loaded or is none of 1.16 or later.
RuntimeFacts examine_runtime(const std::filesystem::path& library);

}  // namespace semblance
