#include "store/validate.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <mutex>
#include <span>

#include "base/parallel.hpp"
#include "store/refuse.hpp"

namespace semblance::store_stage {
namespace {

constexpr std::size_t kBlockElements = std::size_t{1} << 18U;
constexpr std::uint32_t kMagnitude = 0x7fffffffU;
constexpr std::uint32_t kExponentStep = 0x00800000U;
constexpr std::uint32_t kSign = 0x80000000U;

struct RowBits {
  bool finite;
  bool zero;
};

// Bit arithmetic and not std::isfinite, so that the loop runs at the speed of memory: adding one to the exponent
// carries into the sign bit exactly when the exponent is all ones.
RowBits look_at(std::span<const float> row) {
  std::uint32_t any = 0;
  std::uint32_t carried = 0;
  for (const float value : row) {
    const std::uint32_t magnitude = std::bit_cast<std::uint32_t>(value) & kMagnitude;
    any |= magnitude;
    carried |= magnitude + kExponentStep;
  }
  return {(carried & kSign) == 0, any == 0};
}

}  // namespace

Faults find_faults(const MatrixView& matrix, bool allow_zero_rows) {
  const std::size_t block_rows = std::max<std::size_t>(1, kBlockElements / matrix.cols);
  Faults faults;
  std::mutex merging;
  parallel_for((matrix.rows + block_rows - 1) / block_rows, 0, [&](std::size_t block, unsigned) {
    const std::size_t end = std::min(matrix.rows, (block + 1) * block_rows);
    std::size_t bad = 0;
    std::size_t first = 0;
    for (std::size_t row = block * block_rows; row < end; ++row) {
      const RowBits bits = look_at(matrix.row(row));
      if (bits.finite && (!bits.zero || allow_zero_rows)) continue;
      if (bad++ == 0) first = row;
    }
    if (bad == 0) return;
    const std::lock_guard lock(merging);
    if (faults.bad_rows == 0 || first < faults.row) faults.row = first;
    faults.bad_rows += bad;
  });
  if (faults.bad_rows > 0) {
    const auto row = matrix.row(faults.row);
    const auto at = std::find_if(row.begin(), row.end(), [](float value) { return !std::isfinite(value); });
    if (at != row.end()) faults.col = static_cast<std::size_t>(at - row.begin());
  }
  return faults;
}

void refuse_faults(const Faults& faults, const RawArray& array, const std::vector<std::string>& ids,
                   const std::string& subject) {
  std::string where = fmt::format("row {}", faults.row);
  if (!ids.empty()) where += fmt::format(" (id '{}')", ids[faults.row]);
  std::string what = "holds zeros only, so it has no direction";
  if (faults.col) {
    const float value = array.view.row(faults.row)[*faults.col];
    const bool overflow = array.overflow && array.overflow->row == faults.row && array.overflow->col == *faults.col;
    what = fmt::format("column {} is {}", *faults.col,
                       overflow            ? array.overflow->value + ", beyond the range of float32"
                       : std::isnan(value) ? "NaN"
                                           : "infinite");
  }
  if (faults.bad_rows == 1) refuse(subject, "{}: {}; take the row out (rows count from 0)", where, what);
  refuse(subject, "{}: {}; {} rows of {} are bad like this, take them out (rows count from 0)", where, what,
         faults.bad_rows, array.view.rows);
}

}  // namespace semblance::store_stage
