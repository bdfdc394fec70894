#pragma once
// Sums over pairs of people, from the list of the best non-mated scores or by scoring people directly.

#include <optional>

#include "calibrate/functionals.hpp"
#include "calibrate/influence.hpp"
#include "semblance/calibrate.hpp"

namespace semblance::calibrate_stage {

/// Functionals of the list: an indicator of false match for every cut (best first, all listed), then, where `linear`
/// is given (the list must be complete), its columns.
PairSums sums_over_list(const ScoreTable& table, std::span<const Cut> cuts, const NonMatedFunctionals* linear);

/// Rows grouped by person, ready to be scored in bulk: the reference rows of a comparison.
class PeopleRows {
 public:
  PeopleRows(const EmbeddingSet& set, std::span<const IdentityIndex> people, Comparison comparison);
  [[nodiscard]] std::size_t people() const { return begin_.size() - 1; }
  [[nodiscard]] std::size_t rows() const { return begin_.back(); }
  [[nodiscard]] std::size_t first(std::size_t person) const { return begin_[person]; }
  [[nodiscard]] std::size_t images(std::size_t person) const { return begin_[person + 1] - begin_[person]; }
  /// Reference scores of a row against every row.
  void score(std::size_t row, double* out) const;

 private:
  static constexpr std::size_t kPanel = 8;
  std::size_t dim_ = 0;
  double alpha_ = 1;
  std::vector<std::size_t> begin_;
  std::vector<float> rows_;    // (rows, dim)
  std::vector<float> panels_;  // (panels, dim, kPanel): eight rows side by side
  std::vector<double> offset_;
};

/// What a direct pass over people gives.
struct DirectSums {
  PairSums sums;                       ///< indicators of every cut, then NonMatedFunctionals' columns
  std::vector<double> comparisons_of;  ///< a person, within the pass
  double comparisons = 0;
  double squared_comparisons = 0;
  Moments moments;  ///< of the scores of the pass
};

/// Scores every two people of `rows` against each other. `cuts`: best first.
DirectSums sums_over_people(const PeopleRows& rows, std::span<const Cut> cuts, const NonMatedFunctionals& linear,
                            unsigned threads, const Progress& progress);

/// (people, functionals) of the mated scores: indicators of false non-match for every cut, then AUC (share of
/// non-mated scores under, ties half), d' and mean. `non_mated_under` gives that share.
std::vector<double> mated_sums(const ScoreTable& table, std::span<const Cut> cuts, const Moments& mated,
                               const Moments& non_mated, std::span<const double> non_mated_under);

}  // namespace semblance::calibrate_stage
