#pragma once
// Where libonnxruntime is on this machine.

#include <CLI/CLI.hpp>
#include <filesystem>
#include <string>

#include "semblance/runtime.hpp"

namespace semblance::cli {

struct FoundRuntime {
  std::filesystem::path library;
  std::string by;  ///< "flag", "environment", "python", "cache" or "system"
};

/// `given` if it isn't empty; else $SEMBLANCE_ONNXRUNTIME; else the onnxruntime package (1.19 or later brings the
/// library) of the active Python environment ($VIRTUAL_ENV, $CONDA_PREFIX) or of the user's or the system's Python;
/// else what `semblance models install onnxruntime` put into the cache; else the name that the system's loader looks
/// for.
FoundRuntime locate_onnx_runtime(const std::string& given);

/// What the user says of where networks run.
struct RuntimeArguments {
  std::string library, device = "cpu";
};

/// Adds --onnxruntime and --device. `when` starts each description, e.g. "With cards: ".
void add_runtime_options(CLI::App& command, RuntimeArguments& arguments, const std::string& when = {});

/// The same as the library takes it; located as above. Throws Error{usage} for a device that is none.
Runtime runtime_of(const RuntimeArguments& arguments);

/// Adds --batch. `when` as above.
void add_batch_option(CLI::App& command, std::size_t& batch, const std::string& when = {});

/// Of --onnxruntime.
inline constexpr const char* kRuntimeHelp =
    "the file libonnxruntime.so, if it isn't in the Python environment, installed (models install onnxruntime) or "
    "where the system looks";

}  // namespace semblance::cli
