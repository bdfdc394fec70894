#pragma once
// The blind baseline: can members be told from non-members without looking at a single synthetic image? If so, the two
// groups differ in something else, and an attack that parts them proves nothing (Das et al. 2024, arXiv 2406.16201;
// Meeus et al. 2024, arXiv 2406.17975).

#include <vector>

#include "membership/attacks.hpp"
#include "membership/inputs.hpp"
#include "semblance/membership.hpp"

namespace semblance::membership_stage {

/// Every fold holds whole people, about equally many members and non-members; classifiers that learned from the folds
/// before it judge it.
class BlindTest {
 public:
  /// Deals the folds: options.folds, or fewer where a side has fewer people. Two people a side, at least.
  BlindTest(const Queries& queries, const MembershipOptions& options);
  /// One task a judged fold and classifier.
  void add_tasks(std::vector<Task>& tasks);
  /// The verdict, once the tasks ran.
  [[nodiscard]] BlindBaseline result() const;

 private:
  void measure(BlindBaseline::Classifier& classifier) const;
  void run_fold(unsigned fold, std::size_t classifier);

  const Queries& queries_;
  const MembershipOptions& options_;
  unsigned folds_ = 0;
  std::vector<unsigned> fold_;  ///< of each person
  std::vector<BlindBaseline::Classifier> classifiers_;
};

}  // namespace semblance::membership_stage
