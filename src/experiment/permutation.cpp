#include "experiment/permutation.hpp"

#include <Eigen/Dense>
#include <algorithm>
#include <array>
#include <cmath>
#include <map>

#include "base/parallel.hpp"
#include "base/rng.hpp"
#include "experiment/two_sample.hpp"

namespace semblance::experiment_stage {
namespace {

constexpr std::size_t kStatistics = 9;
constexpr std::array<const char*, kStatistics> kNames = {"ks",  "auc", "wasserstein", "d-prime", "q50",
                                                         "q90", "q99", "q99.9",       "max"};
using Values = std::array<double, kStatistics>;
using Matrix = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

constexpr std::size_t kDrawsPerBatch = 32;

/// The units as one matrix over the bins that any of them uses.
struct Table {
  Matrix counts;  ///< (units, bins)
  Eigen::RowVectorXd total;
  double low = 0, width = 0;
  std::vector<double> max;
  std::vector<std::vector<std::size_t>> strata;  ///< units that change sides
  std::vector<std::size_t> train_in_stratum;
  std::vector<bool> train;

  Table(const std::vector<UnitScores>& units, double histogram_low, double bin_width) : width(bin_width) {
    const std::size_t all = units.front().counts.size();
    std::size_t first = all;
    std::size_t end = 0;
    for (const UnitScores& unit : units) {
      for (std::size_t k = 0; k < all; ++k) {
        if (unit.counts[k] == 0) continue;
        first = std::min(first, k);
        end = std::max(end, k + 1);
      }
    }
    low = histogram_low + bin_width * static_cast<double>(first);
    counts.resize(static_cast<Eigen::Index>(units.size()), static_cast<Eigen::Index>(end - first));
    std::map<std::size_t, std::size_t> known;
    for (std::size_t u = 0; u < units.size(); ++u) {
      for (std::size_t k = first; k < end; ++k) {
        counts(static_cast<Eigen::Index>(u), static_cast<Eigen::Index>(k - first)) =
            static_cast<double>(units[u].counts[k]);
      }
      max.push_back(units[u].max);
      train.push_back(units[u].train);
      if (units[u].stratum == kFixed) continue;
      const auto [at, added] = known.try_emplace(units[u].stratum, strata.size());
      if (added) {
        strata.emplace_back();
        train_in_stratum.push_back(0);
      }
      strata[at->second].push_back(u);
      if (units[u].train) ++train_in_stratum[at->second];
    }
    total = counts.colwise().sum();
  }

  [[nodiscard]] Values values(const Eigen::Ref<const Eigen::RowVectorXd>& train_counts,
                              const std::vector<bool>& in_train) const {
    const Eigen::RowVectorXd holdout_counts = total - train_counts;
    const auto bins = static_cast<std::size_t>(total.size());
    const BinnedStatistics s =
        binned_statistics({train_counts.data(), bins}, {holdout_counts.data(), bins}, low, width);
    double best_train = -std::numeric_limits<double>::infinity();
    double best_holdout = best_train;
    for (std::size_t u = 0; u < max.size(); ++u) {
      double& best = in_train[u] ? best_train : best_holdout;
      best = std::max(best, max[u]);
    }
    return {s.ks, s.auc, s.wasserstein, s.d_prime, s.q50, s.q90, s.q99, s.q999, best_train - best_holdout};
  }

