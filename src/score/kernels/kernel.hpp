#pragma once
// What a kernel file offers, one file a kind of CPU. Nothing here or in a kernel file may instantiate a template of
// the standard library: the linker could keep the copy that was compiled for the newer CPU.

#include <cstddef>
#include <cstdint>

namespace semblance::scoring {

/// Columns of B that are packed side by side for float kernels: element k of column c of group g lies at
/// packed[(g * dim + k) * kFloatGroup + c].
inline constexpr std::size_t kFloatGroup = 16;

/// Reference inner products (float64, index order) of `count` rows with `groups` groups of packed columns:
/// out[r * out_stride + column].
using ReferenceDots = void (*)(const float* rows, std::size_t row_stride, std::size_t count, const float* packed,
                               std::size_t groups, std::size_t dim, double* out, std::size_t out_stride);

/// Columns that a tile has.
inline constexpr std::size_t kGroup = 64;
/// Quantised values lie in [-kLevels, kLevels]. All kernels that count share it, so that all count alike.
inline constexpr int kLevels = 127;
/// Beyond this dimension a sum of products of quantised values could leave int32.
inline constexpr std::size_t kMostDimensions = 131072;

/// One tile of a screen: the integer products of `rows` rows with kGroup columns, and what turns them into upper
/// bounds h of the scores (in units of the law's scale):
///   unit:    h = Q * row_scale * column_scale + column_slack + row_slack
///   general: h = (the above) * column_norm * row_norm + column_offset + row_offset
/// A pair survives if h >= row_bar or h >= column_bar.
struct ScreenTile {
  const std::int32_t* products;  ///< [row][kGroup]
  std::size_t rows;
  const float* row_scale;
  const float* row_slack;
  const float* row_norm;
  const float* row_offset;
  const float* row_bar;
  const float* column_scale;
  const float* column_slack;
  const float* column_norm;
  const float* column_offset;
  const float* column_bar;
  bool unit;
  std::uint16_t first_row;     ///< added to the row of every hit
  std::uint16_t first_column;  ///< added to the column
};

/// A pair that the screen could not drop.
struct ScreenHit {
  float high;  ///< its h
  std::uint16_t row;
  std::uint16_t column;
};

/// Values of one row are sigma * (q1 + q2 / kPlaneRatio + q3 / kPlaneRatio^2): q1 alone screens, all three count.
inline constexpr int kPlaneRatio = 2 * kLevels;
inline constexpr std::size_t kMostPlanes = 3;
inline constexpr std::int32_t kCountBins = 4096;
inline constexpr std::int32_t kHalfBins = kCountBins / 2;
/// Stands for the bin of a pair that is not to be counted.
inline constexpr std::uint16_t kNotCounted = kCountBins;

/// What a tile to be counted consists of.
enum class Counted : std::uint8_t {
  coarse,  ///< products[0]: v = Q1 * column_scale * row_scale
  planes,  ///< all three: v = (Q1 + Q2 / ratio + Q3 / ratio^2) * column_scale * row_scale
  values,  ///< `values`: v itself
};

/// One tile whose pairs are given their bins, all scores being cosines v. Of coarse ones a pair whose v + half-width
/// reaches `tail` is left to the caller, of the others one within its half-width (widened by |v| / 2^20 for the
/// arithmetic) of a bin's edge. The rest belong to v's bin. The arithmetic is in widths of a bin, by which nothing but
/// exponents change. Multiplications and additions are not fused, so that every kernel counts alike.
struct CountTile {
  Counted what;
  const std::int32_t* products[kMostPlanes];
  const float* values;
  float tail;
  std::size_t rows;
  std::size_t columns;      ///< valid ones
  std::ptrdiff_t diagonal;  ///< column c of row r counts if c >= r + diagonal
  const float* row_scale;
  const float* row_slack;
  const float* row_bar;
  const float* column_scale;
  const float* column_slack;
  const float* column_bar;
  std::uint16_t* bins;  ///< written: [row][kGroup], kNotCounted for pairs that are left to the caller or not there
  std::uint16_t first_row;
  std::uint16_t first_column;
};

struct CountFound {
  std::size_t hits;   ///< pairs that reach a bar
  std::size_t edges;  ///< pairs left to the caller
};

/// A plane of rows and a plane of columns to be multiplied; row_sums[r] is the sum of row r's values.
struct Factor {
  const void* rows;
  const std::int32_t* row_sums;
  const void* columns;
};

/// How a row was quantised.
struct Quantised {
  double scale;      ///< sigma; 0 for a zero row
  double error;      ///< >= |x - sigma q|
  double norm;       ///< >= |sigma q|
  std::int32_t sum;  ///< of the q
};
/// q[k] = round(x[k] / sigma), sigma = max|x| / kLevels unless the kernel that asks says otherwise.
using QuantiseRow = Quantised (*)(const float* row, std::size_t dim, std::int8_t* q);

/// Bins of a tile's pairs, to be added to a histogram: one increment in memory a pair, which hides behind products.
/// Pairs go to one of so many copies of the histogram in turn, so that neighbours of the same bin wait less for each
/// other; more copies would crowd the first-level cache. A copy is not a multiple of 4 KiB, by which a CPU tells
/// addresses apart at first.
struct Tally {
  const std::uint16_t* bins;  ///< [row_tile][kGroup], a bin or kNotCounted; null: there are none
  std::uint32_t* counts;      ///< kCountCopies, kCountStride apart, with room for kNotCounted
};
inline constexpr std::size_t kCountCopies = 2;
inline constexpr std::size_t kCountStride = kCountBins + 80;

/// What is done while products are under way. A kernel that counts tallies the bins wherever there is room. A kernel
/// whose multiplier runs beside the vector units calls `part` between its products, any other once. Each of the `of`
/// parts is called once, in order.
struct Beside {
  void (*part)(void* context, std::size_t part, std::size_t of);
  void* context;
  Tally tally;
};

/// Products that a float kernel sums in registers, in so many chains, before it adds them to what it has.
inline constexpr std::size_t kFloatRun = 64;
inline constexpr std::size_t kFloatChains = 2;
/// Beyond this dimension too many pairs would lie within their error of a bin's edge (4% there).
inline constexpr std::size_t kMostFloatDimensions = 16384;
/// At most so many roundings value `k` of a row of `depth` values goes through in a float kernel.
constexpr std::size_t float_roundings(std::size_t k, std::size_t depth) {
  // Its product; its chain's sums from there on, and that of the chains; the runs' sums from there on.
  return 1 + (kFloatRun - k % kFloatRun + 1) / kFloatChains + 1 + (depth + kFloatRun - 1) / kFloatRun - k / kFloatRun;
}

/// A kernel of tiles: of integer products (`products`), or of products in float32 (`values`). Rows of A are row-major,
/// `element_bytes` a value, padded with zeros to `depth_multiple` values; columns are packed
/// [kGroup / slice_columns][depth / k][slice_columns][k] with k = 4 / element_bytes, `column_offset` added to every
/// value.
struct TileKernel {
  const char* name;
  std::size_t row_tile;  ///< rows a call takes; the rows of A are padded to a multiple
  std::size_t depth_multiple;
  std::size_t element_bytes;
  std::size_t slice_columns;
  int column_offset;
  std::size_t job_rows;   ///< rows of a job, so that a job stays under a second or so
  double macs_per_cycle;  ///< multiply-accumulates, about; what to expect of a pass, not what to rely on
  bool (*supported)();
  /// Around the products of a job, in the thread that runs it.
  void (*enter)();
  void (*leave)();
  /// products[r * kGroup + c] = sum over the factors and the depth.
  void (*products)(const Factor* factors, std::size_t count, std::size_t row_stride_bytes, std::size_t depth,
                   std::int32_t* products, const Beside& beside);
  /// The products of three planes of rows with three of columns, by order: out[o] sums those whose numbers add up to o.
  /// Null: `products` does it an order at a time.
  void (*refined)(const void* const* rows, const void* const* columns, std::size_t row_stride_bytes, std::size_t depth,
                  std::int32_t* const* out, const Beside& beside);
  /// Appends the surviving pairs; returns how many. `hits` has room for row_tile * kGroup.
  std::size_t (*screen)(const ScreenTile& tile, ScreenHit* hits);
  /// Not null: `products` and `screen` in one for a whole tile, whose `products` are not read; the slack of
  /// the rows that fill it up must be NaN, which reaches no bar.
  std::size_t (*screened)(const Factor& factor, std::size_t row_stride_bytes, std::size_t depth, const ScreenTile& tile,
                          ScreenHit* hits) = nullptr;
  /// Tells a tile's bins; `hits` and `edges` have room for row_tile * kGroup each. Null: the kernel is not for
  /// counting.
  CountFound (*count)(const CountTile& tile, ScreenHit* hits, ScreenHit* edges);
  /// How rows of A and columns are quantised where it isn't the way of all kernels; no level is beyond kLevels, a
  /// column's not beyond `column_levels`.
  QuantiseRow quantise_row = nullptr;
  QuantiseRow quantise_column = nullptr;
  int column_levels = kLevels;
  const char* levels = "127 levels";
  double half_width = 1;  ///< of a typical pair, as a multiple of what kLevels on both sides would make it
  std::size_t most_dimensions = kMostDimensions;
  /// A faster kernel of the same name with fewer levels, for passes that count nothing.
  const TileKernel* coarse = nullptr;
  /// A faster kernel of the same name in float32, for passes that tell every score's bin.
  const TileKernel* fine = nullptr;
  /// Not null: values[r * kGroup + c] is the inner product of a row (`row_stride` floats from one to the next) with a
  /// column, both of float32, summed in float32 as float_tile.hpp says; bins are tallied meanwhile. Such a kernel has
  /// neither products nor screen.
  void (*values)(const float* rows, std::size_t row_stride, const float* columns, std::size_t depth, float* out,
                 const Tally& tally) = nullptr;
};

/// For kernels without a count of their own.
CountFound count_plain(const CountTile& tile, ScreenHit* hits, ScreenHit* edges);

/// The second and third plane of a row whose first is `q`.
struct Refined {
  double error;   ///< >= |x - all three planes|
  double norm;    ///< >= |all three planes|
  double second;  ///< >= |second plane|
  double third;
  std::int32_t sums[2];
};
using RefineRow = Refined (*)(const float* row, std::size_t dim, double scale, const std::int8_t* q,
                              std::int8_t* second, std::int8_t* third);

/// Sum of products in float64 in any order.
using QuickDot = double (*)(const float* x, const float* y, std::size_t dim);

/// Sum of products in float32, CommonKernel::fast_sums sums side by side, added up in float64: within fast_share of the
/// product of the norms, and dim * 2^-148 for underflow. Not finite where float32 overflows.
using FastDot = double (*)(const float* x, const float* y, std::size_t dim);
constexpr double fast_share(std::size_t dim, std::size_t sums) {
  // With FMA, or because the first addition is to 0, one rounding fewer: that one pays for the float64 arithmetic of
  // adding up and of what is compared with it.
  // A product is rounded once and with every addition to its sum; (1 + u)^n - 1 <= n u (1 + n u) while n u is small.
  const std::size_t longest = (dim + sums - 1) / sums;
  const auto roundings = static_cast<double>(longest + 1);
  return roundings * 0x1p-24 * (1 + roundings * 0x1p-23);
}

/// Reference inner products of `count` <= kExactBatch pairs of rows.
inline constexpr std::size_t kExactBatch = 8;
using ExactDots = void (*)(const float* const* x, const float* const* y, std::size_t dim, double* out);

/// row / norm, the quotient rounded to float32.
using DivideRow = void (*)(const float* row, double norm, std::size_t dim, float* out);

/// Four rows along the columns of `basis` ([dim][stride]; stride is a multiple of kProjectStep):
/// out[r][j] = sum of rows[r][k] * basis[k][j] in float32, in runs of kProjectRun that are added up.
inline constexpr std::size_t kProjectStep = 32;
inline constexpr std::size_t kProjectRun = 64;
using ProjectRows = void (*)(const float* const* rows, std::size_t dim, const float* basis, std::size_t stride,
                             float* const* out);

/// Functions that every kernel shares, for the widest instruction set of this CPU; the results are the same bits
/// (those of QuickDot, FastDot and ProjectRows within their bounds).
struct CommonKernel {
  ReferenceDots reference_dots;
  QuantiseRow quantise_row;
  RefineRow refine_row;
  QuickDot quick_dot;
  FastDot fast_dot;
  std::size_t fast_sums;
  ExactDots exact_dots;
  DivideRow divide_row;
  ProjectRows project_rows;
};

extern const CommonKernel kCommonBaseline;
extern const TileKernel kScalarKernel;
#if defined(__x86_64__)
extern const CommonKernel kCommonAvx2;
extern const CommonKernel kCommonAvx512;
extern const TileKernel kAvx2Kernel;
extern const TileKernel kAvx2BytesKernel;
extern const TileKernel kAvx512VnniKernel;
extern const TileKernel kAmxKernel;
#endif
#if defined(__aarch64__)
extern const TileKernel kNeonDotprodKernel;
#endif

const CommonKernel& common_kernel();

/// Kernels that this CPU runs, best first, ended by a null pointer.
const TileKernel* const* tile_kernels();

}  // namespace semblance::scoring
