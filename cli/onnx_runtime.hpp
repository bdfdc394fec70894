#pragma once
// Where libonnxruntime is on this machine.

#include <filesystem>
#include <string>

namespace semblance::cli {

/// `given` if it isn't empty; else $SEMBLANCE_ONNXRUNTIME; else the onnxruntime package (1.31 or later brings the
/// library) of the active Python environment ($VIRTUAL_ENV, $CONDA_PREFIX) or of the user's or the system's Python;
/// else the name that the system's loader looks for.
std::filesystem::path find_onnx_runtime(const std::string& given);

}  // namespace semblance::cli
