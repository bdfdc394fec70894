#include "assess/competition.hpp"

#include <algorithm>
#include <numeric>

namespace semblance {

Competition compete(const SyntheticSide& synthetic, std::size_t train_rows, std::size_t holdout_rows,
                    std::span<const double> levels) {
  const std::size_t n = synthetic.best_in_train.size();
  const auto target = [&](std::uint32_t g) { return synthetic.best_in_train[g] > synthetic.best_in_holdout[g]; };
  const auto best = [&](std::uint32_t g) { return std::max(synthetic.best_in_train[g], synthetic.best_in_holdout[g]); };
  std::vector<std::uint32_t> order(n);
  std::iota(order.begin(), order.end(), std::uint32_t{0});
  std::ranges::sort(order,
                    [&](std::uint32_t x, std::uint32_t y) { return best(x) != best(y) ? best(x) > best(y) : x < y; });

  Competition result;
  const double odds = static_cast<double>(train_rows) / static_cast<double>(holdout_rows);
  std::vector<std::size_t> listed(levels.size(), 0);
  for (std::size_t k = 0; k < n; ++k) {
    ++(target(order[k]) ? result.targets : result.decoys);
    if (k + 1 < n && best(order[k + 1]) == best(order[k])) continue;  // a threshold takes all equal scores or none
    if (result.targets == 0) continue;
    const double fdr = odds * static_cast<double>(1 + result.decoys) / static_cast<double>(result.targets);
    for (std::size_t level = 0; level < levels.size(); ++level) {
      if (fdr <= levels[level]) listed[level] = result.targets;
    }
  }
  for (std::size_t level = 0; level < levels.size(); ++level) {
    FdrList list{.q = levels[level], .count = listed[level], .ids = {}};
    for (auto g = order.begin(); list.ids.size() < list.count; ++g) {
      if (target(*g)) list.ids.push_back(*g);
    }
    result.lists.push_back(std::move(list));
  }
  return result;
}

}  // namespace semblance
