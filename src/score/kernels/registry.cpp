// Which kernels this CPU runs, found out once.

#include <iterator>

#include "score/kernels/kernel.hpp"

namespace semblance::scoring {
namespace {

constexpr const TileKernel* kAll[] = {
#if defined(__x86_64__)
    &kAmxKernel, &kAvx512VnniKernel, &kAvx2Kernel,
#endif
#if defined(__aarch64__)
    &kNeonDotprodKernel,
#endif
    &kScalarKernel};
constexpr std::size_t kCount = std::size(kAll);

struct Available {
  const TileKernel* kernels[kCount + 1] = {};
  Available() {
    std::size_t n = 0;
    for (const TileKernel* kernel : kAll) {
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

const TileKernel* const* tile_kernels() {
  static const Available available;
  return available.kernels;
}

}  // namespace semblance::scoring
