// Plain C++ for any CPU.

#include "score/kernels/common_rows.hpp"
#include "score/kernels/reference_tile.hpp"

namespace semblance::scoring {
namespace {

struct Tag;
typedef double Doubles __attribute__((vector_size(16)));
typedef float Floats __attribute__((vector_size(8)));

void reference(const float* rows, std::size_t row_stride, std::size_t count, const float* packed, std::size_t groups,
               std::size_t dim, double* out, std::size_t out_stride) {
  reference_tile<Tag, Doubles, Floats, 1>(rows, row_stride, count, packed, groups, dim, out, out_stride);
}

bool always() { return true; }

void products(const void* rows, std::size_t row_stride_bytes, const std::int32_t*, const void* columns,
              std::size_t depth, std::int32_t* out) {
  const auto* row = static_cast<const std::int8_t*>(rows);
  const auto* packed = static_cast<const std::int8_t*>(columns);
  for (std::size_t r = 0; r < 4; ++r, row += row_stride_bytes) {
    std::int32_t sums[kGroup] = {};
    for (std::size_t k = 0; k < depth; k += 4) {
      const std::int8_t* four = packed + k * kGroup;
      for (std::size_t c = 0; c < kGroup; ++c) {
        sums[c] += row[k] * four[4 * c] + row[k + 1] * four[4 * c + 1] + row[k + 2] * four[4 * c + 2] +
                   row[k + 3] * four[4 * c + 3];
      }
    }
    __builtin_memcpy(out + r * kGroup, sums, sizeof sums);
  }
}

}  // namespace

const CommonKernel kCommonBaseline = {reference, quantise<Tag>, quick_dot_rows<Tag>, exact<Tag>, divide<Tag>};
const Int8Kernel kScalarKernel = {"scalar", 4, 4, 1, 0, 2048, always, nothing, nothing, products, screen_plain<Tag>};

}  // namespace semblance::scoring
