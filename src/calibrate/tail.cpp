#include "calibrate/tail.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/random/poisson_distribution.hpp>
#include <cmath>
#include <map>

#include "base/parallel.hpp"
#include "calibrate/bootstrap.hpp"
#include "calibrate/pareto.hpp"

namespace semblance {

double ParetoTail::fmr(double t) const { return share * calibrate_stage::pareto_survival(t - threshold, shape, scale); }

double ParetoTail::score(double target) const {
  return threshold + calibrate_stage::pareto_quantile(target / share, shape, scale);
}

namespace calibrate_stage {
namespace {

constexpr std::size_t kMostExceedances = 4000;
constexpr std::size_t kFewestExceedances = 100;
constexpr std::uint64_t kTailShare = 20;  // a tail is at most a twentieth of all scores
constexpr unsigned kGoodnessDraws = 199;
constexpr double kFitsFrom = 0.1;

struct Exceedances {
  double threshold = 0;
  std::vector<double> excess;  // falling
};

// The scores strictly over the (count + 1)-th best.
Exceedances exceedances_of(const ScoreTable& table, std::size_t count) {
  Exceedances result{.threshold = table.top[count].score, .excess = {}};
  for (std::size_t k = 0; k < count && table.top[k].score > result.threshold; ++k) {
    result.excess.push_back(table.top[k].score - result.threshold);
  }
  return result;
}

}  // namespace

std::optional<ParetoTail> fit_tail(const ScoreTable& table, const TailOptions& options, std::string& why_not) {
  std::size_t count = kMostExceedances;
  if (!table.top.empty()) count = std::min(count, table.top.size() - 1);
  count = std::min<std::size_t>(count, table.non_mated / kTailShare);
  if (table.top.empty() || count < kFewestExceedances) {
    why_not = fmt::format(
        "a tail needs {} scores over its threshold that are at most a twentieth of all; there are {} "
        "non-mated scores",
        kFewestExceedances, table.non_mated);
    return std::nullopt;
  }
  std::optional<ParetoTail> last;
  for (; count >= kFewestExceedances; count = std::max(count / 2, std::min(count - 1, kFewestExceedances))) {
    const Exceedances over = exceedances_of(table, count);
    const auto fit = fit_pareto(over.excess);
    if (!fit || over.excess.size() < kFewestExceedances / 2) continue;
    ParetoTail tail;
    tail.threshold = over.threshold;
    tail.exceedances = over.excess.size();
    tail.share = static_cast<double>(tail.exceedances) / static_cast<double>(table.non_mated);
    tail.shape = fit->shape;
    tail.scale = fit->scale;
    tail.log_likelihood = fit->log_likelihood;
    const std::vector<double> ascending(over.excess.rbegin(), over.excess.rend());
    tail.anderson_darling = anderson_darling(ascending, tail.shape, tail.scale);
    tail.anderson_darling_p = anderson_darling_p(tail.anderson_darling, tail.exceedances, *fit, kGoodnessDraws,
                                                 options.seed, options.threads);
    tail.fits = tail.anderson_darling_p >= kFitsFrom;
    last = tail;
    if (tail.fits) break;
  }
  if (!last) why_not = "the best non-mated scores are all alike";
  return last;
}

FittedTail tail_with_bands(const ScoreTable& table, const ParetoTail& tail, const TailSpread& spread,
                           std::span<const double> targets, const TailOptions& options) {
  FittedTail result{.tail = tail, .scores = std::vector<std::optional<Estimate>>(targets.size())};
  const std::size_t count = tail.exceedances;
  std::vector<double> excess(count);
  std::vector<std::size_t> pair_of(count);  // comparisons of the same two people move together
  std::map<std::pair<IdentityIndex, IdentityIndex>, std::size_t> pairs;
  for (std::size_t k = 0; k < count; ++k) {
    excess[k] = table.top[k].score - tail.threshold;
    pair_of[k] = pairs.try_emplace(std::minmax(table.top[k].i, table.top[k].j), pairs.size()).first->second;
  }
  const auto base = fit_pareto(excess);

  struct Draw {
    bool fitted = false;
    double shape = 0, scale = 0;
    std::vector<double> scores;
  };
  std::vector<Draw> draws(options.draws);
  parallel_for(options.draws, options.threads, [&](std::size_t index, unsigned) {
    const auto w = multiplicities(table.identities, options.seed, index);
    Rng rng(derive_seed(options.seed, "calibrate tail", index));
    boost::random::poisson_distribution<int, double> once(1.0);
    std::vector<double> times(pairs.size());
    for (double& t : times) t = once(rng);
    std::vector<double> weights(count);
    double total = 0;
    for (std::size_t k = 0; k < count; ++k) {
      const auto of = [&](IdentityIndex person) { return 1 + spread.lambda * (static_cast<double>(w[person]) - 1); };
      weights[k] = times[pair_of[k]] * of(table.top[k].i) * of(table.top[k].j);
      total += weights[k];
    }
    const auto fit = fit_pareto(excess, weights, &*base);
    if (!fit) return;
    Draw& draw = draws[index];
    draw.fitted = true;
    draw.shape = fit->shape;
    draw.scale = fit->scale;
    ParetoTail drawn = tail;
    drawn.shape = fit->shape;
    drawn.scale = fit->scale;
    drawn.share = tail.share * total / static_cast<double>(count);
    for (const double target : targets) draw.scores.push_back(drawn.score(target));
  });

  std::vector<double> shapes, scales;
  for (const Draw& draw : draws) {
    if (!draw.fitted) continue;
    shapes.push_back(draw.shape);
    scales.push_back(draw.scale);
  }
  if (shapes.empty()) return result;
  const auto band = [&spread](double value, const std::vector<double>& drawn, double p) {
    return value + spread.reach * (quantile(drawn, p) - value);
  };
  result.tail.shape_low = band(tail.shape, shapes, 0.025);
  result.tail.shape_high = band(tail.shape, shapes, 0.975);
  result.tail.scale_low = std::max(0.0, band(tail.scale, scales, 0.025));
  result.tail.scale_high = band(tail.scale, scales, 0.975);
  for (std::size_t t = 0; t < targets.size(); ++t) {
    if (targets[t] > tail.share) continue;
    std::vector<double> scores;
    for (const Draw& draw : draws) {
      if (draw.fitted) scores.push_back(draw.scores[t]);
    }
    const double value = tail.score(targets[t]);
    result.scores[t] = Estimate{value, band(value, scores, 0.025), band(value, scores, 0.975)};
  }
  return result;
}

}  // namespace calibrate_stage
}  // namespace semblance
