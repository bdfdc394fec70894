#pragma once
// Numbers as files store them, turned into a float32 matrix.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "store/raw_array.hpp"

namespace semblance::store_stage {

enum class ElementType { i8, f16, bf16, f32, f64 };

struct ElementLayout {
  ElementType type = ElementType::f32;
  bool big_endian = false;
  bool fortran_order = false;  ///< column after column
};

[[nodiscard]] std::size_t element_bytes(ElementType type);

/// Refuses an empty shape and one beyond 2^32 - 2 rows; otherwise the bytes that the array takes. A shape whose
/// size in bytes overflows is refused, too.
std::uint64_t checked_bytes(std::uint64_t rows, std::uint64_t cols, ElementType type, const std::string& subject);

/// Shared floats whose number is known at run time: the one array that no std container leaves uninitialised.
using FloatBuffer = std::shared_ptr<float[]>;  // NOLINT(modernize-avoid-c-arrays)

/// A buffer of rows * cols floats, not initialised. Throws Error{resource} when there is no memory for it.
FloatBuffer allocate_matrix(std::size_t rows, std::size_t cols, const std::string& subject);

/// The matrix in `payload`, which must hold exactly checked_bytes(...) bytes. Little-endian C-order float32 that is
/// aligned is borrowed from `owner`, anything else is converted on all processors: float16, bfloat16 and int8
/// exactly, float64 rounded to nearest (values beyond float32 become infinity and are noted in `overflow`).
RawArray make_matrix(std::span<const std::byte> payload, const ElementLayout& layout, std::size_t rows,
                     std::size_t cols, std::shared_ptr<const void> owner, const std::string& subject);

/// Notes float64 values beyond float32 while rounding; a conversion of its own for readers that hold doubles.
/// Rounds `count` doubles, which are columns 0... of rows `first_row`..., into `out`.
void narrow_rows(const double* values, std::size_t first_row, std::size_t rows, std::size_t cols, float* out,
                 std::optional<Overflow>& overflow);

}  // namespace semblance::store_stage
