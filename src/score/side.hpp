#pragma once
// One side of a comparison, checked and ready to be read row by row as the comparison defines its rows.

#include <vector>

#include "semblance/score.hpp"

namespace semblance::scoring {

/// alpha * <x, y> + (u + v): what a comparison makes of the inner product of two reference rows.
struct ScoreLaw {
  double alpha = 1;
  bool offsets = false;  ///< u and v are -|x|^2 and -|y|^2; otherwise 0
};

inline ScoreLaw score_law(Comparison comparison) {
  return comparison == Comparison::negative_squared_l2 ? ScoreLaw{2, true} : ScoreLaw{};
}

class Side {
 public:
  /// Computes every row's norm in float64, in index order. Throws Error{input} naming the row if one is not finite,
  /// Error{usage} if the sizes of `source` disagree. `name` is how errors call this side.
  Side(const ScoreSide& source, Comparison comparison, unsigned threads, const char* name);

  [[nodiscard]] std::size_t rows() const { return source_.matrix.rows; }
  [[nodiscard]] std::size_t dim() const { return source_.matrix.cols; }
  [[nodiscard]] std::size_t identities() const { return source_.identity.empty() ? rows() : source_.identities; }
  [[nodiscard]] IdentityIndex identity(std::size_t i) const {
    return source_.identity.empty() ? static_cast<IdentityIndex>(i) : source_.identity[i];
  }
  [[nodiscard]] RowIndex rank(std::size_t i) const {
    return source_.order.empty() ? static_cast<RowIndex>(i) : source_.order[i];
  }
  [[nodiscard]] std::span<const float> raw(std::size_t i) const { return source_.matrix.row(i); }

  /// Writes reference row i: the input row, for cosine divided by its norm (a zero row stays zero).
  void load(std::size_t i, float* out) const;
  /// Writes input row i divided by its norm, rounded to float32; a zero row stays zero.
  void load_direction(std::size_t i, float* out) const;
  /// Norm of the input row.
  [[nodiscard]] double norm(std::size_t i) const { return norms_[i]; }
  /// Norm of the reference row (cosine: 1 up to rounding, or 0).
  [[nodiscard]] double reference_norm(std::size_t i) const;
  /// u or v of the law.
  [[nodiscard]] double offset(std::size_t i) const { return offsets_ ? offset_[i] : 0.0; }
  [[nodiscard]] bool has_offsets() const { return offsets_; }
  [[nodiscard]] double largest_norm() const { return largest_norm_; }

 private:
  ScoreSide source_;
  bool cosine_;
  bool offsets_;
  std::vector<double> norms_;
  std::vector<double> offset_;
  double largest_norm_ = 0;
};

/// Inner product of two float32 rows in float64, in index order.
double reference_dot(const float* x, const float* y, std::size_t dim);

}  // namespace semblance::scoring
