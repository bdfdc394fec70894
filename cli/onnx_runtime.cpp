#include "cli/onnx_runtime.hpp"

#include <algorithm>
#include <cstdlib>
#include <system_error>
#include <vector>

#include "cli/cache.hpp"
#include "semblance/embed.hpp"
#include "semblance/error.hpp"

namespace semblance::cli {
namespace {

namespace fs = std::filesystem;

// Folders in `folder` whose names begin so, the last first: newer Pythons before older ones.
std::vector<fs::path> beginning(const fs::path& folder, const std::string& with) {
  std::vector<fs::path> found;
  std::error_code failed;
  for (fs::directory_iterator at(folder, failed), end; !failed && at != end; at.increment(failed)) {
    if (at->path().filename().string().starts_with(with)) found.push_back(at->path());
  }
  std::ranges::sort(found, std::greater<>());
  return found;
}

fs::path in_python(const fs::path& prefix) {
  for (const char* packages : {"site-packages", "dist-packages"}) {
    for (const fs::path& python : beginning(prefix / "lib", "python3")) {
      const auto found = beginning(python / packages / "onnxruntime" / "capi", "libonnxruntime.so");
      if (!found.empty()) return found.front();
    }
  }
  return {};
}

// Where `models install onnxruntime` puts it; nothing where there can't be a cache.
fs::path in_cache() {
  try {
    return cache_folder() / "models" / "onnxruntime" / "libonnxruntime.so.1";
  } catch (const Error&) {
    return {};
  }
}

}  // namespace

FoundRuntime locate_onnx_runtime(const std::string& given) {
  if (!given.empty()) return {.library = given, .by = "flag"};
  const auto environment = [](const char* name) -> fs::path {
    const char* value = std::getenv(name);
    return value == nullptr ? "" : value;
  };
  if (fs::path told = environment("SEMBLANCE_ONNXRUNTIME"); !told.empty())
    return {.library = told, .by = "environment"};
  for (const fs::path& prefix : {environment("VIRTUAL_ENV"), environment("CONDA_PREFIX"),
                                 environment("HOME") / ".local", fs::path("/usr/local"), fs::path("/usr")}) {
    if (prefix.empty() || prefix.is_relative()) continue;
    if (fs::path found = in_python(prefix); !found.empty()) return {.library = found, .by = "python"};
  }
  std::error_code failed;
  const fs::path installed = in_cache();
  if (!installed.empty() && fs::is_regular_file(installed, failed)) return {.library = installed, .by = "cache"};
  return {.library = "libonnxruntime.so.1", .by = "system"};
}

void add_runtime_options(CLI::App& command, RuntimeArguments& arguments, const std::string& when) {
  command.add_option("--onnxruntime", arguments.library, when + kRuntimeHelp);
  command
      .add_option("--device", arguments.device,
                  when +
                      "what networks run on: cpu, cuda (the first GPU) or cuda:N; a GPU needs a libonnxruntime built "
                      "for CUDA")
      ->capture_default_str();
}

Runtime runtime_of(const RuntimeArguments& arguments) {
  Runtime runtime{.library = {}, .gpu = parse_device(arguments.device)};
  runtime.library = locate_onnx_runtime(arguments.library).library;
  // Whole float32 on a GPU, too; cuDNN listens to nothing else. Who has set it otherwise has a reason.
  if (runtime.gpu) ::setenv("NVIDIA_TF32_OVERRIDE", "0", 0);
  return runtime;
}

void add_batch_option(CLI::App& command, std::size_t& batch, const std::string& when) {
  command
      .add_option("--batch", batch,
                  when +
                      "pictures that go through the matcher's network at once; 0: one on the processor, 32 on a GPU "
                      "if the network takes any number")
      ->check(CLI::Range(std::size_t{0}, kLargestBatch))
      ->capture_default_str();
}

}  // namespace semblance::cli
