#include "infer/graph.hpp"

#include <fmt/format.h>

#include <utility>

#include "infer/library.hpp"
#include "infer/onnx_api.hpp"
#include "semblance/error.hpp"

namespace semblance::infer_stage {

using namespace onnx;

std::string shape_text(const Shape& shape) {
  std::string text;
  for (const std::int64_t size : shape) text += (text.empty() ? "" : " x ") + (size < 0 ? "any" : std::to_string(size));
  return text.empty() ? "a single number" : text;
}

struct Graph::State {
  State(const Runtime& where, std::filesystem::path file)
      : runtime(where),
        library(load_library(where.library)),
        model(std::move(file)),
        env(api().ReleaseEnv),
        options(api().ReleaseSessionOptions),
        session(api().ReleaseSession),
        memory(api().ReleaseMemoryInfo) {}

  [[nodiscard]] const Api& api() const { return *library.api; }

  [[noreturn]] void refuse(const std::string& why) const {
    throw Error(ErrorCode::input, "infer", model.string(), why);
  }

  void check(Status* status, const char* doing) const {
    const std::string why = words_of(api(), status);
    if (!why.empty()) refuse(fmt::format("{}: {}", doing, why));
  }

  // Shape of an input; refuses what is no float32 tensor.
  [[nodiscard]] Shape shape_of(const TypeInfo* type) const {
    const TensorInfo* tensor = nullptr;
    check(api().CastTypeInfoToTensorInfo(type, &tensor), "its input");
    int element = 0;
    if (tensor != nullptr) check(api().GetTensorElementType(tensor, &element), "its input");
    if (element != kFloat) refuse("its input is no float32 tensor");
    std::size_t rank = 0;
    check(api().GetDimensionsCount(tensor, &rank), "its input");
    Shape shape(rank);
    check(api().GetDimensions(tensor, shape.data(), rank), "its input");
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

  [[nodiscard]] Owned<Value> value_of(const Fed& fed) const {
    Owned<Value> value(api().ReleaseValue);
    void* data = const_cast<float*>(fed.values.data());  // NOLINT(*-const-cast): an input is only read
    check(api().CreateTensorWithDataAsOrtValue(memory.get(), data, fed.values.size_bytes(), fed.shape.data(),
                                               fed.shape.size(), kFloat, value.fill()),
          "its input");
    return value;
  }

  /// What a result holds, as long as the result lives, and its shape.
  std::span<const float> values_of(Value* value, Shape& shape) const;

  /// An image a thread on the processor: no waiting for one another, and no result that depends on their number.
  void set_options(Owned<SessionOptions>& made, bool on_gpu) const {
    check(api().CreateSessionOptions(made.fill()), "ONNX Runtime doesn't start");
    check(api().SetIntraOpNumThreads(made.get(), 1), "ONNX Runtime doesn't start");
    check(api().SetInterOpNumThreads(made.get(), 1), "ONNX Runtime doesn't start");
    if (on_gpu) ask_for_gpu(library, runtime, made.get());
  }

  void open() {
    set_options(options, runtime.gpu.has_value());
    Status* failed = api().CreateSession(env.get(), model.c_str(), options.get(), session.fill());
    if (failed == nullptr) return;
    if (!runtime.gpu) {
      const std::string why = words_of(api(), failed);
      const bool newer = why.find("opset") != std::string::npos;
      refuse(fmt::format("is no network that can be run: {}{}", why,
                         newer ? "; export it for an older opset, or take a newer ONNX Runtime" : ""));
    }
    // The network's fault, or the GPU's? A network that the processor takes is a good one.
    const std::string words = words_of(api(), failed);
    Owned<SessionOptions> plain(api().ReleaseSessionOptions);
    Owned<Session> there(api().ReleaseSession);
    set_options(plain, false);
    check(api().CreateSession(env.get(), model.c_str(), plain.get(), there.fill()), "is no network that can be run");
    refuse_gpu(runtime, words);
  }

  Runtime runtime;
  Library library;
  std::filesystem::path model;
  Owned<Env> env;
  Owned<SessionOptions> options;
  Owned<Session> session;
  Owned<MemoryInfo> memory;
  std::vector<Port> inputs;
  std::vector<std::string> outputs;
};

Graph::Graph(const Runtime& runtime, std::filesystem::path model)
    : state_(std::make_unique<State>(runtime, std::move(model))) {
  State& s = *state_;
  const Api& api = s.api();
  if (!std::filesystem::exists(s.model)) s.refuse("isn't there; the card names it as its weights");
  // Of a device that can't be used the library would print what its status says, too.
  s.check(api.CreateEnv(runtime.gpu ? kLogNothing : kLogErrors, "semblance", s.env.fill()),
          "ONNX Runtime doesn't start");
  s.open();
  s.check(api.CreateCpuMemoryInfo(kArenaAllocator, kDefaultMemory, s.memory.fill()), "no memory");

  std::size_t inputs = 0;
  std::size_t outputs = 0;
  s.check(api.SessionGetInputCount(s.session.get(), &inputs), "has no inputs");
  s.check(api.SessionGetOutputCount(s.session.get(), &outputs), "has no outputs");
  if (outputs == 0) s.refuse("has no outputs");
  for (std::size_t k = 0; k < inputs; ++k) {
    Owned<TypeInfo> type(api.ReleaseTypeInfo);
    s.check(api.SessionGetInputTypeInfo(s.session.get(), k, type.fill()), "its input");
    s.inputs.push_back({s.name_of(api.SessionGetInputName, k), s.shape_of(type.get())});
  }
  for (std::size_t k = 0; k < outputs; ++k) s.outputs.push_back(s.name_of(api.SessionGetOutputName, k));
}

Graph::~Graph() = default;

const std::vector<Graph::Port>& Graph::inputs() const { return state_->inputs; }
const std::vector<std::string>& Graph::outputs() const { return state_->outputs; }
const std::string& Graph::runtime_version() const { return state_->library.version; }
std::string Graph::engine() const {
  const State& s = *state_;
  return "ONNX Runtime " + s.library.version + (s.runtime.gpu ? " on " + device_name(s.runtime) : std::string());
}
void Graph::refuse(const std::string& why) const { state_->refuse(why); }

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
  Value* operator[](std::size_t k) { return values_[k]; }

