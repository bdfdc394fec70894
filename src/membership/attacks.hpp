#pragma once
// The attacks: a score for every query, from synthetic images and reference faces.

#include <functional>
#include <string>
#include <vector>

#include "membership/inputs.hpp"
#include "semblance/membership.hpp"

namespace semblance::membership_stage {

/// An attack's scores, before they are judged.
struct AttackScores {
  std::string name, description;
  bool uses_reference = false;
  std::vector<double> scores;  ///< one a query
};

/// Attacks that look at neighbours: nearest synthetic, mean of the m nearest, nearest synthetic minus nearest
/// reference, k-nearest-neighbour density ratio. Two exact passes of the scoring stage (a third for inner products).
std::vector<AttackScores> neighbour_attacks(const Queries& queries, const MatrixView& synthetic,
                                            const MatrixView& reference, const MembershipOptions& options);

/// Work that stands on its own: any of them may run on any thread, in any order.
using Task = std::function<void()>;

/// Adds a task for each classifier attack (logistic, MLP: trained on synthetic against reference) and returns the place
/// for their scores, filled once the tasks ran. What the tasks borrow must outlive them.
void add_classifier_attacks(const Queries& queries, const MatrixView& synthetic, const MatrixView& reference,
                            const MembershipOptions& options, std::vector<AttackScores>& attacks,
                            std::vector<Task>& tasks);

/// Distance of unit vectors or of rows from a comparison score (cosine or negative squared L2), at least 1e-6.
double distance_of(double score, Comparison comparison);

}  // namespace semblance::membership_stage
