#pragma once
// Which array of a file that holds several.

#include <string>
#include <vector>

namespace semblance::store_stage {

struct Candidate {
  std::string name;
  std::string shape;      ///< for messages: "(10, 512) float32"
  bool eligible = false;  ///< two-dimensional and floating-point
};

/// Index of the candidate called `wanted`, which need not be eligible; without a name the only eligible one. Refuses
/// with the list of what is there.
std::size_t pick(const std::vector<Candidate>& candidates, const std::string& wanted, const std::string& subject);

}  // namespace semblance::store_stage
