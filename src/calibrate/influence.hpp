#pragma once
// How much every person moves an error rate. A comparison between i and j depends on both, and comparisons that share
// a person are dependent; the variance of a mean over them splits into a part of people and a part of pairs of people.

#include <cstdint>
#include <span>
#include <vector>

#include "calibrate/score_table.hpp"

namespace semblance::calibrate_stage {

/// Sums over the comparisons f of every pair of people, for several functionals f at once.
struct PairSums {
  PairSums(std::size_t people_count, std::size_t functional_count);
  std::size_t people;
  std::size_t functionals;
  std::vector<double> by_person;  ///< (people, functionals): sum over j of f_ij
  std::vector<double> total;      ///< sum over pairs of f_ij
  std::vector<double> square;     ///< sum over pairs of f_ij^2
  std::vector<double> cross;      ///< sum over pairs of f_ij m_ij, m_ij their number of comparisons
  /// One pair of people's sums; f[k] = 0 below `first`.
  void add(IdentityIndex i, IdentityIndex j, double m, std::span<const double> f, std::size_t first);
};

/// The comparisons under the sums: their number, the same a person, and the sum of m_ij^2.
struct Comparisons {
  double count = 0;
  std::span<const double> of_person;
  double squared = 0;
};

/// What resampling people does to means over comparisons. With resampling weights w (mean 1, variance 1) the mean of
/// functional f deviates by sum_i (w_i - 1) weight_if, plus independent noise of variance pair_variance_f.
struct Influence {
  std::vector<IdentityIndex> who;  ///< the person of each row of `weight`
  std::size_t functionals = 0;
  std::vector<double> weight;           ///< (who, functionals)
  std::vector<double> person_variance;  ///< of the mean
  std::vector<double> pair_variance;    ///< of the mean
  /// Satterthwaite's degrees of freedom of the variance: about the number of people that it rests on.
  std::vector<double> degrees;
  std::vector<double> lambda;  ///< share of a person's residual that is the person's own, as a factor in [0, 1]

  [[nodiscard]] double variance(std::size_t f) const { return person_variance[f] + pair_variance[f]; }
  /// sum_i (w_i - 1) weight_if for every f.
  void deviate(std::span<const std::uint32_t> w, std::vector<double>& deviation) const;
};

/// `who[r]` is the person of row r of the sums: all people, or a random sample of the `people_in_all` that the means
/// over `count_in_all` comparisons rest on; the parts of the variance are then scaled to all of them.
Influence influence_of(const PairSums& sums, std::vector<IdentityIndex> who, const Comparisons& comparisons,
                       std::size_t people_in_all, double count_in_all);

/// The same of mated comparisons: all of a person's move together. `by_person` is (people, functionals); people
/// without comparisons have a zero in `of_person`.
Influence mated_influence(std::span<const double> by_person, std::size_t functionals, std::span<const double> of_person,
                          bool independent);

}  // namespace semblance::calibrate_stage
