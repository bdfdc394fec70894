// Which kernels this CPU runs, found out once.

#include <iterator>

#include "score/kernels/kernel.hpp"

namespace semblance::scoring {
namespace {

constexpr const Int8Kernel* kAll[] = {
#if defined(__x86_64__)
    &kAmxKernel, &kAvx512VnniKernel, &kAvx2Kernel,
#endif
#if defined(__aarch64__)
    &kNeonDotprodKernel,
#endif
    &kScalarKernel};
constexpr std::size_t kCount = std::size(kAll);

struct Available {
  const Int8Kernel* kernels[kCount + 1] = {};
  Available() {
    std::size_t n = 0;
    for (const Int8Kernel* kernel : kAll) {
      if (kernel->supported()) kernels[n++] = kernel;
    }
  }
};

const CommonKernel& widest() {
#if defined(__x86_64__)
  if (kAvx512VnniKernel.supported()) return kCommonAvx512;
  if (kAvx2Kernel.supported()) return kCommonAvx2;
#endif
  return kCommonBaseline;
}

}  // namespace

const CommonKernel& common_kernel() {
  static const CommonKernel& kernel = widest();
  return kernel;
}

const Int8Kernel* const* int8_kernels() {
  static const Available available;
  return available.kernels;
}

}  // namespace semblance::scoring
