#include "score/kernels/kernel.hpp"

namespace semblance::scoring {

ReferenceDots reference_dots() {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx512f")) return reference_dots_avx512;
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return reference_dots_avx2;
#endif
  return reference_dots_baseline;
}

}  // namespace semblance::scoring
