#include "calibrate/cuts.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

namespace semblance::calibrate_stage {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr int kPerDecade = 8;
constexpr std::array<double, 18> kFnmrLevels{0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1,  0.2,  0.3,
                                             0.4,   0.5,   0.6,   0.7,  0.8,  0.9,  0.95, 0.99, 1};

double fmr_of(const ScoreTable& table, const Cut& cut) {
  return static_cast<double>(cut.false_matches) / static_cast<double>(table.non_mated);
}

double fnmr_of(const ScoreTable& table, const Cut& cut) {
  return static_cast<double>(cut.false_non_matches) / static_cast<double>(table.mated.size());
}

// Of `count` candidates in falling order, those before the result have FMR <= FNMR.
template <class ScoreAt>
std::size_t crossing(const ScoreTable& table, std::size_t count, ScoreAt score_at) {
  std::size_t low = 0;
  std::size_t high = count;
  while (low < high) {
    const std::size_t middle = low + (high - low) / 2;
    const Cut cut = cut_at(table, score_at(middle));
    if (fmr_of(table, cut) <= fnmr_of(table, cut)) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low;
}

}  // namespace

std::vector<Cut> choose_cuts(const ScoreTable& table, std::span<const double> targets, std::span<const double> others) {
  std::vector<Cut> cuts;
  if (table.non_mated > 0) {
    for (const double target : targets) cuts.push_back(cut_at_fmr(table, target));
    cuts.push_back(cut_at_fmr(table, 0));
    const double least = 0.5 / static_cast<double>(table.non_mated);
    for (int step = 0;; ++step) {
      const double level = std::pow(10.0, -static_cast<double>(step) / kPerDecade);
      if (level < least) break;
      cuts.push_back(cut_at_fmr(table, level));
    }
  }
  if (!table.mated.empty()) {
    for (const double level : kFnmrLevels) cuts.push_back(cut_at_fnmr(table, level));
  }
  for (const double score : others) cuts.push_back(cut_at(table, score));
  std::sort(cuts.begin(), cuts.end(), [](const Cut& x, const Cut& y) { return x.score > y.score; });
  cuts.erase(std::unique(cuts.begin(), cuts.end(), [](const Cut& x, const Cut& y) { return x.score == y.score; }),
             cuts.end());
  return cuts;
}

std::size_t cut_index(std::span<const Cut> cuts, double score) {
  return static_cast<std::size_t>(
      std::partition_point(cuts.begin(), cuts.end(), [score](const Cut& cut) { return cut.score > score; }) -
      cuts.begin());
}

EqualError equal_error(const ScoreTable& table) {
  const auto mated_at = [&](std::size_t k) { return table.mated[k].score; };
  const auto top_at = [&](std::size_t k) { return table.top[k].score; };
  const std::size_t bins = table.histogram.counts.size();
  const auto edge_at = [&](std::size_t k) { return table.histogram.edge(bins - 1 - k); };
  const std::size_t listed =
      table.complete() ? table.top.size()
                       : static_cast<std::size_t>(
                             std::partition_point(table.top.begin(), table.top.end(),
                                                  [&](const NonMatedScore& s) { return table.listed(s.score); }) -
                             table.top.begin());
  const std::size_t m = crossing(table, table.mated.size(), mated_at);
  const std::size_t t = crossing(table, listed, top_at);
  const std::size_t e = table.complete() ? 0 : crossing(table, bins, edge_at);

  double above = kInfinity;  // lowest candidate with FMR <= FNMR
  if (m > 0) above = std::min(above, mated_at(m - 1));
  if (t > 0) above = std::min(above, top_at(t - 1));
  if (e > 0) above = std::min(above, edge_at(e - 1));
  double below = -kInfinity;  // highest candidate with FMR > FNMR
  if (m < table.mated.size()) below = std::max(below, mated_at(m));
  if (t < listed) below = std::max(below, top_at(t));
  if (!table.complete() && e < bins) below = std::max(below, edge_at(e));
  if (above == kInfinity) above = std::nextafter(below, kInfinity);

  Cut best = cut_at(table, above);
  if (below > -kInfinity) {
    const Cut other = cut_at(table, below);
    const auto gap = [&](const Cut& cut) { return std::abs(fmr_of(table, cut) - fnmr_of(table, cut)); };
    if (gap(other) < gap(best)) best = other;
  }
  return {best, (fmr_of(table, best) + fnmr_of(table, best)) / 2};
}

}  // namespace semblance::calibrate_stage
