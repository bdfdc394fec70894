#pragma once
// What every format reader gives: one matrix and what else the file says of its rows.

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "semblance/types.hpp"

namespace semblance::store_stage {

/// A finite number of the input that float32 can't hold; the matrix has infinity in its place.
struct Overflow {
  std::size_t row = 0;
  std::size_t col = 0;
  std::string value;
};

struct RawArray {
  MatrixView view;                      ///< not yet checked for NaN, infinity and zero rows
  std::shared_ptr<const void> keep;     ///< owns what `view` borrows
  std::optional<Overflow> overflow;     ///< the first one
  std::vector<std::string> ids;         ///< one a row and unique, or empty
  std::vector<std::string> identities;  ///< one a row (each may be empty), or empty
  std::vector<std::string> paths;       ///< one a row (each may be empty), or empty
};

}  // namespace semblance::store_stage
