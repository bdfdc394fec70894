#include "infer/library.hpp"

#include <dlfcn.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdio>
#include <sstream>
#include <string_view>
#include <vector>

#include "semblance/error.hpp"

namespace semblance::infer_stage {
namespace {

using namespace onnx;

constexpr int kLeastMinor = 16;
constexpr int kLeastMinorForCuda = 18;  // before, TF32 couldn't be refused

[[noreturn]] void refuse_device(const Runtime& runtime, const std::string& why) {
  throw Error(ErrorCode::resource, "infer", "--device " + device_name(runtime),
              why + "; or leave --device out: the processor needs none of this");
}

// What the library was built to compute by: "CUDA", "CPU".
std::vector<std::string> providers_of(const Api& api) {
  char** names = nullptr;
  int count = 0;
  if (!words_of(api, api.GetAvailableProviders(&names, &count)).empty()) return {};
  std::vector<std::string> providers;
  for (int k = 0; k < count; ++k) {
    std::string name = names[k];
    constexpr std::string_view kTail = "ExecutionProvider";
    if (name.ends_with(kTail)) name.resize(name.size() - kTail.size());
    providers.push_back(std::move(name));
  }
  static_cast<void>(words_of(api, api.ReleaseAvailableProviders(names, count)));
  return providers;
}

// The reason why not, or nothing.
std::string append_cuda(const Api& api, unsigned gpu, SessionOptions* options) {
  Owned<CudaOptions> cuda(api.ReleaseCudaOptions);
  if (std::string words = words_of(api, api.CreateCudaOptions(cuda.fill())); !words.empty()) return words;
  // Convolutions by rule, not by which was faster in a race: the same kernels in every run.
  const std::string number = std::to_string(gpu);
  const std::array keys = {"device_id", "cudnn_conv_algo_search", "use_tf32"};
  const std::array values = {number.c_str(), "HEURISTIC", "0"};
  if (std::string words = words_of(api, api.UpdateCudaOptions(cuda.get(), keys.data(), values.data(), keys.size()));
      !words.empty()) {
    return words;
  }
  return words_of(api, api.AppendCuda(options, cuda.get()));
}

}  // namespace

std::string words_of(const Api& api, Status* status) {
  if (status == nullptr) return {};
  std::istringstream said(api.GetErrorMessage(status));
  api.ReleaseStatus(status);
  std::string words;
  for (std::string word; said >> word;) words += (words.empty() ? "" : " ") + word;
  return words.empty() ? "it doesn't say why" : words;
}

Library load_library(const std::filesystem::path& file) {
  const auto refuse = [&](const std::string& why) {
    throw Error(ErrorCode::resource, "infer", file.string(),
                why + "; pictures need ONNX Runtime 1.16 or later (`semblance models install onnxruntime` gets one)");
  };
  void* handle = ::dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (handle == nullptr) refuse(fmt::format("can't be loaded ({})", ::dlerror()));
  using GetBase = const ApiBase* (*)();
  const auto get_base = reinterpret_cast<GetBase>(::dlsym(handle, "OrtGetApiBase"));
  if (get_base == nullptr) refuse("is no ONNX Runtime: it has no OrtGetApiBase");
  const ApiBase* base = get_base();
  Library library{.api = nullptr, .version = base->GetVersionString(), .minor = 0};
  // The library itself complains on standard error of a version that it doesn't know.
  const bool known = std::sscanf(library.version.c_str(), "1.%d", &library.minor) == 1;
  if (known && library.minor >= kLeastMinor) library.api = base->GetApi(kApiVersion);
  if (library.api == nullptr) refuse(fmt::format("is version {}", library.version));
  return library;
}

void ask_for_gpu(const Library& library, const Runtime& runtime, SessionOptions* options) {
  const std::vector<std::string> providers = providers_of(*library.api);
  if (std::ranges::find(providers, "CUDA") == providers.end()) {
    refuse_device(runtime, fmt::format("needs a library built for CUDA, but {} (ONNX Runtime {}) computes by {} only; "
                                       "give one with --onnxruntime (pip install onnxruntime-gpu brings one)",
                                       runtime.library.string(), library.version, fmt::join(providers, ", ")));
  }
  if (library.minor < kLeastMinorForCuda) {
    refuse_device(runtime, fmt::format("needs ONNX Runtime 1.{} or later, {} is {}", kLeastMinorForCuda,
                                       runtime.library.string(), library.version));
  }
  const std::string words = append_cuda(*library.api, runtime.gpu.value(), options);
  if (words.empty()) return;
  refuse_device(runtime,
                fmt::format("can't be used by {}: {}. Its CUDA part, libonnxruntime_providers_cuda.so and "
                            "libonnxruntime_providers_shared.so, has to lie beside it, and the loader has to find the "
                            "NVIDIA driver and the CUDA and cuDNN that these were built for",
                            runtime.library.string(), words));
}

void refuse_gpu(const Runtime& runtime, const std::string& words) {
  refuse_device(runtime, fmt::format("can't be used by {}: {}. `nvidia-smi -L` lists the GPUs that a driver is there "
                                     "for",
                                     runtime.library.string(), words));
}

}  // namespace semblance::infer_stage

namespace semblance {

std::string device_name(const Runtime& runtime) {
  return runtime.gpu ? fmt::format("cuda:{}", *runtime.gpu) : std::string("cpu");
}

std::optional<unsigned> parse_device(const std::string& text) {
  if (text == "cpu") return std::nullopt;
  if (text == "cuda") return 0;
  constexpr std::string_view kNumbered = "cuda:";
  unsigned number = 0;
  const char* const end = text.data() + text.size();
  if (text.starts_with(kNumbered) && text.size() > kNumbered.size()) {
    const auto [stop, fault] = std::from_chars(text.data() + kNumbered.size(), end, number);
    if (fault == std::errc() && stop == end && number <= 0x7FFFFFFFU) return number;
  }
  throw Error(ErrorCode::usage, "infer", "--device", fmt::format("is '{}'; cpu, cuda and cuda:N are known", text));
}

RuntimeFacts examine_runtime(const std::filesystem::path& file) {
  using namespace infer_stage;
  const Library library = load_library(file);
  const onnx::Api& api = *library.api;
  RuntimeFacts facts{.version = library.version, .providers = providers_of(api), .cuda_fault = {}};
  if (std::ranges::find(facts.providers, "CUDA") == facts.providers.end()) return facts;
  if (library.minor < kLeastMinorForCuda) {
    facts.cuda_fault = fmt::format("needs ONNX Runtime 1.{} or later", kLeastMinorForCuda);
    return facts;
  }
  // What the library has to say of it goes into the answer, not to standard error.
  Owned<onnx::Env> env(api.ReleaseEnv);
  Owned<onnx::SessionOptions> options(api.ReleaseSessionOptions);
  facts.cuda_fault = words_of(api, api.CreateEnv(onnx::kLogNothing, "semblance", env.fill()));
  if (facts.cuda_fault.empty()) facts.cuda_fault = words_of(api, api.CreateSessionOptions(options.fill()));
  if (facts.cuda_fault.empty()) facts.cuda_fault = append_cuda(api, 0, options.get());
  return facts;
}

}  // namespace semblance
