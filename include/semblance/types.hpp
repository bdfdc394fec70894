#pragma once
// Types that every stage shares.

#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <span>

namespace semblance {

/// Index of a row of a set, and of an identity of a set. No set holds more than 2^32 - 2 of either.
using RowIndex = std::uint32_t;
using IdentityIndex = std::uint32_t;
inline constexpr RowIndex kNoRow = std::numeric_limits<RowIndex>::max();

/// A borrowed row-major float32 matrix, shape (rows, cols); row i starts at data + i * stride (in elements).
struct MatrixView {
  const float* data = nullptr;
  std::size_t rows = 0;
  std::size_t cols = 0;
  std::size_t stride = 0;

  [[nodiscard]] std::span<const float> row(std::size_t i) const { return {data + i * stride, cols}; }
};

/// How two embeddings are compared; larger scores always mean more alike.
enum class Comparison {
  cosine,               ///< rows divided once by their float64 norm, the quotient rounded to float32
  inner_product,        ///< <x, y>
  negative_squared_l2,  ///< -|x - y|^2
};

/// Called from the calling thread, at most a few times a second: units done, units in all. Return false to stop
/// (the library then throws Error{interrupted}).
using Progress = std::function<bool(std::uint64_t done, std::uint64_t total)>;

}  // namespace semblance
