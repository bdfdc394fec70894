#include "cli/onnx_runtime.hpp"

#include <algorithm>
#include <cstdlib>
#include <system_error>
#include <vector>

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

}  // namespace

fs::path find_onnx_runtime(const std::string& given) {
  if (!given.empty()) return given;
  const auto environment = [](const char* name) -> fs::path {
    const char* value = std::getenv(name);
    return value == nullptr ? "" : value;
  };
  if (fs::path told = environment("SEMBLANCE_ONNXRUNTIME"); !told.empty()) return told;
  for (const fs::path& prefix : {environment("VIRTUAL_ENV"), environment("CONDA_PREFIX"),
                                 environment("HOME") / ".local", fs::path("/usr/local"), fs::path("/usr")}) {
    if (prefix.empty() || prefix.is_relative()) continue;
    if (fs::path found = in_python(prefix); !found.empty()) return found;
  }
  return "libonnxruntime.so.1";
}

}  // namespace semblance::cli
