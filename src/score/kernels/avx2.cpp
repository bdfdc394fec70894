// AVX2 with FMA. Values are widened to 16 bits: vpmaddwd sums two exact products, where vpmaddubsw would saturate (but
// for fewer levels: avx2_bytes.cpp).

#include <immintrin.h>

#include "score/kernels/avx2_screen.hpp"
#include "score/kernels/common_rows.hpp"
#include "score/kernels/float_tile.hpp"
#include "score/kernels/reference_tile.hpp"

namespace semblance::scoring {
namespace {

struct Tag;
typedef double Doubles __attribute__((vector_size(32)));
typedef float Floats __attribute__((vector_size(16)));
typedef float Singles __attribute__((vector_size(32)));

void reference(const float* rows, std::size_t row_stride, std::size_t count, const float* packed, std::size_t groups,
               std::size_t dim, double* out, std::size_t out_stride) {
  reference_tile<Tag, Doubles, Floats, 2>(rows, row_stride, count, packed, groups, dim, out, out_stride);
}

constexpr std::size_t kRows = 6;       ///< of A whose sums the registers hold
constexpr std::size_t kTileRows = 24;  ///< a slice of columns stays in the first-level cache while these pass
constexpr std::size_t kSlice = 16;

bool supported() { return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"); }

/// Six rows with a slice: twelve sums, two column vectors, one row value and one product fill the registers.
void six(const Factor* factors, std::size_t count, std::size_t first_row, std::size_t slice, std::size_t stride,
         std::size_t depth, std::int32_t* out) {
  __m256i sums[kRows][2];
#pragma GCC unroll 6
  for (auto& row : sums) row[0] = row[1] = _mm256_setzero_si256();
  for (const Factor* factor = factors; factor != factors + count; ++factor) {
    const char* row = static_cast<const char*>(factor->rows) + first_row * stride;
    const char* at = static_cast<const char*>(factor->columns) + slice * depth * kSlice * 2;
    for (std::size_t k = 0; k < depth; k += 2, row += 4, at += 4 * kSlice) {
      const __m256i left = _mm256_load_si256(reinterpret_cast<const __m256i*>(at));
      const __m256i right = _mm256_load_si256(reinterpret_cast<const __m256i*>(at + 32));
#pragma GCC unroll 6
      for (std::size_t r = 0; r < kRows; ++r) {
        std::int32_t two = 0;
        __builtin_memcpy(&two, row + r * stride, 4);
        const __m256i x = _mm256_set1_epi32(two);
        sums[r][0] = _mm256_add_epi32(sums[r][0], _mm256_madd_epi16(left, x));
        sums[r][1] = _mm256_add_epi32(sums[r][1], _mm256_madd_epi16(right, x));
      }
    }
  }
  std::int32_t* to = out + first_row * kGroup + slice * kSlice;
#pragma GCC unroll 6
  for (std::size_t r = 0; r < kRows; ++r) {
    for (std::size_t v = 0; v < 2; ++v) {
      _mm256_storeu_si256(reinterpret_cast<__m256i*>(to + r * kGroup + 8 * v), sums[r][v]);
    }
  }
}

void products(const Factor* factors, std::size_t count, std::size_t row_stride_bytes, std::size_t depth,
              std::int32_t* out, const Beside& beside) {
  Tallying<Tag> tallying(beside.tally, kTileRows * kGroup, kGroup / kSlice * (kTileRows / kRows));
  for (std::size_t slice = 0; slice < kGroup / kSlice; ++slice) {
    for (std::size_t row = 0; row < kTileRows; row += kRows) {
      tallying.next();
      six(factors, count, row, slice, row_stride_bytes, depth, out);
    }
  }
  beside.part(beside.context, 0, 1);
}

void values(const float* rows, std::size_t row_stride, const float* columns, std::size_t depth, float* out,
            const Tally& tally) {
  float_values<Tag, Singles, kRows / kFloatChains, 2, kTileRows>(rows, row_stride, columns, depth, out, tally);
}

constexpr TileKernel kFloats = {.name = "avx2",
                                .row_tile = kTileRows,
                                .depth_multiple = kFloatRun,
                                .element_bytes = sizeof(float),
                                .slice_columns = kSlice,
                                .column_offset = 0,
                                .job_rows = 65536,
                                .macs_per_cycle = 14,
                                .supported = supported,
                                .enter = nothing,
                                .leave = nothing,
                                .products = nullptr,
                                .refined = nullptr,
                                .screen = nullptr,
                                .count = count_256<Tag>,
                                .most_dimensions = kMostFloatDimensions,
                                .values = values};

}  // namespace

const CommonKernel kCommonAvx2 = {
    reference,          quantise<Tag>, refine<Tag>, quick_dot_rows<Tag>,  fast_dot_rows<Tag, Singles>,
    kFastSums<Singles>, exact<Tag>,    divide<Tag>, project<Tag, Singles>};
const TileKernel kAvx2Kernel = {.name = "avx2",
                                .row_tile = kTileRows,
                                .depth_multiple = 2,
                                .element_bytes = 2,
                                .slice_columns = kSlice,
                                .column_offset = 0,
                                .job_rows = 16384,
                                .macs_per_cycle = 32,
                                .supported = supported,
                                .enter = nothing,
                                .leave = nothing,
                                .products = products,
                                .refined = nullptr,
                                .screen = screen_256<Tag>,
                                .count = count_256<Tag>,
                                .coarse = &kAvx2BytesKernel,
                                .fine = &kFloats};

}  // namespace semblance::scoring
