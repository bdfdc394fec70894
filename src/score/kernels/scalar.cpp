// Plain C++ for any CPU.

#include "score/kernels/common_rows.hpp"
#include "score/kernels/count_tile.hpp"
#include "score/kernels/reference_tile.hpp"

namespace semblance::scoring {
namespace {

struct Tag;
typedef double Doubles __attribute__((vector_size(16)));
typedef float Floats __attribute__((vector_size(8)));
typedef float Singles __attribute__((vector_size(16)));

void reference(const float* rows, std::size_t row_stride, std::size_t count, const float* packed, std::size_t groups,
               std::size_t dim, double* out, std::size_t out_stride) {
  reference_tile<Tag, Doubles, Floats, 1>(rows, row_stride, count, packed, groups, dim, out, out_stride);
}

constexpr std::size_t kRows = 4;

bool always() { return true; }

void products(const Factor* factors, std::size_t count, std::size_t row_stride_bytes, std::size_t depth,
              std::int32_t* out, const Beside& beside) {
  Tallying<Tag> tallying(beside.tally, kRows * kGroup, kRows);
  for (std::size_t r = 0; r < kRows; ++r) {
    tallying.next();
    std::int32_t sums[kGroup] = {};
    for (const Factor* factor = factors; factor != factors + count; ++factor) {
      const auto* row = static_cast<const std::int8_t*>(factor->rows) + r * row_stride_bytes;
      for (std::size_t k = 0; k < depth; k += 4) {
        const std::int8_t* four = static_cast<const std::int8_t*>(factor->columns) + k * kGroup;
        for (std::size_t c = 0; c < kGroup; ++c) {
          sums[c] += row[k] * four[4 * c] + row[k + 1] * four[4 * c + 1] + row[k + 2] * four[4 * c + 2] +
                     row[k + 3] * four[4 * c + 3];
        }
      }
    }
    __builtin_memcpy(out + r * kGroup, sums, sizeof sums);
  }
  beside.part(beside.context, 0, 1);
}

/// In widths of a bin.
float cosine(const CountTile& tile, std::size_t r, std::size_t c) {
  const std::size_t at = r * kGroup + c;
  if (tile.what == Counted::values) return tile.values[at] * kHalfBins;
  constexpr float kRatio = 1.0F / kPlaneRatio;
  auto sum = static_cast<float>(tile.products[0][at]);
  if (tile.what == Counted::planes) {
    sum += (static_cast<float>(tile.products[1][at]) + static_cast<float>(tile.products[2][at]) * kRatio) * kRatio;
  }
  return sum * tile.column_scale[c] * (tile.row_scale[r] * kHalfBins);
}

}  // namespace

CountFound count_plain(const CountTile& tile, ScreenHit* hits, ScreenHit* edges) {
  constexpr float kWidths = kHalfBins;
  const bool fine = tile.what != Counted::coarse;
  CountFound found{0, 0};
  for (std::size_t r = 0; r < tile.rows; ++r) {
    float high[kGroup];
    std::uint64_t hit_mask = 0;
    std::uint64_t edge_mask = 0;
    for (std::size_t c = 0; c < kGroup; ++c) {
      const float value = cosine(tile, r, c);
      float half = tile.column_slack[c] * kWidths + tile.row_slack[r] * kWidths;
      if (fine) half += __builtin_fabsf(value) * 0x1p-20F;
      high[c] = value + half;
      const float bin = __builtin_floorf(fine ? value - half : value);
      const bool edge = fine ? __builtin_floorf(high[c]) != bin : high[c] >= tile.tail * kWidths;
      const bool hit = high[c] >= tile.row_bar[r] * kWidths || high[c] >= tile.column_bar[c] * kWidths;
      tile.bins[r * kGroup + c] =
          static_cast<std::uint16_t>(bin < -kWidths   ? 0
                                     : bin >= kWidths ? kCountBins - 1
                                                      : static_cast<std::int32_t>(bin) + kHalfBins);
      edge_mask |= static_cast<std::uint64_t>(edge) << c;
      hit_mask |= static_cast<std::uint64_t>(hit) << c;
    }
    set_apart<Tag>(tile, r, high, hit_mask, edge_mask, valid_columns<Tag>(tile, r), hits, edges, found);
  }
  return found;
}

const CommonKernel kCommonBaseline = {
    reference,          quantise<Tag>, refine<Tag>, quick_dot_rows<Tag>,  fast_dot_rows<Tag, Singles>,
    kFastSums<Singles>, exact<Tag>,    divide<Tag>, project<Tag, Singles>};
const TileKernel kScalarKernel = {.name = "scalar",
                                  .row_tile = kRows,
                                  .depth_multiple = 4,
                                  .element_bytes = 1,
                                  .slice_columns = kGroup,
                                  .column_offset = 0,
                                  .job_rows = 2048,
                                  .macs_per_cycle = 8,
                                  .supported = always,
                                  .enter = nothing,
                                  .leave = nothing,
                                  .products = products,
                                  .refined = nullptr,
                                  .screen = screen_plain<Tag>,
                                  .count = count_plain};

}  // namespace semblance::scoring