 private:
  const Api& api_;
  std::vector<Value*> values_;
};

}  // namespace

std::span<const float> Graph::State::values_of(Value* value, Shape& shape) const {
  Owned<TensorInfo> info(api().ReleaseTensorTypeAndShapeInfo);
  check(api().GetTensorTypeAndShape(value, info.fill()), "its output");
  int type = 0;
  std::size_t count = 0;
  std::size_t rank = 0;
  check(api().GetTensorElementType(info.get(), &type), "its output");
  check(api().GetTensorShapeElementCount(info.get(), &count), "its output");
  check(api().GetDimensionsCount(info.get(), &rank), "its output");
  if (type != kFloat) refuse(fmt::format("gives {} numbers that aren't float32", count));
  shape.resize(rank);
  check(api().GetDimensions(info.get(), shape.data(), rank), "its output");
  void* values = nullptr;
  check(api().GetTensorMutableData(value, &values), "its output");
  return {static_cast<const float*>(values), count};
}

void Graph::run(std::span<const Fed> fed, std::size_t count, const Take& take) const {
  const State& s = *state_;
  std::vector<Owned<Value>> owned;
  std::vector<const Value*> values;
  std::vector<const char*> inputs;
  owned.reserve(fed.size());
  for (const Fed& one : fed) {
    owned.push_back(s.value_of(one));
    values.push_back(owned.back().get());
    inputs.push_back(s.inputs[one.input].name.c_str());
  }
  std::vector<const char*> outputs;
  for (std::size_t k = 0; k < count; ++k) outputs.push_back(s.outputs[k].c_str());
  Results results(s.api(), count);
  s.check(s.api().Run(s.session.get(), nullptr, inputs.data(), values.data(), values.size(), outputs.data(), count,
                      results.data()),
          "fails");
  Shape shape;
  for (std::size_t k = 0; k < count; ++k) {
    const std::span<const float> given = s.values_of(results[k], shape);
    take(k, shape, given);
  }
}

}  // namespace semblance::infer_stage
