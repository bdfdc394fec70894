#include "score/kernels/reference_tile.hpp"

namespace semblance::scoring {
namespace {

struct Tag;
typedef double Doubles __attribute__((vector_size(32)));
typedef float Floats __attribute__((vector_size(16)));

}  // namespace

void reference_dots_avx2(const float* rows, std::size_t row_stride, std::size_t count, const float* packed,
                      std::size_t groups, std::size_t dim, double* out, std::size_t out_stride) {
  reference_tile<Tag, Doubles, Floats, 2>(rows, row_stride, count, packed, groups, dim, out, out_stride);
}

}  // namespace semblance::scoring
