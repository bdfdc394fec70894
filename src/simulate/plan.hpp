#pragma once
// What a case holds, before anything is drawn: how many images each person has, who leaks, in what order synthetic
// images come, and what everything is called. The same for embeddings and pictures.

#include <string>
#include <string_view>
#include <vector>

#include "base/rng.hpp"
#include "semblance/simulate.hpp"

namespace semblance::simulation {

struct CasePlan {
  /// Each person's first row, and the number of rows last. People are numbered on from R to H.
  std::vector<std::size_t> train_rows, holdout_rows;
  std::vector<std::size_t> leaked;  ///< numbers of R's people, ascending
  std::vector<std::size_t> order;   ///< place of each synthetic image; the leaks come first in number
};

/// A stream for one purpose and number, so that a case depends neither on threads nor on what else is drawn.
inline Rng stream(const SimulateOptions& options, std::string_view purpose, std::uint64_t index) {
  return Rng(derive_seed(options.seed, purpose, index));
}

CasePlan plan_case(const SimulateOptions& options);

/// What the leak with this number is, where --leak says "mixed".
LeakStrength strength_of_leak(const SimulateOptions& options, std::size_t number);

std::string person_name(std::size_t number);
std::string real_id(std::string_view set, std::size_t number, std::size_t image);
std::string synthetic_id(std::size_t place);

/// Throws Error{usage} where a set can't hold as many rows.
void check_rows(std::size_t rows);

}  // namespace semblance::simulation
