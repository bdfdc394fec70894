// NEON with the dot-product extension: sdot sums four products of signed bytes, exactly.

#include "score/kernels/common_rows.hpp"
#include "score/kernels/count_tile.hpp"

#if defined(__aarch64__)

#include <arm_neon.h>
#include <sys/auxv.h>

namespace semblance::scoring {
namespace {

struct Tag;

constexpr std::size_t kRows = 4;

bool supported() {
  constexpr unsigned long kDotProduct = 1UL << 20U;  // HWCAP_ASIMDDP
  return (::getauxval(AT_HWCAP) & kDotProduct) != 0;
}

/// Four rows with sixteen columns: sixteen sums, four column vectors, four rows of one vector each.
void sixteen(const Factor* factors, std::size_t count, std::size_t first_column, std::size_t stride, std::size_t depth,
             std::int32_t* out) {
  int32x4_t sums[kRows][4];
  for (auto& row : sums) {
    for (int32x4_t& sum : row) sum = vdupq_n_s32(0);
  }
  for (const Factor* factor = factors; factor != factors + count; ++factor) {
    const auto* rows = static_cast<const std::int8_t*>(factor->rows);
    const auto* columns = static_cast<const std::int8_t*>(factor->columns) + 4 * first_column;
    for (std::size_t k = 0; k < depth; k += 4) {
      int8x16_t four[4];
      for (std::size_t v = 0; v < 4; ++v) four[v] = vld1q_s8(columns + k * kGroup + 16 * v);
      for (std::size_t r = 0; r < kRows; ++r) {
        std::int32_t bytes;
        __builtin_memcpy(&bytes, rows + r * stride + k, 4);
        const int8x16_t x = vreinterpretq_s8_s32(vdupq_n_s32(bytes));
        for (std::size_t v = 0; v < 4; ++v) sums[r][v] = vdotq_s32(sums[r][v], four[v], x);
      }
    }
  }
  for (std::size_t r = 0; r < kRows; ++r) {
    for (std::size_t v = 0; v < 4; ++v) vst1q_s32(out + r * kGroup + 4 * v, sums[r][v]);
  }
}

void products(const Factor* factors, std::size_t count, std::size_t row_stride_bytes, std::size_t depth,
              std::int32_t* out, const Beside& beside) {
  Tallying<Tag> tallying(beside.tally, kRows * kGroup, kGroup / 16);
  for (std::size_t c = 0; c < kGroup; c += 16) {
    tallying.next();
    sixteen(factors, count, c, row_stride_bytes, depth, out + c);
  }
  beside.part(beside.context, 0, 1);
}

}  // namespace

const TileKernel kNeonDotprodKernel = {.name = "neon_dotprod",
                                       .row_tile = kRows,
                                       .depth_multiple = 4,
                                       .element_bytes = 1,
                                       .slice_columns = kGroup,
                                       .column_offset = 0,
                                       .job_rows = 16384,
                                       .macs_per_cycle = 40,
                                       .supported = supported,
                                       .enter = nothing,
                                       .leave = nothing,
                                       .products = products,
                                       .refined = nullptr,
                                       .screen = screen_plain<Tag>,
                                       .count = count_plain};

}  // namespace semblance::scoring

#endif
