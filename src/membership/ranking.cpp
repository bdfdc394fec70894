#include "membership/ranking.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numeric>
#include <type_traits>

#include "base/normal.hpp"
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
  const auto [members, others] = totals(weight);
  RankingFigures result{.auc = 0, .average_precision = 0, .tpr = tpr(weight)};
  std::array<double, 2> above = {0, 0};  // members and others among the units so far
  std::array<double, 2> tied = {0, 0};   // and among those of the current score
  for (const Unit& unit : units_) {
    tied[unit.person < members_ ? 0 : 1] += weight[unit.person];
    if (unit.last_of_tie == 0) continue;
    result.auc += tied[1] * (above[0] + tied[0] / 2);
    above[0] += tied[0];
    above[1] += tied[1];
    if (tied[0] > 0) result.average_precision += tied[0] * (above[0] / (above[0] + above[1]));
    tied[0] = tied[1] = 0;
  }
  result.auc /= members * others;
  result.average_precision /= members;
  return result;
}

Tpr Ranking::tpr(std::span<const std::uint32_t> weight) const {
  const auto [members, others] = totals(weight);
  const double most = *std::max_element(kMembershipFpr.begin(), kMembershipFpr.end());
  Tpr result{};
  std::array<double, 2> above = {0, 0};  // members and others among the units so far
  for (const Unit& unit : units_) {
    above[unit.person < members_ ? 0 : 1] += weight[unit.person];
    if (unit.last_of_tie == 0) continue;
    const double fpr = above[1] / others;
    if (fpr > most) break;
    for (std::size_t k = 0; k < result.size(); ++k) {
      if (fpr <= kMembershipFpr[k]) result[k] = above[0] / members;
    }
  }
  return result;
}

std::array<double, 2> Ranking::totals(std::span<const std::uint32_t> weight) const {
  std::array<double, 2> sum = {0, 0};
  for (std::size_t p = 0; p < weight.size(); ++p) sum[p < members_ ? 0 : 1] += weight[p] * unit_count_[p];
  return sum;
}

RankingFigures Ranking::figures() const {
  const std::vector<std::uint32_t> once(people(), 1);
  return figures(once);
}

Ranking::Wins Ranking::wins_if(std::span<const std::uint8_t> is_member) const {
  double ranks = 0;
  double members = 0;
  for (std::size_t p = 0; p < is_member.size(); ++p) {
    if (is_member[p] == 0) continue;
    ranks += rank_sum_[p];
    members += unit_count_[p];
  }
  const double others = static_cast<double>(units_.size()) - members;
  return {.won = ranks - members * (members + 1) / 2, .pairs = members * others};
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

// Percentiles of a bootstrapped average precision are drawn upwards, since copies of a member rank each other up; its
// spread is not. On the log-odds scale the estimate is nearly normal (Boyd, Eng and Page, ECML PKDD 2013).
Interval logit_interval(double value, double standard_error) {
  if (value <= 0 || value >= 1) return {value, value};
  const double centre = std::log(value / (1 - value));
  const double reach = normal_quantile(0.975) * standard_error / (value * (1 - value));
  const auto back = [](double x) { return 1 / (1 + std::exp(-x)); };
  return {back(centre - reach), back(centre + reach)};
}

double spread(const std::vector<RankingFigures>& draws, double RankingFigures::*figure) {
  double mean = 0;
  for (const RankingFigures& draw : draws) mean += draw.*figure / static_cast<double>(draws.size());
  double squares = 0;
  for (const RankingFigures& draw : draws) squares += (draw.*figure - mean) * (draw.*figure - mean);
  return draws.size() < 2 ? 0 : std::sqrt(squares / static_cast<double>(draws.size() - 1));
}

/// One figure of every draw of a bootstrap over whole people: figure(weight of each person).
template <class Figure>
auto bootstrap(const Ranking& ranking, const char* purpose, const ResamplingOptions& options, const Figure& figure) {
  std::vector<std::invoke_result_t<Figure, std::span<const std::uint32_t>>> draws(options.bootstrap);
  std::vector<std::vector<std::uint32_t>> weights(thread_count(options.threads),
                                                  std::vector<std::uint32_t>(ranking.people()));
  parallel_for(draws.size(), options.threads, [&](std::size_t draw, unsigned worker) {
    draw_people(derive_seed(options.seed, purpose, draw), ranking.members(), weights[worker]);
    draws[draw] = figure(weights[worker]);
  });
  return draws;
}

template <class Draw, class Pick>
Interval percentiles(const std::vector<Draw>& draws, const Pick& pick) {
  std::vector<double> values;
  values.reserve(draws.size());
  for (const Draw& draw : draws) values.push_back(pick(draw));
  return percentile_interval(values, 0.95);
}

/// The sample with a member and a non-member more, of one unit each: the one at the bottom, the other at the top, or
/// the reverse.
Sample with_extremes(const Sample& sample, bool adverse) {
  const double beyond = std::numeric_limits<double>::infinity();
  Sample more = sample;
  ++more.members;
  ++more.nonmembers;
  for (std::uint32_t& person : more.person) person += person < sample.members ? 0 : 1;
  more.score.push_back(adverse ? -beyond : beyond);
  more.person.push_back(static_cast<std::uint32_t>(sample.members));
  more.score.push_back(adverse ? beyond : -beyond);
  more.person.push_back(static_cast<std::uint32_t>(more.members + sample.nonmembers));
  return more;
}

// A threshold of a low FPR hangs on a handful of non-members. What lies beyond the best of them is not in the sample,
// so resampling alone misses it; a unit that might stand there puts it in, as the n + 1 gaps between n order statistics
// do for a quantile.
void set_tpr_intervals(const Sample& sample, const ResamplingOptions& options, MembershipMetrics& metrics) {
  const auto draws_of = [&](bool adverse) {
    const Ranking ranking(with_extremes(sample, adverse));
    return bootstrap(ranking, "membership bootstrap of rates", options,
                     [&](std::span<const std::uint32_t> weight) { return ranking.tpr(weight); });
  };
  const std::vector<Tpr> adverse = draws_of(true);
  const std::vector<Tpr> favourable = draws_of(false);
  for (std::size_t k = 0; k < metrics.tpr.size(); ++k) {
    const auto pick = [k](const Tpr& tpr) { return tpr[k]; };
    metrics.tpr[k].interval = {percentiles(adverse, pick).low, percentiles(favourable, pick).high};
  }
}

void set_intervals(const Ranking& ranking, const ResamplingOptions& options, MembershipMetrics& metrics) {
  const auto draws = bootstrap(ranking, "membership bootstrap", options,
                               [&](std::span<const std::uint32_t> weight) { return ranking.figures(weight); });
  metrics.auc.interval = percentiles(draws, [](const RankingFigures& f) { return f.auc; });
  metrics.average_precision.interval =
      logit_interval(metrics.average_precision.value, spread(draws, &RankingFigures::average_precision));
}

}  // namespace

