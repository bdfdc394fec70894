// Adjusted p-values.

#include <algorithm>
#include <numeric>

#include "semblance/assess.hpp"

namespace semblance {
namespace {

std::vector<std::size_t> ascending_order(std::span<const double> p) {
  std::vector<std::size_t> order(p.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::stable_sort(order, [&](std::size_t x, std::size_t y) { return p[x] < p[y]; });
  return order;
}

}  // namespace

std::vector<double> benjamini_hochberg(std::span<const double> p) {
  const auto order = ascending_order(p);
  const auto m = static_cast<double>(p.size());
  std::vector<double> adjusted(p.size());
  double smallest = 1;
  for (std::size_t k = p.size(); k > 0; --k) {
    smallest = std::min(smallest, p[order[k - 1]] * m / static_cast<double>(k));
    adjusted[order[k - 1]] = smallest;
  }
  return adjusted;
}

std::vector<double> holm(std::span<const double> p) {
  const auto order = ascending_order(p);
  std::vector<double> adjusted(p.size());
  double largest = 0;
  for (std::size_t k = 0; k < p.size(); ++k) {
    largest = std::max(largest, std::min(1.0, p[order[k]] * static_cast<double>(p.size() - k)));
    adjusted[order[k]] = largest;
  }
  return adjusted;
}

}  // namespace semblance
