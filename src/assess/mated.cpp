#include "assess/mated.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace semblance {

MatedScores::MatedScores(const RealSide& train, std::span<const EqualStratum> strata) {
  for (const EqualStratum& stratum : strata) images_.push_back(stratum.images);
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
  const auto first_with = [&](std::size_t count) {
    return static_cast<std::size_t>(std::ranges::lower_bound(counts, count) - counts.begin());
  };
  for (std::size_t b = 0; b < strata.size(); ++b) {
    if (images_[b] > 1 && counts.size() - first_with(images_[b] + 1) < kMatedPeople) --images_[b];
    Window window;
    window.begin = first_with(images_[b] + 1);
    window.end = std::min(window.begin + kMatedPeople, counts.size());
    if (window.end - window.begin < kMatedPeople) window.begin = window.end - std::min(window.end, kMatedPeople);
    // Whole groups of equal counts, so that the order of rows decides nothing.
    window.begin = first_with(counts[window.begin]);
    window.end = first_with(counts[window.end - 1] + 1);
    const double each =
        static_cast<double>(strata[b].train.size()) / people_in_strata / static_cast<double>(window.end - window.begin);
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
