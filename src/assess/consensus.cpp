// What several matchers agree on.

#include <algorithm>

#include "semblance/assess.hpp"
#include "semblance/error.hpp"

namespace semblance {

double partial_conjunction(std::span<const double> p, std::size_t u) {
  if (u < 1 || u > p.size())
    throw Error(ErrorCode::usage, "assess", "--agree", "must lie between 1 and the number of matchers");
  std::vector<double> sorted(p.begin(), p.end());
  std::sort(sorted.begin(), sorted.end());
  return std::min(1.0, static_cast<double>(p.size() - u + 1) * sorted[u - 1]);
}

std::vector<FdrList> consensus_lists(std::span<const std::vector<double>> p, std::size_t u,
                                     std::span<const double> fdr) {
  const std::size_t identities = p.empty() ? 0 : p.front().size();
  std::vector<double> agreed(identities);
  std::vector<double> one(p.size());
  for (std::size_t i = 0; i < identities; ++i) {
    for (std::size_t m = 0; m < p.size(); ++m) one[m] = p[m][i];
    agreed[i] = partial_conjunction(one, u);
  }
  const std::vector<double> q = benjamini_hochberg(agreed);
  std::vector<FdrList> lists;
  for (const double level : fdr) {
    FdrList& list = lists.emplace_back(FdrList{.q = level, .count = 0, .ids = {}});
    for (std::size_t i = 0; i < identities; ++i) {
      if (q[i] <= level) list.ids.push_back(static_cast<std::uint32_t>(i));
    }
    std::stable_sort(list.ids.begin(), list.ids.end(), [&](auto x, auto y) { return agreed[x] < agreed[y]; });
    list.count = list.ids.size();
  }
  return lists;
}

}  // namespace semblance
