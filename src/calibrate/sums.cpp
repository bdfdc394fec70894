#include "calibrate/sums.hpp"

#include <algorithm>
#include <array>
#include <numeric>
#include <utility>

namespace semblance::calibrate_stage {
namespace {

// The first cut (best first) that a score reaches; cuts.size() if none.
std::size_t first_reached(std::span<const Cut> cuts, double score) {
  return static_cast<std::size_t>(
      std::partition_point(cuts.begin(), cuts.end(), [score](const Cut& cut) { return cut.score > score; }) -
      cuts.begin());
}

}  // namespace

PairSums sums_over_list(const ScoreTable& table, std::span<const Cut> cuts, const NonMatedFunctionals* linear) {
  const std::size_t functionals = cuts.size() + (linear != nullptr ? NonMatedFunctionals::kCount : 0);
  PairSums sums(table.identities, functionals);

  // Scores that no cut reaches don't count towards any indicator.
  std::size_t used = table.top.size();
  if (linear == nullptr) used = cuts.empty() ? 0 : static_cast<std::size_t>(cuts.back().false_matches);
  std::vector<std::pair<std::uint64_t, std::uint32_t>> by_people(used);
  for (std::size_t p = 0; p < used; ++p) {
    const auto [low, high] = std::minmax(table.top[p].i, table.top[p].j);
    by_people[p] = {(static_cast<std::uint64_t>(low) << 32U) | high, static_cast<std::uint32_t>(p)};
  }
  std::sort(by_people.begin(), by_people.end());

  std::vector<double> f(functionals);
  for (std::size_t begin = 0; begin < by_people.size();) {
    std::size_t end = begin;
    while (end < by_people.size() && by_people[end].first == by_people[begin].first) ++end;
    std::fill(f.begin(), f.end(), 0.0);
    std::size_t first = functionals;
    for (std::size_t p = begin; p < end; ++p) {
      const double score = table.top[by_people[p].second].score;
      const std::size_t k = first_reached(cuts, score);
      first = std::min(first, k);
      for (std::size_t at = k; at < cuts.size(); ++at) f[at] += 1;
      if (linear == nullptr) continue;
      std::array<double, NonMatedFunctionals::kCount> values{};
      (*linear)(score, values.data());
      for (std::size_t c = 0; c < values.size(); ++c) f[cuts.size() + c] += values[c];
    }
    const auto i = static_cast<IdentityIndex>(by_people[begin].first >> 32U);
    const auto j = static_cast<IdentityIndex>(by_people[begin].first & 0xffffffffU);
    // A protocol lists what two people share; in a set every image of one meets every image of the other.
    const double m =
        table.images_of.empty() ? static_cast<double>(end - begin) : table.images_of[i] * table.images_of[j];
    sums.add(i, j, m, f, std::min(first, cuts.size()));
    begin = end;
  }
  return sums;
}

std::vector<double> mated_sums(const ScoreTable& table, std::span<const Cut> cuts, const Moments& mated,
                               const Moments& non_mated, std::span<const double> non_mated_under) {
  const std::size_t functionals = cuts.size() + NonMatedFunctionals::kCount;
  std::vector<double> sums(table.identities * functionals);
  for (std::size_t p = 0; p < table.mated.size(); ++p) {
    const MatedScore& score = table.mated[p];
    double* at = sums.data() + score.person * functionals;
    const std::size_t reached = first_reached(cuts, score.score);
    for (std::size_t k = 0; k < reached; ++k) at[k] += 1;
    at[cuts.size() + NonMatedFunctionals::auc] += non_mated_under[p];
    at[cuts.size() + NonMatedFunctionals::d_prime] += d_prime_influence(score.score, mated, 1, mated, non_mated);
    at[cuts.size() + NonMatedFunctionals::mean] += score.score;
  }
  return sums;
}

}  // namespace semblance::calibrate_stage
