#include "membership/ranking.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>

#include "base/parallel.hpp"
#include "base/rng.hpp"

namespace semblance::membership_stage {

Ranking::Ranking(const Sample& sample)
    : units_(sample.score.size()),
      rank_sum_(sample.members + sample.nonmembers),
      unit_count_(rank_sum_.size()),
      members_(sample.members) {
  std::vector<std::uint32_t> order(sample.score.size());
  std::iota(order.begin(), order.end(), 0U);
  std::sort(order.begin(), order.end(), [&](std::uint32_t x, std::uint32_t y) {
    return sample.score[x] != sample.score[y] ? sample.score[x] > sample.score[y] : x < y;
  });
  for (std::size_t begin = 0; begin < order.size();) {
    std::size_t end = begin;
    while (end < order.size() && sample.score[order[end]] == sample.score[order[begin]]) ++end;
    const double midrank = static_cast<double>(order.size()) - (static_cast<double>(begin + end) - 1) / 2;
    for (std::size_t i = begin; i < end; ++i) {
      const std::uint32_t person = sample.person[order[i]];
      units_[i] = {person, i + 1 == end ? 1U : 0U};
      rank_sum_[person] += midrank;
      unit_count_[person] += 1;
    }
    begin = end;
  }
}

RankingFigures Ranking::figures(std::span<const std::uint32_t> weight) const {
  double members = 0;
  double others = 0;
  for (std::size_t p = 0; p < weight.size(); ++p) (p < members_ ? members : others) += weight[p] * unit_count_[p];

  RankingFigures result{.auc = 0, .average_precision = 0, .tpr = {}};
  std::array<double, 2> above = {0, 0};  // members and others among the units so far
  std::array<double, 2> tied = {0, 0};   // and among those of the current score
  for (const Unit& unit : units_) {
    tied[unit.person < members_ ? 0 : 1] += weight[unit.person];
    if (unit.last_of_tie == 0) continue;
    result.auc += tied[1] * (above[0] + tied[0] / 2);
    above[0] += tied[0];
    above[1] += tied[1];
    if (tied[0] > 0) result.average_precision += tied[0] * (above[0] / (above[0] + above[1]));
    for (std::size_t k = 0; k < kMembershipFpr.size(); ++k) {
      if (above[1] / others <= kMembershipFpr[k]) result.tpr[k] = above[0] / members;
    }
    tied[0] = tied[1] = 0;
  }
  result.auc /= members * others;
  result.average_precision /= members;
  return result;
}

RankingFigures Ranking::figures() const {
  const std::vector<std::uint32_t> once(people(), 1);
  return figures(once);
}

double Ranking::auc_if(std::span<const std::uint8_t> is_member) const {
  double ranks = 0;
  double members = 0;
  for (std::size_t p = 0; p < is_member.size(); ++p) {
    if (is_member[p] == 0) continue;
    ranks += rank_sum_[p];
    members += unit_count_[p];
  }
  const double others = static_cast<double>(units_.size()) - members;
  return (ranks - members * (members + 1) / 2) / (members * others);
}

std::vector<RocPoint> Ranking::roc() const {
  std::array<double, 2> total = {0, 0};
  for (std::size_t p = 0; p < people(); ++p) total[p < members_ ? 0 : 1] += unit_count_[p];
  std::vector<RocPoint> curve = {{0, 0}};
  std::array<double, 2> above = {0, 0};
  for (const Unit& unit : units_) {
    above[unit.person < members_ ? 0 : 1] += 1;
    if (unit.last_of_tie == 1) curve.push_back({above[1] / total[1], above[0] / total[0]});
  }
  return curve;
}

void draw_people(std::uint64_t seed, std::size_t members, std::span<std::uint32_t> weight) {
  Rng rng(seed);
  std::fill(weight.begin(), weight.end(), 0U);
  const std::size_t others = weight.size() - members;
  for (std::size_t i = 0; i < members; ++i) ++weight[uniform_index(rng, members)];
  for (std::size_t i = 0; i < others; ++i) ++weight[members + uniform_index(rng, others)];
}

Interval percentile_interval(std::vector<double>& draws, double level) {
  std::erase_if(draws, [](double x) { return std::isnan(x); });
  if (draws.empty()) return {std::nan(""), std::nan("")};
  std::sort(draws.begin(), draws.end());
  const auto quantile = [&](double q) {
    const double at = q * static_cast<double>(draws.size() - 1);
    const auto below = static_cast<std::size_t>(at);
    const std::size_t next = std::min(below + 1, draws.size() - 1);
    return draws[below] + (at - static_cast<double>(below)) * (draws[next] - draws[below]);
  };
  return {quantile((1 - level) / 2), quantile((1 + level) / 2)};
}

namespace {

void bootstrap(const Ranking& ranking, const ResamplingOptions& options, MembershipMetrics& metrics) {
  std::vector<RankingFigures> draws(options.bootstrap);
  std::vector<std::vector<std::uint32_t>> weights(thread_count(options.threads),
                                                  std::vector<std::uint32_t>(ranking.people()));
  parallel_for(draws.size(), options.threads, [&](std::size_t draw, unsigned worker) {
    draw_people(derive_seed(options.seed, "membership bootstrap", draw), ranking.members(), weights[worker]);
    draws[draw] = ranking.figures(weights[worker]);
  });
  const auto interval_of = [&](auto pick) {
    std::vector<double> values;
    values.reserve(draws.size());
    for (const RankingFigures& figures : draws) values.push_back(pick(figures));
    return percentile_interval(values, 0.95);
  };
  metrics.auc.interval = interval_of([](const RankingFigures& f) { return f.auc; });
  metrics.average_precision.interval = interval_of([](const RankingFigures& f) { return f.average_precision; });
  for (std::size_t k = 0; k < metrics.tpr.size(); ++k) {
    metrics.tpr[k].interval = interval_of([k](const RankingFigures& f) { return f.tpr[k]; });
  }
}

double permutation_p(const Ranking& ranking, double observed, const ResamplingOptions& options) {
  constexpr std::size_t kDrawsPerBlock = 250;  // a random stream each: blocks run on any thread
  const std::size_t blocks = (options.permutations + kDrawsPerBlock - 1) / kDrawsPerBlock;
  std::vector<std::uint64_t> as_large(blocks);
  // Rank sums are whole or half numbers below 2^53, so equal AUCs come out equal whatever the order of summation.
  parallel_for(blocks, options.threads, [&](std::size_t block, unsigned) {
    Rng rng(derive_seed(options.seed, "membership permutation", block));
    std::vector<std::uint8_t> is_member(ranking.people(), 0);
    std::fill_n(is_member.begin(), ranking.members(), std::uint8_t{1});
    const std::size_t draws = std::min<std::size_t>(kDrawsPerBlock, options.permutations - block * kDrawsPerBlock);
    for (std::size_t draw = 0; draw < draws; ++draw) {
      shuffle(is_member, rng);
      if (ranking.auc_if(is_member) >= observed) ++as_large[block];
    }
  });
  const std::uint64_t count = std::accumulate(as_large.begin(), as_large.end(), std::uint64_t{0});
  return static_cast<double>(1 + count) / static_cast<double>(1 + options.permutations);
}

}  // namespace

MembershipMetrics measure(const Sample& sample, const ResamplingOptions& options) {
  const Ranking ranking(sample);
  const RankingFigures observed = ranking.figures();
  MembershipMetrics metrics;
  for (const std::uint32_t person : sample.person) ++(person < sample.members ? metrics.members : metrics.nonmembers);
  metrics.auc.value = observed.auc;
  metrics.average_precision.value = observed.average_precision;
  for (std::size_t k = 0; k < metrics.tpr.size(); ++k) metrics.tpr[k].value = observed.tpr[k];
  bootstrap(ranking, options, metrics);

  std::vector<std::uint8_t> as_observed(ranking.people(), 0);
  std::fill_n(as_observed.begin(), ranking.members(), std::uint8_t{1});
  metrics.p = permutation_p(ranking, ranking.auc_if(as_observed), options);
  return metrics;
}

}  // namespace semblance::membership_stage
