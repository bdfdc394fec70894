#include "score/side.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <cmath>

#include "base/parallel.hpp"
#include "score/kernels/kernel.hpp"
#include "semblance/error.hpp"

namespace semblance::scoring {
namespace {

constexpr std::size_t kRowsAtOnce = 8;  // independent sums hide the latency of an addition
constexpr std::size_t kRowsPerTask = 2048;

void squared_norms(const MatrixView& matrix, std::size_t first, std::size_t count, double* out) {
  double sums[kRowsAtOnce] = {};
  const float* rows[kRowsAtOnce];
  for (std::size_t r = 0; r < kRowsAtOnce; ++r) rows[r] = matrix.row(first + std::min(r, count - 1)).data();
  for (std::size_t k = 0; k < matrix.cols; ++k) {
    for (std::size_t r = 0; r < kRowsAtOnce; ++r) {
      const double x = rows[r][k];
      sums[r] += x * x;
    }
  }
  std::copy_n(sums, count, out);
}

}  // namespace

Side::Side(const ScoreSide& source, Comparison comparison, unsigned threads, const char* name)
    : source_(source),
      cosine_(comparison == Comparison::cosine),
      offsets_(score_law(comparison).offsets),
      norms_(source.matrix.rows) {
  const std::size_t n = rows();
  auto refuse = [&](const std::string& why) { throw Error(ErrorCode::usage, "score", name, why); };
  if (n >= kNoRow) refuse(fmt::format("holds {} rows; at most {} can be compared", n, kNoRow - 1));
  if (n > 0 && source.matrix.stride < source.matrix.cols) refuse("has a stride below its number of columns");
  if (!source.order.empty() && source.order.size() != n) refuse("has a tie order of another length than its rows");
  if (!source.identity.empty() && source.identity.size() != n) refuse("has identities for another number of rows");
  for (const IdentityIndex identity : source.identity) {
    if (identity >= source.identities) refuse("has an identity index beyond its number of identities");
  }
  if (offsets_) offset_.resize(n);
  std::atomic<std::size_t> bad{n};
  parallel_for((n + kRowsPerTask - 1) / kRowsPerTask, threads, [&](std::size_t task, unsigned) {
    const std::size_t end = std::min(n, (task + 1) * kRowsPerTask);
    for (std::size_t i = task * kRowsPerTask; i < end; i += kRowsAtOnce) {
      const std::size_t count = std::min(kRowsAtOnce, end - i);
      double squares[kRowsAtOnce];
      squared_norms(source_.matrix, i, count, squares);
      for (std::size_t r = 0; r < count; ++r) {
        norms_[i + r] = std::sqrt(squares[r]);
        if (offsets_) offset_[i + r] = -squares[r];
        if (!std::isfinite(squares[r])) {
          std::size_t seen = bad.load();
          while (i + r < seen && !bad.compare_exchange_weak(seen, i + r)) {
          }
        }
      }
    }
  });
  if (bad < n) {
    throw Error(ErrorCode::input, "score", name, fmt::format("row {} holds a value that is not finite", bad.load()));
  }
  for (const double norm : norms_) largest_norm_ = std::max(largest_norm_, norm);
}

void Side::load(std::size_t i, float* out) const {
  if (cosine_) {
    load_direction(i, out);
  } else {
    std::copy_n(raw(i).data(), dim(), out);
  }
}

void Side::load_direction(std::size_t i, float* out) const {
  const float* x = raw(i).data();
  const double norm = norms_[i];
  if (norm == 0) {
    std::copy_n(x, dim(), out);
    return;
  }
  common_kernel().divide_row(x, norm, dim(), out);
}

double Side::reference_norm(std::size_t i) const {
  if (!cosine_) return norms_[i];
  return norms_[i] == 0 ? 0.0 : 1.0;
}

double reference_dot(const float* x, const float* y, std::size_t dim) {
  double sum = 0;
  for (std::size_t k = 0; k < dim; ++k) sum += static_cast<double>(x[k]) * static_cast<double>(y[k]);
  return sum;
}

}  // namespace semblance::scoring
