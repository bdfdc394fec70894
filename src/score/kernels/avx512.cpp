// AVX-512 with VNNI: vpdpbusd sums four products of an unsigned and a signed byte, exactly.

#include <immintrin.h>

#include "score/kernels/avx512_screen.hpp"
#include "score/kernels/common_rows.hpp"
#include "score/kernels/float_tile.hpp"
#include "score/kernels/reference_tile.hpp"

namespace semblance::scoring {
namespace {

struct Tag;
typedef double Doubles __attribute__((vector_size(64)));
typedef float Floats __attribute__((vector_size(32)));
typedef float Singles __attribute__((vector_size(64)));

void reference(const float* rows, std::size_t row_stride, std::size_t count, const float* packed, std::size_t groups,
               std::size_t dim, double* out, std::size_t out_stride) {
  reference_tile<Tag, Doubles, Floats, 6>(rows, row_stride, count, packed, groups, dim, out, out_stride);
}

constexpr std::size_t kRows = 6;
constexpr std::size_t kVectors = kGroup / 16;
constexpr int kOffset = 128;
/// Depth of a turn of the loop: four times four bytes, without which the loop's own work costs a seventh.
constexpr std::size_t kStep = 16;

bool supported() {
  return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
         __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl") &&
         __builtin_cpu_supports("avx512vnni");
}

// GCC spills the 24 sums of this tile when it is written with the intrinsic; as a one-instruction asm it does not.
inline __attribute__((always_inline)) void add_products(__m512i& sum, __m512i columns, __m512i row) {
  __asm__("vpdpbusd %2, %1, %0" : "+v"(sum) : "v"(columns), "v"(row));
}

using Sums = __m512i[kRows][kVectors];

// Inlined, so that the sums stay in registers.
inline __attribute__((always_inline)) void sum_products(const Factor* factors, std::size_t count,
                                                        std::size_t row_stride_bytes, std::size_t depth,
                                                        const Tally& tally, Sums& sums) {
  Tallying<Tag> tallying(tally, kRows * kGroup, depth / kStep);
  // Columns carry +128 to be unsigned: take 128 * (sum of the row) away from the start.
#pragma GCC unroll 6
  for (std::size_t r = 0; r < kRows; ++r) {
    std::int32_t sum = 0;
    for (std::size_t f = 0; f < count; ++f) sum += factors[f].row_sums[r];
#pragma GCC unroll 4
    for (std::size_t v = 0; v < kVectors; ++v) sums[r][v] = _mm512_set1_epi32(-kOffset * sum);
  }
  for (const Factor* factor = factors; factor != factors + count; ++factor) {
    const auto* row = static_cast<const char*>(factor->rows);
    const auto* packed = static_cast<const char*>(factor->columns);
    for (std::size_t k = 0; k < depth; k += kStep) {
      tallying.next();
#pragma GCC unroll 4
      for (std::size_t u = 0; u < kStep; u += 4) {
        __m512i four[kVectors];
#pragma GCC unroll 4
        for (std::size_t v = 0; v < kVectors; ++v) four[v] = _mm512_load_si512(packed + (k + u) * kGroup + 64 * v);
#pragma GCC unroll 6
        for (std::size_t r = 0; r < kRows; ++r) {
          std::int32_t bytes = 0;
          __builtin_memcpy(&bytes, row + r * row_stride_bytes + k + u, 4);
          const __m512i x = _mm512_set1_epi32(bytes);
#pragma GCC unroll 4
          for (std::size_t v = 0; v < kVectors; ++v) add_products(sums[r][v], four[v], x);
        }
      }
    }
  }
}

void products(const Factor* factors, std::size_t count, std::size_t row_stride_bytes, std::size_t depth,
              std::int32_t* out, const Beside& beside) {
  Sums sums;
  sum_products(factors, count, row_stride_bytes, depth, beside.tally, sums);
#pragma GCC unroll 6
  for (std::size_t r = 0; r < kRows; ++r) {
#pragma GCC unroll 4
    for (std::size_t v = 0; v < kVectors; ++v) _mm512_store_si512(out + r * kGroup + 16 * v, sums[r][v]);
  }
  beside.part(beside.context, 0, 1);
}

/// The sums are screened where they are: in memory they would cost the tile a twentieth.
template <bool kUnit>
std::size_t screened_rows(const Factor& factor, std::size_t row_stride_bytes, std::size_t depth, const ScreenTile& tile,
                          ScreenHit* hits) {
  Sums sums;
  sum_products(&factor, 1, row_stride_bytes, depth, {}, sums);
  std::size_t found = 0;
#pragma GCC unroll 6
  for (std::size_t r = 0; r < kRows; ++r) found += screen_row_512<Tag, kUnit>(tile, r, sums[r], hits + found);
  return found;
}

std::size_t screened(const Factor& factor, std::size_t row_stride_bytes, std::size_t depth, const ScreenTile& tile,
                     ScreenHit* hits) {
  return tile.unit ? screened_rows<true>(factor, row_stride_bytes, depth, tile, hits)
                   : screened_rows<false>(factor, row_stride_bytes, depth, tile, hits);
}

/// In float32: rows whose sums the registers hold, and rows that pass while the columns of a run (16 KiB) stay in the
/// first-level cache.
constexpr std::size_t kFloatRows = 3;
constexpr std::size_t kFloatTile = 24;

void values(const float* rows, std::size_t row_stride, const float* columns, std::size_t depth, float* out,
            const Tally& tally) {
  float_values<Tag, Singles, kFloatRows, kVectors, kFloatTile>(rows, row_stride, columns, depth, out, tally);
}

constexpr TileKernel kFloats = {.name = "avx512_vnni",
                                .row_tile = kFloatTile,
                                .depth_multiple = kFloatRun,
                                .element_bytes = sizeof(float),
                                .slice_columns = kGroup,
                                .column_offset = 0,
                                .job_rows = 65536,
                                .macs_per_cycle = 28,
                                .supported = supported,
                                .enter = nothing,
                                .leave = nothing,
                                .products = nullptr,
                                .refined = nullptr,
                                .screen = nullptr,
                                .count = count_512<Tag>,
                                .most_dimensions = kMostFloatDimensions,
                                .values = values};

}  // namespace

const CommonKernel kCommonAvx512 = {
    reference,          quantise<Tag>, refine<Tag>, quick_dot_rows<Tag>,  fast_dot_rows<Tag, Singles>,
    kFastSums<Singles>, exact<Tag>,    divide<Tag>, project<Tag, Singles>};
const TileKernel kAvx512VnniKernel = {.name = "avx512_vnni",
                                      .row_tile = kRows,
                                      .depth_multiple = kStep,
                                      .element_bytes = 1,
                                      .slice_columns = kGroup,
                                      .column_offset = kOffset,
                                      .job_rows = 65536,
                                      .macs_per_cycle = 110,
                                      .supported = supported,
                                      .enter = nothing,
                                      .leave = nothing,
                                      .products = products,
                                      .refined = nullptr,
                                      .screen = screen_512<Tag>,
                                      .screened = screened,
                                      .count = count_512<Tag>,
                                      .fine = &kFloats};

}  // namespace semblance::scoring