  [[nodiscard]] std::vector<bool> draw(Rng& rng) const {
    std::vector<bool> in_train = train;
    for (std::size_t s = 0; s < strata.size(); ++s) {
      std::vector<std::size_t> members = strata[s];
      for (std::size_t k = 0; k < members.size(); ++k) {
        if (k < train_in_stratum[s]) std::swap(members[k], members[k + uniform_index(rng, members.size() - k)]);
        in_train[members[k]] = k < train_in_stratum[s];
      }
    }
    return in_train;
  }
};

double share_at_least(const std::vector<double>& ascending, double value) {
  const auto from = std::ranges::lower_bound(ascending, value);
  return static_cast<double>(ascending.end() - from) / static_cast<double>(ascending.size());
}

DistributionStudy::Test p_values(const std::vector<Values>& draws, const Values& observed) {
  std::array<std::vector<double>, kStatistics> sorted;
  for (std::size_t c = 0; c < kStatistics; ++c) {
    for (const Values& values : draws) sorted[c].push_back(values[c]);
    std::ranges::sort(sorted[c]);
  }
  const auto smallest_of = [&](const Values& values) {
    double smallest = 1;
    for (std::size_t c = 0; c < kStatistics; ++c) smallest = std::min(smallest, share_at_least(sorted[c], values[c]));
    return smallest;
  };
  std::vector<double> smallest;
  smallest.reserve(draws.size());
  for (const Values& values : draws) smallest.push_back(smallest_of(values));
  std::ranges::sort(smallest);
  DistributionStudy::Test test;
  for (std::size_t c = 0; c < kStatistics; ++c) {
    test.p.push_back({kNames[c], share_at_least(sorted[c], observed[c])});
  }
  const auto as_small = std::ranges::upper_bound(smallest, smallest_of(observed)) - smallest.begin();
  test.p_min = static_cast<double>(as_small) / static_cast<double>(smallest.size());
  test.p_adjusted = test.p_min;
  return test;
}

}  // namespace

std::size_t image_stratum(std::size_t images) {
  if (images <= 4) return images;
  return 1 + static_cast<std::size_t>(std::floor(2 * std::log2(static_cast<double>(images)) + 1e-9));
}

Units plan_units(const std::vector<std::vector<RowIndex>>& train, const std::vector<std::vector<RowIndex>>& holdout,
                 std::size_t max_units, std::uint64_t seed) {
  using People = std::vector<const std::vector<RowIndex>*>;
  std::map<std::size_t, std::array<People, 2>> strata;
  for (const auto& rows : train) strata[image_stratum(rows.size())][0].push_back(&rows);
  for (const auto& rows : holdout) strata[image_stratum(rows.size())][1].push_back(&rows);
  Units units;
  const std::size_t people = train.size() + holdout.size();
  units.people_per_unit = std::max<std::size_t>(1, (people + max_units - 1) / max_units);
  std::array<UnitPlan, 2> fixed;
  fixed[0].train = true;
  for (auto& [stratum, sides] : strata) {
    const std::size_t group = units.people_per_unit;
    const bool moves = sides[0].size() >= group && sides[1].size() >= group;
    for (std::size_t side = 0; side < 2; ++side) {
      People& members = sides[side];
      if (group > 1) {
        Rng rng(derive_seed(seed, "groups of people", 2 * stratum + side));
        shuffle(members, rng);
      }
      const std::size_t grouped = moves ? members.size() / group * group : 0;
      for (std::size_t k = 0; k < members.size(); ++k) {
        if (k < grouped && k % group == 0) units.plans.push_back({side == 0, stratum, {}});
        UnitPlan& unit = k < grouped ? units.plans.back() : fixed[side];
        unit.rows.insert(unit.rows.end(), members[k]->begin(), members[k]->end());
      }
      units.fixed_people += members.size() - grouped;
    }
  }
  for (UnitPlan& unit : fixed) {
    if (!unit.rows.empty()) units.plans.push_back(std::move(unit));
  }
  return units;
}

DistributionStudy::Test permutation_test(const std::vector<UnitScores>& units, double low, double width,
                                         unsigned permutations, std::uint64_t seed, unsigned threads) {
  const Table table(units, low, width);
  const auto indicator = [](const std::vector<bool>& in_train, auto&& row) {
    for (std::size_t u = 0; u < in_train.size(); ++u) row(static_cast<Eigen::Index>(u)) = in_train[u] ? 1.0 : 0.0;
  };
  std::vector<Values> draws(std::size_t{permutations} + 1);
  const std::size_t batches = (permutations + kDrawsPerBatch - 1) / kDrawsPerBatch;
  parallel_for(batches, threads, [&](std::size_t batch, unsigned) {
    const std::size_t first = batch * kDrawsPerBatch;
    const std::size_t count = std::min(kDrawsPerBatch, permutations - first);
    std::vector<std::vector<bool>> sides;
    Matrix labels(static_cast<Eigen::Index>(count), static_cast<Eigen::Index>(units.size()));
    for (std::size_t d = 0; d < count; ++d) {
      Rng rng(derive_seed(seed, "people change sides", first + d));
      sides.push_back(table.draw(rng));
      indicator(sides.back(), labels.row(static_cast<Eigen::Index>(d)));
    }
    const Matrix train_counts = labels * table.counts;
    for (std::size_t d = 0; d < count; ++d) {
      draws[first + d] = table.values(train_counts.row(static_cast<Eigen::Index>(d)), sides[d]);
    }
  });
  Eigen::RowVectorXd labels(static_cast<Eigen::Index>(units.size()));
  indicator(table.train, labels);
  const Eigen::RowVectorXd train_counts = labels * table.counts;
  const Values observed = table.values(train_counts, table.train);
  draws.back() = observed;
  return p_values(draws, observed);
}

}  // namespace semblance::experiment_stage
