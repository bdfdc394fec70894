#pragma once
// The blind baseline: can members be told from non-members without looking at a single synthetic image? If so, the two
// groups differ in something else, and an attack that parts them proves nothing (Das et al. 2024, arXiv 2406.16201;
// Meeus et al. 2024, arXiv 2406.17975).

#include <vector>

#include "membership/attacks.hpp"
#include "membership/inputs.hpp"
#include "semblance/membership.hpp"

namespace semblance::membership_stage {

/// Cross-validation over people: every fold holds whole people, about equally many members and non-members.
class BlindTest {
 public:
  /// Assigns the folds: options.folds, or fewer where a side has fewer people.
  BlindTest(const Queries& queries, const MembershipOptions& options);
  /// One task a fold and classifier.
  void add_tasks(std::vector<Task>& tasks);
  /// The verdict, once the tasks ran.
  [[nodiscard]] BlindBaseline result() const;

 private:
  [[nodiscard]] MembershipEstimate auc_within_folds(const std::vector<double>& scores, const char* purpose) const;
  void run_fold(unsigned fold, std::size_t classifier);

  const Queries& queries_;
  const MembershipOptions& options_;
  unsigned folds_ = 0;
  std::vector<unsigned> fold_;  ///< of each person
  std::vector<BlindBaseline::Classifier> classifiers_;
};

}  // namespace semblance::membership_stage
