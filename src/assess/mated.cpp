#include "assess/mated.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace semblance {

MatedScores::MatedScores(const RealSide& train, std::span<const EqualStratum> strata) {
  if (train.best_mated.empty()) return;
  const RowsByIdentity grouped = rows_by_identity(train);
  const auto images = [&](std::size_t i) { return grouped.start[i + 1] - grouped.start[i]; };
  std::vector<std::size_t> order(train.identities);
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::stable_sort(order, {}, images);
  std::vector<std::size_t> counts;  // images of each person kept, ascending
  for (const std::size_t i : order) {
    Person person;
    for (std::size_t k = grouped.start[i]; k < grouped.start[i + 1]; ++k) {
      const double score = train.best_mated[grouped.rows[k]];
      if (std::isfinite(score)) person.scores.push_back(score);
    }
    if (person.scores.empty()) continue;
    people_.push_back(std::move(person));
    counts.push_back(images(i));
  }
  if (people_.empty()) return;

  double people_in_strata = 0;
  for (const EqualStratum& stratum : strata) people_in_strata += static_cast<double>(stratum.train.size());
  for (const EqualStratum& stratum : strata) {
    Window window;
    window.begin = static_cast<std::size_t>(std::ranges::lower_bound(counts, stratum.images + 1) - counts.begin());
    window.end = std::min(window.begin + kMatedPeople, counts.size());
    // Whole groups of equal counts, so that row order decides nothing.
    while (window.end < counts.size() && window.end > window.begin && counts[window.end] == counts[window.end - 1]) {
      ++window.end;
    }
    while (window.begin > 0 && (window.end - window.begin < kMatedPeople ||
                                (window.begin < counts.size() && counts[window.begin - 1] == counts[window.begin]))) {
      --window.begin;
    }
    const double each =
        static_cast<double>(stratum.train.size()) / people_in_strata / static_cast<double>(window.end - window.begin);
    for (std::size_t k = window.begin; k < window.end; ++k) people_[k].weight += each;
    windows_.push_back(window);
  }
  double squares = 0;
  for (const Person& person : people_) squares += person.weight * person.weight;
  effective_people_ = 1 / squares;
}

double MatedScores::share_at_least(double t) const {
  double share = 0;
  for (const Person& person : people_) {
    const auto reached = std::ranges::count_if(person.scores, [&](double s) { return s >= t; });
    share += person.weight * static_cast<double>(reached) / static_cast<double>(person.scores.size());
  }
  return std::min(share, 1.0);
}

double MatedScores::draw(std::size_t stratum, Rng& rng) const {
  const Window& window = windows_[stratum];
  const Person& person = people_[window.begin + uniform_index(rng, window.end - window.begin)];
  return person.scores[uniform_index(rng, person.scores.size())];
}

}  // namespace semblance
