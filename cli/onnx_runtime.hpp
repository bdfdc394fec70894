#pragma once
// Where libonnxruntime is on this machine.

#include <filesystem>
#include <string>

namespace semblance::cli {

struct FoundRuntime {
  std::filesystem::path library;
  std::string by;  ///< "flag", "environment", "python", "cache" or "system"
};

/// `given` if it isn't empty; else $SEMBLANCE_ONNXRUNTIME; else the onnxruntime package (1.31 or later brings the
/// library) of the active Python environment ($VIRTUAL_ENV, $CONDA_PREFIX) or of the user's or the system's Python;
/// else what `semblance models install onnxruntime` put into the cache; else the name that the system's loader looks
/// for.
FoundRuntime locate_onnx_runtime(const std::string& given);
std::filesystem::path find_onnx_runtime(const std::string& given);

/// Of --onnxruntime.
inline constexpr const char* kRuntimeHelp =
    "The file libonnxruntime.so, if it isn't in the Python environment, installed (models install onnxruntime) or "
    "where "
    "the system looks";

}  // namespace semblance::cli
