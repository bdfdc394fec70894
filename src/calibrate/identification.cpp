// False identification measured on the set itself: every image searched among the other people's images.

#include <algorithm>
#include <limits>

#include "calibrate/analysis.hpp"
#include "calibrate/interval.hpp"

namespace semblance::calibrate_stage {

std::vector<Estimate> leave_one_out(const ScoreTable& table, const EmbeddingSet& set, std::span<const Cut> listed) {
  constexpr double kNever = -std::numeric_limits<double>::infinity();
  const std::size_t rows = set.matrix.rows;
  // The list is sorted, so the first meeting of a row is its best.
  std::vector<double> best(rows, kNever);
  for (const NonMatedScore& pair : table.top) {
    best[pair.a] = std::max(best[pair.a], pair.score);
    best[pair.b] = std::max(best[pair.b], pair.score);
  }
  std::vector<Estimate> rates;
  const auto n = static_cast<double>(rows);
  for (const Cut& cut : listed) {
    std::vector<double> found(table.identities);
    double hits = 0;
    for (std::size_t row = 0; row < rows; ++row) {
      if (best[row] < cut.score) continue;
      found[set.identity[row]] += 1;
      ++hits;
    }
    const double rate = hits / n;
    double squared = 0;
    for (std::size_t person = 0; person < table.identities; ++person) {
      const double residual = found[person] - rate * table.images_of[person];
      squared += residual * residual;
    }
    const auto people = static_cast<double>(table.identities);
    Support support;
    // A false match makes both its rows hits, which doubles the variance where hits are rare.
    support.variance = 2 * squared / (n * n) * people / (people - 1);
    support.trials = n;
    support.fallback = people / 2;
    support.degrees = people - 1;
    rates.push_back(share_interval(rate, support));
  }
  return rates;
}

}  // namespace semblance::calibrate_stage
