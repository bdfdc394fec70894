#include "infer/network.hpp"

#include <dlfcn.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "infer/onnx_api.hpp"
#include "semblance/error.hpp"

namespace semblance::infer_stage {
namespace {

using namespace onnx;

struct Library {
  const Api* api = nullptr;
  std::string version;
};

// Loaded once and never unloaded: its threads may outlive the last network.
Library load(const std::filesystem::path& runtime) {
  const auto refuse = [&](const std::string& why) {
    throw Error(ErrorCode::resource, "infer", runtime.string(),
                why + "; pictures need ONNX Runtime 1.16 or later (`semblance models install onnxruntime` gets one)");
  };
  void* handle = ::dlopen(runtime.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (handle == nullptr) refuse(fmt::format("can't be loaded ({})", ::dlerror()));
  using GetBase = const ApiBase* (*)();
  const auto get_base = reinterpret_cast<GetBase>(::dlsym(handle, "OrtGetApiBase"));
  if (get_base == nullptr) refuse("is no ONNX Runtime: it has no OrtGetApiBase");
  const ApiBase* base = get_base();
  Library library{.api = nullptr, .version = base->GetVersionString()};
  // The library itself complains on standard error of a version that it doesn't know.
  int minor = 0;
  if (std::sscanf(library.version.c_str(), "1.%d", &minor) == 1 && minor >= 16) library.api = base->GetApi(kApiVersion);
  if (library.api == nullptr) refuse(fmt::format("is version {}", library.version));
  return library;
}

/// Owns an object of the library's.
template <class T>
class Owned {
 public:
  explicit Owned(void (*release)(T*)) : release_(release) {}
  ~Owned() {
    if (object_ != nullptr) release_(object_);
  }
  Owned(const Owned&) = delete;
  Owned& operator=(const Owned&) = delete;
  T** fill() { return &object_; }
  [[nodiscard]] T* get() const { return object_; }

 private:
  void (*release_)(T*);
  T* object_ = nullptr;
};

std::string shape_text(const std::vector<std::int64_t>& shape) {
  std::string text;
  for (const std::int64_t size : shape) text += (text.empty() ? "" : " x ") + (size < 0 ? "any" : std::to_string(size));
  return text.empty() ? "a single number" : text;
}

}  // namespace

std::string runtime_version(const std::filesystem::path& runtime) { return load(runtime).version; }

struct Network::State {
  State(Library loaded, std::filesystem::path file)
      : library(std::move(loaded)),
        model(std::move(file)),
        env(api().ReleaseEnv),
        options(api().ReleaseSessionOptions),
        session(api().ReleaseSession),
        memory(api().ReleaseMemoryInfo) {}

  [[nodiscard]] const Api& api() const { return *library.api; }

  void check(Status* status, const char* doing) const {
    if (status == nullptr) return;
    std::string why = api().GetErrorMessage(status);
    api().ReleaseStatus(status);
    std::ranges::replace(why, '\n', ' ');
    throw Error(ErrorCode::input, "infer", model.string(), fmt::format("{}: {}", doing, why));
  }

  // Shape of an input or output; refuses what is no float32 tensor.
  [[nodiscard]] std::vector<std::int64_t> shape_of(const TypeInfo* type, const char* what) const {
    const TensorInfo* tensor = nullptr;
    check(api().CastTypeInfoToTensorInfo(type, &tensor), what);
    int element = 0;
    if (tensor != nullptr) check(api().GetTensorElementType(tensor, &element), what);
    if (element != kFloat) {
      throw Error(ErrorCode::input, "infer", model.string(), fmt::format("its {} is no float32 tensor", what));
    }
    std::size_t rank = 0;
    check(api().GetDimensionsCount(tensor, &rank), what);
    std::vector<std::int64_t> shape(rank);
    check(api().GetDimensions(tensor, shape.data(), rank), what);
    return shape;
  }

  using GetName = Status* (*)(const Session*, std::size_t, Allocator*, char**);
  [[nodiscard]] std::string name_of(GetName get, std::size_t index) const {
    Allocator* allocator = nullptr;
    check(api().GetAllocatorWithDefaultOptions(&allocator), "no memory");
    char* text = nullptr;
    check(get(session.get(), index, allocator, &text), "a nameless tensor");
    std::string name = text;
    check(api().AllocatorFree(allocator, text), "no memory");
    return name;
  }

  /// Runs to the first `count` outputs; the caller releases `results`.
  void run(std::span<const float> image, Value** results, std::size_t count) const;
  /// What a result holds, as long as the result lives, and its shape.
  std::span<const float> values_of(Value* value, std::vector<std::int64_t>& shape) const;