double permutation_p(std::span<const Ranking> strata, const ResamplingOptions& options) {
  using Labels = std::vector<std::vector<std::uint8_t>>;
  const auto observed_labels = [&] {
    Labels labels;
    for (const Ranking& ranking : strata) {
      labels.emplace_back(ranking.people(), std::uint8_t{0});
      std::fill_n(labels.back().begin(), ranking.members(), std::uint8_t{1});
    }
    return labels;
  };
  const auto auc = [&](const Labels& labels) {
    Ranking::Wins sum;
    for (std::size_t i = 0; i < strata.size(); ++i) {
      const Ranking::Wins wins = strata[i].wins_if(labels[i]);
      sum.won += wins.won;
      sum.pairs += wins.pairs;
    }
    return sum.won / sum.pairs;
  };
  const double observed = auc(observed_labels());

  constexpr std::size_t kDrawsPerBlock = 250;  // a random stream each: blocks run on any thread
  const std::size_t blocks = (options.permutations + kDrawsPerBlock - 1) / kDrawsPerBlock;
  std::vector<std::uint64_t> as_large(blocks);
  parallel_for(blocks, options.threads, [&](std::size_t block, unsigned) {
    Rng rng(derive_seed(options.seed, "membership permutation", block));
    Labels labels = observed_labels();
    const std::size_t draws = std::min<std::size_t>(kDrawsPerBlock, options.permutations - block * kDrawsPerBlock);
    for (std::size_t draw = 0; draw < draws; ++draw) {
      for (auto& stratum : labels) shuffle(stratum, rng);
      if (auc(labels) >= observed) ++as_large[block];
    }
  });
  const std::uint64_t count = std::accumulate(as_large.begin(), as_large.end(), std::uint64_t{0});
  return static_cast<double>(1 + count) / static_cast<double>(1 + options.permutations);
}

MembershipMetrics measure(const Sample& sample, const ResamplingOptions& options) {
  const Ranking ranking(sample);
  const RankingFigures observed = ranking.figures();
  MembershipMetrics metrics;
  for (const std::uint32_t person : sample.person) ++(person < sample.members ? metrics.members : metrics.nonmembers);
  metrics.auc.value = observed.auc;
  metrics.average_precision.value = observed.average_precision;
  for (std::size_t k = 0; k < metrics.tpr.size(); ++k) metrics.tpr[k].value = observed.tpr[k];
  set_intervals(ranking, options, metrics);
  set_tpr_intervals(sample, options, metrics);
  metrics.p = permutation_p({&ranking, 1}, options);
  return metrics;
}

}  // namespace semblance::membership_stage
