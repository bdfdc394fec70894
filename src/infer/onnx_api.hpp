#pragma once
// The part of ONNX Runtime's C API that is used, as its struct of functions lays them out. The struct only ever grows
// at its end, so that any library since version 1.16 serves. Read from onnxruntime_c_api.h of 1.17.

#include <array>
#include <cstddef>
#include <cstdint>

namespace semblance::infer_stage::onnx {

struct Status;
struct Env;
struct SessionOptions;
struct Session;
struct RunOptions;
struct Value;
struct MemoryInfo;
struct Allocator;
struct TypeInfo;
struct TensorInfo;
struct CudaOptions;

inline constexpr std::uint32_t kApiVersion = 16;
inline constexpr int kLogErrors = 3;
inline constexpr int kLogNothing = 4;      // but what is fatal
inline constexpr int kFloat = 1;           // ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT
inline constexpr int kArenaAllocator = 1;  // OrtArenaAllocator
inline constexpr int kDefaultMemory = 0;   // OrtMemTypeDefault

/// Functions that aren't used keep their places.
template <std::size_t Count>
using Unused = std::array<void*, Count>;

struct Api {
  Unused<2> from_0;
  const char* (*GetErrorMessage)(const Status*);
  Status* (*CreateEnv)(int log_level, const char* log_id, Env**);
  Unused<3> from_4;
  Status* (*CreateSession)(const Env*, const char* path, const SessionOptions*, Session**);
  Unused<1> from_8;
  Status* (*Run)(Session*, const RunOptions*, const char* const* input_names, const Value* const* inputs,
                 std::size_t input_count, const char* const* output_names, std::size_t output_count, Value** outputs);
  Status* (*CreateSessionOptions)(SessionOptions**);
  Unused<13> from_11;
  Status* (*SetIntraOpNumThreads)(SessionOptions*, int);
  Status* (*SetInterOpNumThreads)(SessionOptions*, int);
  Unused<4> from_26;
  Status* (*SessionGetInputCount)(const Session*, std::size_t*);
  Status* (*SessionGetOutputCount)(const Session*, std::size_t*);
  Unused<1> from_32;
  Status* (*SessionGetInputTypeInfo)(const Session*, std::size_t, TypeInfo**);
  Status* (*SessionGetOutputTypeInfo)(const Session*, std::size_t, TypeInfo**);
  Unused<1> from_35;
  Status* (*SessionGetInputName)(const Session*, std::size_t, Allocator*, char**);
  Status* (*SessionGetOutputName)(const Session*, std::size_t, Allocator*, char**);
  Unused<11> from_38;
  Status* (*CreateTensorWithDataAsOrtValue)(const MemoryInfo*, void* data, std::size_t bytes, const std::int64_t* shape,
                                            std::size_t rank, int type, Value**);
  Unused<1> from_50;
  Status* (*GetTensorMutableData)(Value*, void**);
  Unused<3> from_52;
  Status* (*CastTypeInfoToTensorInfo)(const TypeInfo*, const TensorInfo**);
  Unused<4> from_56;
  Status* (*GetTensorElementType)(const TensorInfo*, int*);
  Status* (*GetDimensionsCount)(const TensorInfo*, std::size_t*);
  Status* (*GetDimensions)(const TensorInfo*, std::int64_t*, std::size_t);
  Unused<1> from_63;
  Status* (*GetTensorShapeElementCount)(const TensorInfo*, std::size_t*);
  Status* (*GetTensorTypeAndShape)(const Value*, TensorInfo**);
  Unused<3> from_66;
  Status* (*CreateCpuMemoryInfo)(int allocator, int memory, MemoryInfo**);
  Unused<6> from_70;
  Status* (*AllocatorFree)(Allocator*, void*);
  Unused<1> from_77;
  Status* (*GetAllocatorWithDefaultOptions)(Allocator**);
  Unused<13> from_79;
  void (*ReleaseEnv)(Env*);
  void (*ReleaseStatus)(Status*);
  void (*ReleaseMemoryInfo)(MemoryInfo*);
  void (*ReleaseSession)(Session*);
  void (*ReleaseValue)(Value*);
  Unused<1> from_97;
  void (*ReleaseTypeInfo)(TypeInfo*);
  void (*ReleaseTensorTypeAndShapeInfo)(TensorInfo*);
  void (*ReleaseSessionOptions)(SessionOptions*);
  Unused<24> from_101;
  Status* (*GetAvailableProviders)(char*** names, int* count);
  Status* (*ReleaseAvailableProviders)(char** names, int count);
  Unused<77> from_127;
  Status* (*AppendCuda)(SessionOptions*, const CudaOptions*);  // SessionOptionsAppendExecutionProvider_CUDA_V2
  Status* (*CreateCudaOptions)(CudaOptions**);
  Status* (*UpdateCudaOptions)(CudaOptions*, const char* const* keys, const char* const* values, std::size_t count);
  Unused<1> from_207;
  void (*ReleaseCudaOptions)(CudaOptions*);
};
static_assert(offsetof(Api, Run) == 9 * sizeof(void*));
static_assert(offsetof(Api, SessionGetOutputName) == 37 * sizeof(void*));
static_assert(offsetof(Api, GetTensorTypeAndShape) == 65 * sizeof(void*));
static_assert(offsetof(Api, GetAllocatorWithDefaultOptions) == 78 * sizeof(void*));
static_assert(offsetof(Api, ReleaseSessionOptions) == 100 * sizeof(void*));
static_assert(offsetof(Api, GetAvailableProviders) == 125 * sizeof(void*));
static_assert(offsetof(Api, ReleaseCudaOptions) == 208 * sizeof(void*));

/// What the library's one exported function, OrtGetApiBase, returns.
struct ApiBase {
  const Api* (*GetApi)(std::uint32_t version);  ///< null for a version that the library doesn't know
  const char* (*GetVersionString)();
};

}  // namespace semblance::infer_stage::onnx
