#pragma once
// What a kernel file offers, one file a kind of CPU. Nothing here or in a kernel file may instantiate a template of
// the standard library: the linker could keep the copy that was compiled for the newer CPU.

#include <cstddef>
#include <cstdint>

namespace semblance::scoring {

/// Columns of B that are packed side by side for float kernels: element k of column c of group g lies at
/// packed[(g * dim + k) * kFloatGroup + c].
inline constexpr std::size_t kFloatGroup = 16;

/// Reference inner products (float64, index order) of `rows` rows with `groups` groups of packed columns:
/// out[r * out_stride + column].
using ReferenceDots = void (*)(const float* rows, std::size_t row_stride, std::size_t count, const float* packed,
                               std::size_t groups, std::size_t dim, double* out, std::size_t out_stride);

void reference_dots_baseline(const float* rows, std::size_t row_stride, std::size_t count, const float* packed,
                             std::size_t groups, std::size_t dim, double* out, std::size_t out_stride);
void reference_dots_avx2(const float* rows, std::size_t row_stride, std::size_t count, const float* packed,
                         std::size_t groups, std::size_t dim, double* out, std::size_t out_stride);
void reference_dots_avx512(const float* rows, std::size_t row_stride, std::size_t count, const float* packed,
                           std::size_t groups, std::size_t dim, double* out, std::size_t out_stride);

/// The widest that this CPU runs; the results are the same bits.
ReferenceDots reference_dots();

}  // namespace semblance::scoring
