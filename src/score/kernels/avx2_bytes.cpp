// AVX2 in bytes: vpmaddubsw multiplies twice as many values as the 16-bit product of avx2.cpp, but adds two of them,
// and here four, in 16 bits. Columns have fewer levels, and a row as many as keep its sums of four in range: what a
// column's values, made unsigned, can make of four values of a row is at most 2 * kColumnLevels times those of one
// sign.

#include <immintrin.h>

#include "score/kernels/avx2_screen.hpp"
#include "score/kernels/common_rows.hpp"

namespace semblance::scoring {
namespace {

struct Tag;

constexpr std::size_t kRows = 4;       ///< of A whose sums the registers hold
constexpr std::size_t kTileRows = 24;  ///< a slice of columns stays in the first-level cache while these pass
constexpr std::size_t kSlice = 16;
constexpr std::size_t kStep = 8;  ///< of depth: two times four bytes, whose products meet in 16 bits
/// The half-width of a pair is smallest about here: more levels of columns leave fewer to rows.
constexpr int kColumnLevels = 93;
constexpr int kMostOfOneSign = 32767 / (2 * kColumnLevels);
/// Rounding can add half a level to each of four.
constexpr int kAimOfOneSign = kMostOfOneSign - 2;

bool supported() { return kAvx2Kernel.supported(); }

/// Calls visit(four) for every four places of a step whose products are added in 16 bits.
template <class Visit>
inline void each_four(std::size_t dim, const Visit& visit) {
  for (std::size_t k = 0; k < dim; k += kStep) {
    for (std::size_t pair = 0; pair < 4; pair += 2) {
      const std::size_t four[] = {k + pair, k + pair + 1, k + pair + 4, k + pair + 5};
      visit(four);
    }
  }
}

/// The most that four values of one sign add up to, of all fours.
template <class Value, class Sum>
inline Sum largest_of_one_sign(const Value* values, std::size_t dim) {
  Sum most = 0;
  each_four(dim, [&](const std::size_t* four) {
    Sum positive = 0;
    Sum negative = 0;
    for (std::size_t p = 0; p < 4; ++p) {
      const Sum value = four[p] < dim ? static_cast<Sum>(values[four[p]]) : 0;
      (value > 0 ? positive : negative) += value;
    }
    if (positive > most) most = positive;
    if (-negative > most) most = -negative;
  });
  return most;
}

Quantised quantise_row(const float* row, std::size_t dim, std::int8_t* q) {
  const float most = largest<Tag>(row, dim);
  const double for_fours = largest_of_one_sign<float, double>(row, dim) / kAimOfOneSign;
  double scale = static_cast<double>(most) / kLevels;
  if (for_fours > scale) scale = for_fours;
  Quantised quantised = quantise_by<Tag>(row, dim, most, scale, q);
  while (largest_of_one_sign<std::int8_t, int>(q, dim) > kMostOfOneSign) {
    scale *= 1.01;
    quantised = quantise_by<Tag>(row, dim, most, scale, q);
  }
  return quantised;
}

Quantised quantise_column(const float* row, std::size_t dim, std::int8_t* q) {
  const float most = largest<Tag>(row, dim);
  return quantise_by<Tag>(row, dim, most, static_cast<double>(most) / kColumnLevels, q);
}

/// Four rows with a slice: eight sums, four column vectors, a row value and two products fill the registers.
void four(const Factor* factors, std::size_t count, std::size_t first_row, std::size_t slice, std::size_t stride,
          std::size_t depth, std::int32_t* out) {
  const __m256i ones = _mm256_set1_epi16(1);
  __m256i sums[kRows][2];
#pragma GCC unroll 4
  for (std::size_t r = 0; r < kRows; ++r) {
    std::int32_t sum = 0;
    for (std::size_t f = 0; f < count; ++f) sum += factors[f].row_sums[first_row + r];
    sums[r][0] = sums[r][1] = _mm256_set1_epi32(-kColumnLevels * sum);
  }
  for (const Factor* factor = factors; factor != factors + count; ++factor) {
    const char* row = static_cast<const char*>(factor->rows) + first_row * stride;
    const auto* at =
        reinterpret_cast<const __m256i*>(static_cast<const char*>(factor->columns) + slice * depth * kSlice);
    for (std::size_t k = 0; k < depth; k += kStep, row += kStep, at += 4) {
      const __m256i columns[2][2] = {{_mm256_load_si256(at), _mm256_load_si256(at + 1)},
                                     {_mm256_load_si256(at + 2), _mm256_load_si256(at + 3)}};
#pragma GCC unroll 4
      for (std::size_t r = 0; r < kRows; ++r) {
        std::int32_t bytes[2];
        __builtin_memcpy(bytes, row + r * stride, sizeof bytes);
        const __m256i first = _mm256_set1_epi32(bytes[0]);
        const __m256i second = _mm256_set1_epi32(bytes[1]);
#pragma GCC unroll 2
        for (std::size_t v = 0; v < 2; ++v) {
          const __m256i products =
              _mm256_add_epi16(_mm256_maddubs_epi16(columns[0][v], first), _mm256_maddubs_epi16(columns[1][v], second));
          sums[r][v] = _mm256_add_epi32(sums[r][v], _mm256_madd_epi16(products, ones));
        }
      }
    }
  }
  std::int32_t* to = out + first_row * kGroup + slice * kSlice;
#pragma GCC unroll 4
  for (std::size_t r = 0; r < kRows; ++r) {
    for (std::size_t v = 0; v < 2; ++v) {
      _mm256_storeu_si256(reinterpret_cast<__m256i*>(to + r * kGroup + 8 * v), sums[r][v]);
    }
  }
}

void products(const Factor* factors, std::size_t count, std::size_t row_stride_bytes, std::size_t depth,
              std::int32_t* out, const Beside& beside) {
  for (std::size_t slice = 0; slice < kGroup / kSlice; ++slice) {
    for (std::size_t row = 0; row < kTileRows; row += kRows) {
      four(factors, count, row, slice, row_stride_bytes, depth, out);
    }
  }
  beside.part(beside.context, 0, 1);
}

}  // namespace

const TileKernel kAvx2BytesKernel = {.name = "avx2",
                                     .row_tile = kTileRows,
                                     .depth_multiple = kStep,
                                     .element_bytes = 1,
                                     .slice_columns = kSlice,
                                     .column_offset = kColumnLevels,
                                     .job_rows = 16384,
                                     .macs_per_cycle = 38,
                                     .supported = supported,
                                     .enter = nothing,
                                     .leave = nothing,
                                     .products = products,
                                     .refined = nullptr,
                                     .screen = screen_256<Tag>,
                                     .count = nullptr,
                                     .quantise_row = quantise_row,
                                     .quantise_column = quantise_column,
                                     .column_levels = kColumnLevels,
                                     .levels = "as many levels as 16-bit sums of four products allow",
                                     .half_width = 1.35,
                                     // Beyond it the rounding of |sigma q| could outgrow what the screen allows for.
                                     .most_dimensions = 4096};

}  // namespace semblance::scoring
