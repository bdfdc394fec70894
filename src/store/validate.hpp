#pragma once
// The one pass over a matrix that no input escapes: NaN, infinity, rows without a direction.

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "store/raw_array.hpp"

namespace semblance::store_stage {

/// What is wrong with a matrix: its first bad row and how many rows are bad.
struct Faults {
  std::size_t bad_rows = 0;
  std::size_t row = 0;             ///< the first bad row
  std::optional<std::size_t> col;  ///< its first NaN or infinity; none: the row is zero throughout
};

/// Streams the matrix once, on all processors. -0 counts as zero, denormals don't.
Faults find_faults(const MatrixView& matrix, bool allow_zero_rows);

/// The error of a matrix with faults: row (from 0), its id unless `ids` is empty, column (from 0), how many more.
[[noreturn]] void refuse_faults(const Faults& faults, const RawArray& array, const std::vector<std::string>& ids,
                                const std::string& subject);

}  // namespace semblance::store_stage
