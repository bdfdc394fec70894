#pragma once
// Rows and columns as integer kernels take them, with the terms of the proven bound.
//
// With q = round(x / sigma), sigma = max|x| / 127 and e = x - sigma q for either side,
//   |<x, y> - sigma_x sigma_y <q_x, q_y>| = |<e_x, sigma_y q_y> + <x, e_y>| <= |e_x| |sigma_y q_y| + |x| |e_y|
// by Cauchy and Schwarz. Every norm is computed in float64 and rounded up; the float32 arithmetic of the screen is
// covered by a further share of the product of the norms. A float kernel takes rows as they are; the slack is what the
// roundings of its sums can amount to (kernels/float_tile.hpp). With a prefix it is the stand-ins of the rows
// (prefix.hpp) that are quantised, and the bound is one of the score from above alone.

#include <memory>

#include "score/pass.hpp"
#include "score/prefix.hpp"

namespace semblance::scoring {

/// Memory aligned for the widest vectors.
template <class T>
class AlignedArray {
 public:
  explicit AlignedArray(std::size_t count = 0)
      : data_(count == 0 ? nullptr : static_cast<T*>(::operator new[](count * sizeof(T), kAlignment))) {}
  [[nodiscard]] T* data() { return data_.get(); }
  [[nodiscard]] const T* data() const { return data_.get(); }
  T& operator[](std::size_t i) { return data_.get()[i]; }
  const T& operator[](std::size_t i) const { return data_.get()[i]; }

 private:
  static constexpr std::align_val_t kAlignment{64};
  struct Free {
    void operator()(T* memory) const { ::operator delete[](memory, kAlignment); }
  };
  std::unique_ptr<T, Free> data_;
};

/// The units in which a screen bounds scores: h is a bound of score / (alpha * left * right).
struct ScreenUnits {
  ScreenUnits(const Side& a, const Side& b, Comparison comparison);
  bool unit;        ///< cosine: every norm is 1 or 0
  double left = 1;  ///< A's rows count in multiples of it
  double right = 1;
  double alpha;
  [[nodiscard]] double scale() const { return alpha * left * right; }
  /// A bar in these units, rounded down.
  [[nodiscard]] float bar(double score) const;
};

/// float32 at or above a float64, and at or below.
float round_up(double value);
float round_down(double value);

/// No row of norm 1 has a larger |sigma q| with kLevels: |x| and half a step in every component, at most.
double largest_quantised_norm(std::size_t dim);

/// Quantised rows of A: [first, first + capacity).
class QuantisedRows {
 public:
  /// `planes` is 1 to screen, kMostPlanes (cosine only, no prefix) to count. A null prefix: rows at full depth.
  QuantisedRows(const Side& side, const ScreenUnits& units, const TileKernel& kernel, const Prefix* prefix,
                std::size_t planes, std::size_t capacity);
  /// Fills rows [first, end) of the side.
  void fill(std::size_t first, std::size_t end, unsigned threads);
  [[nodiscard]] std::size_t first() const { return first_; }
  [[nodiscard]] std::size_t depth() const { return depth_; }
  [[nodiscard]] std::size_t stride_bytes() const { return stride_bytes_; }
  /// Row i of the side; the rows that fill a last tile up are zero and never hit.
  [[nodiscard]] const void* row(std::size_t i, std::size_t plane) const {
    return values_.data() + (plane * capacity_ + i - first_) * stride_bytes_;
  }
  /// Reference row i of the side where the kernel takes rows as they are, or null.
  [[nodiscard]] const float* reference_row(std::size_t i) const {
    return kernel_.values != nullptr ? static_cast<const float*>(row(i, 0)) : nullptr;
  }
  /// Sums of the values of row i of the side and those that follow.
  [[nodiscard]] const std::int32_t* sums(std::size_t i, std::size_t plane) const {
    return sums_.data() + plane * capacity_ + i - first_;
  }

  AlignedArray<float> scale;
  AlignedArray<float> slack;   ///< unit: |e| (for |sigma q| of a column up to 1); general: |e| / |x|
  AlignedArray<float> norm;    ///< general: |x| in units
  AlignedArray<float> offset;  ///< general: the law's u in units, rounded up
  AlignedArray<float> second;  ///< three planes: norm of the second, and of the third
  AlignedArray<float> third;

 private:
  /// Row i as a float kernel takes it.
  void fill_floats(std::size_t at, const float* row);
  /// Quantises `row`, which is reference row i, or its stand-in.
  void fill_row(std::size_t i, const float* row, std::int8_t* q);
  const Side& side_;
  const ScreenUnits& units_;
  const TileKernel& kernel_;
  const Prefix* prefix_;
  std::size_t dim_;  ///< numbers that are quantised
  std::size_t planes_;
  std::size_t capacity_;  ///< rows that there is room for
  std::size_t depth_;
  std::size_t stride_bytes_;
  std::size_t first_ = 0;
  AlignedArray<std::uint8_t> values_;
  AlignedArray<std::int32_t> sums_;
};

/// Quantised columns (rows of B), packed, with their reference rows beside them.
class QuantisedColumns {
 public:
  QuantisedColumns(const Side& side, const ScreenUnits& units, const TileKernel& kernel, const Prefix* prefix,
                   std::size_t planes, std::size_t capacity);
  void fill(std::size_t first, std::size_t count);
  [[nodiscard]] std::size_t first() const { return first_; }
  [[nodiscard]] std::size_t count() const { return count_; }
  [[nodiscard]] std::size_t groups() const { return (count_ + kGroup - 1) / kGroup; }
  [[nodiscard]] const void* group(std::size_t g, std::size_t plane) const {
    return packed_.data() + (plane * capacity_groups_ + g) * group_bytes_;
  }
  [[nodiscard]] const float* reference_row(std::size_t c) const { return rows_.data() + c * side_.dim(); }
  /// Numbers of a column that are quantised.
  [[nodiscard]] std::size_t dim() const { return dim_; }
  /// Largest |sigma q| of the columns.
  [[nodiscard]] double largest_norm() const { return largest_norm_; }
  /// Largest norms of the second and the third plane.
  [[nodiscard]] double largest_second() const { return largest_second_; }
  [[nodiscard]] double largest_third() const { return largest_third_; }

  AlignedArray<float> scale;
  AlignedArray<float> slack;
  AlignedArray<float> norm;
  AlignedArray<float> offset;

 private:
  void fill_column(std::size_t c, const float* row);
  void fill_floats(std::size_t c, const float* row);
  void pack(std::size_t c, std::size_t plane, const std::int8_t* q);
  const Side& side_;
  const ScreenUnits& units_;
  const TileKernel& kernel_;
  const Prefix* prefix_;
  std::size_t planes_;
  std::size_t capacity_groups_;
  std::size_t dim_;  ///< numbers that are quantised
  std::size_t depth_;
  std::size_t group_bytes_;
  std::size_t first_ = 0;
  std::size_t count_ = 0;
  double largest_norm_ = 0;
  double largest_second_ = 0;
  double largest_third_ = 0;
  AlignedArray<std::uint8_t> packed_;
  AlignedArray<float> rows_;
  std::vector<std::int8_t> q_[kMostPlanes];
};

}  // namespace semblance::scoring