  Library library;
  std::filesystem::path model;
  Owned<Env> env;
  Owned<SessionOptions> options;
  Owned<Session> session;
  Owned<MemoryInfo> memory;
  std::string input;
  std::vector<std::string> outputs;
  std::array<std::int64_t, 4> input_shape{};
};

Network::Network(const std::filesystem::path& runtime, const std::filesystem::path& model, std::size_t height,
                 std::size_t width)
    : state_(std::make_unique<State>(load(runtime), model)) {
  State& s = *state_;
  const Api& api = s.api();
  const auto refuse = [&](const std::string& why) { throw Error(ErrorCode::input, "infer", model.string(), why); };
  if (!std::filesystem::exists(model)) refuse("isn't there; the card names it as its weights");
  s.check(api.CreateEnv(kLogErrors, "semblance", s.env.fill()), "ONNX Runtime doesn't start");
  s.check(api.CreateSessionOptions(s.options.fill()), "ONNX Runtime doesn't start");
  // An image a thread: no waiting for one another, and no result that depends on their number.
  s.check(api.SetIntraOpNumThreads(s.options.get(), 1), "ONNX Runtime doesn't start");
  s.check(api.SetInterOpNumThreads(s.options.get(), 1), "ONNX Runtime doesn't start");
  s.check(api.CreateSession(s.env.get(), model.c_str(), s.options.get(), s.session.fill()),
          "is no network that can be run");
  s.check(api.CreateCpuMemoryInfo(kArenaAllocator, kDefaultMemory, s.memory.fill()), "no memory");

  std::size_t inputs = 0;
  std::size_t outputs = 0;
  s.check(api.SessionGetInputCount(s.session.get(), &inputs), "has no inputs");
  s.check(api.SessionGetOutputCount(s.session.get(), &outputs), "has no outputs");
  if (inputs != 1 || outputs == 0)
    refuse(fmt::format("has {} inputs and {} outputs; one input is expected", inputs, outputs));
  Owned<TypeInfo> type(api.ReleaseTypeInfo);
  s.check(api.SessionGetInputTypeInfo(s.session.get(), 0, type.fill()), "its input");
  const std::vector<std::int64_t> shape = s.shape_of(type.get(), "input");
  s.input_shape = {1, 3, static_cast<std::int64_t>(height), static_cast<std::int64_t>(width)};
  bool fits = shape.size() == s.input_shape.size();
  for (std::size_t k = 0; fits && k < shape.size(); ++k) fits = shape[k] < 0 || shape[k] == s.input_shape[k];
  if (!fits) refuse(fmt::format("takes {}, the card says 1 x 3 x {} x {}", shape_text(shape), height, width));
  s.input = s.name_of(api.SessionGetInputName, 0);
  for (std::size_t k = 0; k < outputs; ++k) s.outputs.push_back(s.name_of(api.SessionGetOutputName, k));
}

Network::~Network() = default;

const std::string& Network::runtime_version() const { return state_->library.version; }

namespace {

// The first `count` outputs' values, which the library owns.
class Results {
 public:
  Results(const Api& api, std::size_t count) : api_(api), values_(count) {}
  ~Results() {
    for (Value* value : values_) {
      if (value != nullptr) api_.ReleaseValue(value);
    }
  }
  Results(const Results&) = delete;
  Results& operator=(const Results&) = delete;
  Value** data() { return values_.data(); }
  [[nodiscard]] std::size_t size() const { return values_.size(); }
  Value* operator[](std::size_t k) { return values_[k]; }

 private:
  const Api& api_;
  std::vector<Value*> values_;
};

}  // namespace

void Network::State::run(std::span<const float> image, Value** results, std::size_t count) const {
  Owned<Value> in(api().ReleaseValue);
  void* data = const_cast<float*>(image.data());  // NOLINT(*-const-cast): an input is only read
  check(api().CreateTensorWithDataAsOrtValue(memory.get(), data, image.size_bytes(), input_shape.data(),
                                             input_shape.size(), kFloat, in.fill()),
        "its input");
  const char* const input_name = input.c_str();
  const Value* const input_value = in.get();
  std::vector<const char*> names;
  for (std::size_t k = 0; k < count; ++k) names.push_back(outputs[k].c_str());
  check(api().Run(session.get(), nullptr, &input_name, &input_value, 1, names.data(), count, results), "fails");
}

std::span<const float> Network::State::values_of(Value* value, std::vector<std::int64_t>& shape) const {
  Owned<TensorInfo> info(api().ReleaseTensorTypeAndShapeInfo);
  check(api().GetTensorTypeAndShape(value, info.fill()), "its output");
  int type = 0;
  std::size_t count = 0;
  std::size_t rank = 0;
  check(api().GetTensorElementType(info.get(), &type), "its output");
  check(api().GetTensorShapeElementCount(info.get(), &count), "its output");
  check(api().GetDimensionsCount(info.get(), &rank), "its output");
  if (type != kFloat) {
    throw Error(ErrorCode::input, "infer", model.string(), fmt::format("gives {} numbers that aren't float32", count));
  }
  shape.resize(rank);
  check(api().GetDimensions(info.get(), shape.data(), rank), "its output");
  void* values = nullptr;
  check(api().GetTensorMutableData(value, &values), "its output");
  return {static_cast<const float*>(values), count};
}

void Network::run(std::span<const float> image, std::span<float> output) const {
  Results results(state_->api(), 1);
  state_->run(image, results.data(), results.size());
  std::vector<std::int64_t> shape;
  const std::span<const float> values = state_->values_of(results[0], shape);
  if (values.size() != output.size()) {
    throw Error(ErrorCode::input, "infer", state_->model.string(),
                fmt::format("gives {} numbers, the card says {}", values.size(), output.size()));
  }
  std::ranges::copy(values, output.begin());
}

std::vector<Tensor> Network::run(std::span<const float> image) const {
  Results results(state_->api(), state_->outputs.size());
  state_->run(image, results.data(), results.size());
  std::vector<Tensor> tensors(results.size());
  for (std::size_t k = 0; k < tensors.size(); ++k) {
    const std::span<const float> values = state_->values_of(results[k], tensors[k].shape);
    tensors[k].values.assign(values.begin(), values.end());
  }
  return tensors;
}

}  // namespace semblance::infer_stage
