#include "calibrate/influence.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace semblance::calibrate_stage {
namespace {

// Degrees of freedom of a sum of `people` squared residuals: with kurtosis k its relative variance is (k - 1) / people,
// that of a chi-squared law 2 / degrees.
double satterthwaite(double squares, double fourths, double people) {
  constexpr double kFewest = 2;
  if (squares <= 0) return people;
  const double relative_variance = fourths / (squares * squares) - 1 / people;
  return relative_variance > 0 ? std::clamp(2 / relative_variance, kFewest, std::max(kFewest, 2 * people)) : 2 * people;
}

}  // namespace

PairSums::PairSums(std::size_t people_count, std::size_t functional_count)
    : people(people_count),
      functionals(functional_count),
      by_person(people_count * functional_count),
      total(functional_count),
      square(functional_count),
      cross(functional_count) {}

void PairSums::add(IdentityIndex i, IdentityIndex j, double m, std::span<const double> f, std::size_t first) {
  double* at_i = by_person.data() + i * functionals;
  double* at_j = by_person.data() + j * functionals;
  for (std::size_t k = first; k < functionals; ++k) {
    at_i[k] += f[k];
    at_j[k] += f[k];
    total[k] += f[k];
    square[k] += f[k] * f[k];
    cross[k] += f[k] * m;
  }
}

void Influence::deviate(std::span<const std::uint32_t> w, std::vector<double>& deviation) const {
  deviation.assign(functionals, 0);
  for (std::size_t r = 0; r < who.size(); ++r) {
    const double change = static_cast<double>(w[who[r]]) - 1;
    if (change == 0) continue;
    const double* row = weight.data() + r * functionals;
    for (std::size_t f = 0; f < functionals; ++f) deviation[f] += change * row[f];
  }
}

Influence influence_of(const PairSums& sums, std::vector<IdentityIndex> who, const Comparisons& comparisons,
                       std::size_t people_in_all, double count_in_all) {
  const std::size_t functionals = sums.functionals;
  Influence result;
  result.who = std::move(who);
  result.functionals = functionals;
  result.weight.resize(sums.people * functionals);
  result.person_variance.resize(functionals);
  result.pair_variance.resize(functionals);
  result.lambda.resize(functionals);
  result.degrees.resize(functionals);

  const auto n = static_cast<double>(people_in_all);
  const auto s = static_cast<double>(sums.people);
  const bool sampled = sums.people < people_in_all;
  // Numbers of pairs of people, and of two pairs that share one, in all over in the sample.
  const double pairs_ratio = sampled ? n * (n - 1) / (s * (s - 1)) : 1;
  const double triples_ratio = sampled ? pairs_ratio * (n - 2) / (s - 2) : 1;
  // The mean is estimated from the same people, which takes (n - 2)(n - 4) / (n (n - 1)) of their variance away.
  const double small_sample = n > 5 ? n * (n - 1) / ((n - 2) * (n - 4)) : 1;

  for (std::size_t f = 0; f < functionals; ++f) {
    const double mean = comparisons.count > 0 ? sums.total[f] / comparisons.count : 0;
    double shared = 0;
    double fourths = 0;
    for (std::size_t r = 0; r < sums.people; ++r) {
      const double residual = sums.by_person[r * functionals + f] - mean * comparisons.of_person[r];
      result.weight[r * functionals + f] = residual;
      shared += residual * residual;
      fourths += residual * residual * residual * residual;
    }
    result.degrees[f] = satterthwaite(shared, fourths, s);
    const double of_pairs =
        std::max(0.0, sums.square[f] - 2 * mean * sums.cross[f] + mean * mean * comparisons.squared);
    // Every pair of people is in the sum of squares twice, once from either side.
    const double of_people = std::max(0.0, shared - 2 * of_pairs) * small_sample;
    result.person_variance[f] = triples_ratio * of_people / (count_in_all * count_in_all);
    result.pair_variance[f] = pairs_ratio * of_pairs / (count_in_all * count_in_all);
    const double own = shared > 0 ? std::sqrt(of_people / shared) : 0;
    result.lambda[f] = std::min(1.0, own);
    const double scale = own * std::sqrt(triples_ratio) / count_in_all;
    for (std::size_t r = 0; r < sums.people; ++r) result.weight[r * functionals + f] *= scale;
  }
  return result;
}

Influence mated_influence(std::span<const double> by_person, std::size_t functionals, std::span<const double> of_person,
                          bool independent) {
  const std::size_t people = of_person.size();
  const double count = std::accumulate(of_person.begin(), of_person.end(), 0.0);
  const auto n = static_cast<double>(std::count_if(of_person.begin(), of_person.end(), [](double m) { return m > 0; }));
  // Independent comparisons have the binomial variance, which divides by n.
  const double small_sample = n > 1 && !independent ? n / (n - 1) : 1;
  Influence result;
  result.who.resize(people);
  std::iota(result.who.begin(), result.who.end(), IdentityIndex{0});
  result.functionals = functionals;
  result.weight.resize(people * functionals);
  result.person_variance.assign(functionals, 0);
  result.pair_variance.assign(functionals, 0);
  result.lambda.assign(functionals, 1);
  result.degrees.assign(functionals, n);
  for (std::size_t f = 0; f < functionals; ++f) {
    double total = 0;
    for (std::size_t r = 0; r < people; ++r) total += by_person[r * functionals + f];
    const double mean = count > 0 ? total / count : 0;
    double squares = 0;
    double fourths = 0;
    for (std::size_t r = 0; r < people; ++r) {
      const double residual = count > 0 ? (by_person[r * functionals + f] - mean * of_person[r]) / count : 0;
      result.weight[r * functionals + f] = residual * std::sqrt(small_sample);
      squares += residual * residual;
      fourths += residual * residual * residual * residual;
    }
    result.person_variance[f] = squares * small_sample;
    result.degrees[f] = satterthwaite(squares, fourths, n);
  }
  return result;
}

}  // namespace semblance::calibrate_stage
