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

bool always() { return true; }

void products(const Factor* factors, std::size_t count, std::size_t row_stride_bytes, std::size_t depth,
              std::int32_t* out, const Beside& beside) {
  for (std::size_t r = 0; r < 4; ++r) {
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

float cosine(const CountTile& tile, std::size_t r, std::size_t c) {
  const std::size_t at = r * kGroup + c;
  if (tile.what == Counted::values) return tile.values[at];
  constexpr float kRatio = 1.0F / kPlaneRatio;
  auto sum = static_cast<float>(tile.products[0][at]);
  if (tile.what == Counted::planes) {
    sum += (static_cast<float>(tile.products[1][at]) + static_cast<float>(tile.products[2][at]) * kRatio) * kRatio;
  }
  return sum * tile.column_scale[c] * tile.row_scale[r];
}

}  // namespace

CountFound count_plain(const CountTile& tile, ScreenHit* hits, ScreenHit* edges) {
  constexpr float kPerUnit = kHalfBins;
  const bool fine = tile.what != Counted::coarse;
  CountFound found{0, 0};
  for (std::size_t r = 0; r < tile.rows; ++r) {
    float high[kGroup];
    std::int32_t bins[kGroup];
    std::uint64_t hit_mask = 0;
    std::uint64_t edge_mask = 0;
    for (std::size_t c = 0; c < kGroup; ++c) {
      const float value = cosine(tile, r, c);
      float half = tile.column_slack[c] + tile.row_slack[r];
      if (fine) half += __builtin_fabsf(value) * 0x1p-20F;
      high[c] = value + half;
      const float scaled = value * kPerUnit;
      const float floor = __builtin_floorf(scaled);
      const float from_edge = scaled - floor;
      const float reach = half * kPerUnit;
      const bool edge = fine ? from_edge <= reach || from_edge + reach >= 1 : high[c] >= tile.tail;
      const bool hit = high[c] >= tile.row_bar[r] || high[c] >= tile.column_bar[c];
      const std::int32_t bin = static_cast<std::int32_t>(floor) + kCountBins / 2;
      bins[c] = bin < 0 ? 0 : bin >= kCountBins ? kCountBins - 1 : bin;
      edge_mask |= static_cast<std::uint64_t>(edge) << c;
      hit_mask |= static_cast<std::uint64_t>(hit) << c;
    }
    const std::uint64_t valid = valid_columns<Tag>(tile, r);
    for (std::uint64_t rest = valid & ~edge_mask; rest != 0; rest &= rest - 1) {
      const auto c = static_cast<std::size_t>(__builtin_ctzll(rest));
      ++tile.counts[c % kCountCopies * kCountStride + static_cast<std::size_t>(bins[c])];
    }
    append_hits<Tag>(hit_mask & valid, high, tile, r, hits, found.hits);
    append_hits<Tag>(edge_mask & valid, high, tile, r, edges, found.edges);
  }
  return found;
}

const CommonKernel kCommonBaseline = {reference,          quantise<Tag>, refine<Tag>, quick_dot_rows<Tag>,
                                      fast_dot_rows<Tag>, exact<Tag>,    divide<Tag>, project<Tag, Singles>};
const TileKernel kScalarKernel = {.name = "scalar",
                                  .row_tile = 4,
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
