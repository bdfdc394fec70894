#pragma once
// A short stand-in for long rows: their coordinates along a few orthogonal directions, and the length of the rest.
//
// With Q the projection to the directions and R the one to what is orthogonal to them,
//   <x, y> = <Qx, Qy> + <Rx, Ry> <= <Qx, Qy> + |Rx| |Ry|
// by Cauchy and Schwarz. The product of the rests is the inner product of further coordinates, so a row becomes
//   x+ = (Qx, |Rx|/2, |Rx|/2, |Rx|/2, |Rx|/2)     with <x, y> <= <x+, y+> + slack,
// which an integer kernel screens like any other row. `slack` bounds that the directions are float32, that they are
// orthonormal nearly, and the rounding of the projection; all of it relative to the norms.

#include <vector>

#include "score/side.hpp"

namespace semblance::scoring {

class Prefix {
 public:
  /// `directions`: depth rows of `dim`, orthonormal but for rounding; they are turned among themselves at random (by a
  /// fixed seed), so that no coordinate stands out and int8 serves all of them alike. `full` numbers a row.
  Prefix(const std::vector<double>& directions, std::size_t dim);

  /// Directions.
  [[nodiscard]] std::size_t depth() const { return depth_; }
  /// Coordinates of a stand-in: the directions and four for the rest.
  [[nodiscard]] std::size_t dim() const { return depth_ + kRestCoordinates; }
  /// Floats between the stand-ins that `project` writes.
  [[nodiscard]] std::size_t stride() const { return stride_; }
  /// Bound of <x, y> - <x+, y+>, relative to the product of the norms.
  [[nodiscard]] double slack() const { return slack_; }
  /// Bound of |x+| / |x|.
  [[nodiscard]] double growth() const { return growth_; }

  /// Writes the stand-ins of rows [first, first + count) of the side, each divided by its row's norm (a zero row's is
  /// zero), `stride` apart. `work`: kBatch * dim floats.
  void project(const Side& side, std::size_t first, std::size_t count, float* work, float* out) const;
  static constexpr std::size_t kBatch = 4;
  static constexpr std::size_t kRestCoordinates = 4;

 private:
  std::size_t full_dim_;
  std::size_t depth_;
  std::size_t stride_;
  double defect_ = 0;  ///< bound of |computed Qx - Qx| / |x|
  double slack_ = 0;
  double growth_ = 1;
  std::vector<float> basis_;  ///< [full_dim][stride], zeros after depth
};

}  // namespace semblance::scoring
