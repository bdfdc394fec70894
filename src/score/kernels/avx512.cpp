#include "score/kernels/reference_tile.hpp"

namespace semblance::scoring {
namespace {

struct Tag;
typedef double Doubles __attribute__((vector_size(64)));
typedef float Floats __attribute__((vector_size(32)));

}  // namespace

void reference_dots_avx512(const float* rows, std::size_t row_stride, std::size_t count, const float* packed,
                      std::size_t groups, std::size_t dim, double* out, std::size_t out_stride) {
  reference_tile<Tag, Doubles, Floats, 6>(rows, row_stride, count, packed, groups, dim, out, out_stride);
}

}  // namespace semblance::scoring
