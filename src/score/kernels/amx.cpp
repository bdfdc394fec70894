// Intel AMX: eight tile registers of 16 rows by 64 bytes; tdpbssd multiplies two of them as signed bytes, exactly.

#include <immintrin.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "score/kernels/avx512_screen.hpp"

namespace semblance::scoring {
namespace {

struct Tag;

constexpr std::size_t kTileRows = 16;
constexpr std::size_t kTileBytes = 64;
constexpr std::size_t kSliceColumns = 16;

/// The operating system lends the tile registers to processes that ask.
bool tiles_permitted() {
  constexpr long kRequestPermission = 0x1023;
  constexpr long kTileData = 18;
  return ::syscall(SYS_arch_prctl, kRequestPermission, kTileData) == 0;
}

bool supported() {
  if (!__builtin_cpu_supports("avx512f") || !__builtin_cpu_supports("avx512bw") ||
      !__builtin_cpu_supports("avx512dq") || !__builtin_cpu_supports("avx512vl")) {
    return false;
  }
  unsigned eax = 7, ebx = 0, ecx = 0, edx = 0;
  __asm__("cpuid" : "+a"(eax), "=b"(ebx), "+c"(ecx), "=d"(edx));
  constexpr unsigned kAmxTile = 1U << 24U;
  constexpr unsigned kAmxInt8 = 1U << 25U;
  return (edx & kAmxTile) != 0 && (edx & kAmxInt8) != 0 && tiles_permitted();
}

struct TileConfiguration {
  std::uint8_t palette = 1;
  std::uint8_t start_row = 0;
  std::uint8_t reserved[14] = {};
  std::uint16_t bytes[16] = {kTileBytes, kTileBytes, kTileBytes, kTileBytes,
                             kTileBytes, kTileBytes, kTileBytes, kTileBytes};
  std::uint8_t rows[16] = {kTileRows, kTileRows, kTileRows, kTileRows, kTileRows, kTileRows, kTileRows, kTileRows};
};
static_assert(sizeof(TileConfiguration) == 64);
// GCC's intrinsic does not say that it reads all of its operand, so this must not be built on the stack.
constexpr TileConfiguration kEightFullTiles;

void enter() { _tile_loadconfig(&kEightFullTiles); }

void leave() { _tile_release(); }

/// 16 rows with 64 columns: four sums. The columns (32 KiB at 512 dimensions) stay in the first-level cache while the
/// rows stream past it from the second; 32 rows a call would push them out.
void products(const Factor* factors, std::size_t count, std::size_t row_stride_bytes, std::size_t depth,
              std::int32_t* out, const Beside& beside) {
  const std::size_t slice = depth * kSliceColumns;
  const std::size_t parts = count * depth / kTileBytes;
  std::size_t part = 0;
  Tallying<Tag> tallying(beside.tally, kTileRows * kGroup, parts);
  _tile_zero(0);
  _tile_zero(1);
  _tile_zero(2);
  _tile_zero(3);
  for (const Factor* factor = factors; factor != factors + count; ++factor) {
    const auto* row = static_cast<const char*>(factor->rows);
    const auto* column = static_cast<const char*>(factor->columns);
    for (std::size_t k = 0; k < depth; k += kTileBytes) {
      const char* at = column + k * kSliceColumns;
      _tile_stream_loadd(4, row + k, row_stride_bytes);
      _tile_loadd(5, at, kTileBytes);
      _tile_dpbssd(0, 4, 5);
      _tile_loadd(6, at + slice, kTileBytes);
      _tile_dpbssd(1, 4, 6);
      _tile_loadd(7, at + 2 * slice, kTileBytes);
      _tile_dpbssd(2, 4, 7);
      _tile_loadd(5, at + 3 * slice, kTileBytes);
      _tile_dpbssd(3, 4, 5);
      tallying.next();
      beside.part(beside.context, part++, parts);
    }
  }
  constexpr std::size_t kOutStride = kGroup * sizeof(std::int32_t);
  _tile_stored(0, out, kOutStride);
  _tile_stored(1, out + 16, kOutStride);
  _tile_stored(2, out + 32, kOutStride);
  _tile_stored(3, out + 48, kOutStride);
}

/// 16 rows with 16 columns at a time, all orders at once: a tile of any plane is loaded once for the three it meets.
/// The rows (24 KiB) serve every slice.
void refined(const void* const* rows, const void* const* columns, std::size_t row_stride_bytes, std::size_t depth,
             std::int32_t* const* out, const Beside& beside) {
  constexpr std::size_t kOutStride = kGroup * sizeof(std::int32_t);
  const std::size_t parts = kGroup / kSliceColumns * depth / kTileBytes;
  std::size_t part = 0;
  Tallying<Tag> tallying(beside.tally, kTileRows * kGroup, parts);
  for (std::size_t c = 0; c < kGroup; c += kSliceColumns) {
    _tile_zero(0);
    _tile_zero(1);
    _tile_zero(2);
    for (std::size_t k = 0; k < depth; k += kTileBytes) {
      const std::size_t at = c * depth + k * kSliceColumns;
      _tile_loadd(3, static_cast<const char*>(rows[0]) + k, row_stride_bytes);
      _tile_loadd(6, static_cast<const char*>(columns[0]) + at, kTileBytes);
      _tile_dpbssd(0, 3, 6);
      _tile_loadd(4, static_cast<const char*>(rows[1]) + k, row_stride_bytes);
      _tile_dpbssd(1, 4, 6);
      _tile_loadd(5, static_cast<const char*>(rows[2]) + k, row_stride_bytes);
      _tile_dpbssd(2, 5, 6);
      _tile_loadd(7, static_cast<const char*>(columns[1]) + at, kTileBytes);
      _tile_dpbssd(1, 3, 7);
      _tile_dpbssd(2, 4, 7);
      _tile_loadd(6, static_cast<const char*>(columns[2]) + at, kTileBytes);
      _tile_dpbssd(2, 3, 6);
      tallying.next();
      beside.part(beside.context, part++, parts);
    }
    _tile_stored(0, out[0] + c, kOutStride);
    _tile_stored(1, out[1] + c, kOutStride);
    _tile_stored(2, out[2] + c, kOutStride);
  }
}

}  // namespace

const TileKernel kAmxKernel = {.name = "amx",
                               .row_tile = kTileRows,
                               .depth_multiple = kTileBytes,
                               .element_bytes = 1,
                               .slice_columns = kSliceColumns,
                               .column_offset = 0,
                               .job_rows = 131072,
                               .macs_per_cycle = 300,
                               .supported = supported,
                               .enter = enter,
                               .leave = leave,
                               .products = products,
                               .refined = refined,
                               .screen = screen_512<Tag>,
                               .count = count_512<Tag>};

}  // namespace semblance::scoring
