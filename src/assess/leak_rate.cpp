#include "assess/leak_rate.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "assess/intervals.hpp"

namespace semblance {
namespace {

constexpr std::array<double, 4> kTails = {0.10, 0.05, 0.01, 0.001};
constexpr std::size_t kTailPeople = 5;  ///< held-out people that a threshold must leave at or above it

/// H's people weighted so that each stratum counts as R's people do: image counts then can't pass for leakage.
class Control {
 public:
  explicit Control(std::span<const EqualStratum> strata) {
    double train = 0;
    for (const EqualStratum& stratum : strata) train += static_cast<double>(stratum.train.size());
    double squares = 0;
    for (const EqualStratum& stratum : strata) {
      const double share = static_cast<double>(stratum.train.size()) / train;
      const auto people = static_cast<double>(stratum.holdout_best.size());
      for (const double m : stratum.holdout_best) scores_.push_back({m, share / people});
      squares += share * share / people;
    }
    effective_people_ = 1 / squares;
    std::ranges::sort(scores_, std::greater<>{}, &Score::best);
  }

  [[nodiscard]] double effective_people() const { return effective_people_; }

  struct Threshold {
    double score = 0;
    double share = 0;  ///< weighted share at or above
    std::size_t people = 0;
  };
  /// Every distinct score as a threshold, highest first.
  [[nodiscard]] std::vector<Threshold> thresholds() const {
    std::vector<Threshold> all;
    double weight = 0;
    for (std::size_t k = 0; k < scores_.size(); ++k) {
      weight += scores_[k].weight;
      if (k + 1 < scores_.size() && scores_[k + 1].best == scores_[k].best) continue;
      all.push_back({scores_[k].best, k + 1 == scores_.size() ? 1.0 : std::min(weight, 1.0), k + 1});
    }
    return all;
  }

 private:
  struct Score {
    double best = 0;
    double weight = 0;
  };
  std::vector<Score> scores_;
  double effective_people_ = 0;
};

struct Choice {
  Control::Threshold control;
  double leak_share = 1;  ///< P(leak score >= t)
};

/// The threshold with the smallest null standard error of the estimate. Looks at H and at R's mated scores only.
Choice choose(const Control& control, const MatedScores& mated) {
  const auto thresholds = control.thresholds();
  Choice chosen;
  double least_error = std::numeric_limits<double>::infinity();
  bool any = false;
  for (const double tail : kTails) {
    const auto past = std::ranges::find_if(thresholds, [&](const auto& t) { return t.share > tail * (1 + 1e-9); });
    if (past == thresholds.begin()) break;  // H's best alone holds more: no such quantile
    const auto& candidate = *(past - 1);
    if (any && candidate.people < kTailPeople) break;
    const double leak_share = mated.missing() ? 1 : mated.share_at_least(candidate.score);
    const double error = std::sqrt(candidate.share * (1 - candidate.share)) / ((1 - candidate.share) * leak_share);
    if (!any || error < least_error) {
      chosen = {candidate, leak_share};
      least_error = error;
    }
    any = true;
  }
  if (!any) {
    const auto& top = thresholds.front();
    chosen = {top, mated.missing() ? 1 : mated.share_at_least(top.score)};
  }
  return chosen;
}

/// With every M the larger of a null score and, at rate pi, a leak score: 1 - F_R = (1 - F_H)(1 - pi L).
Interval rate_interval(double share_train, double train_people, const Choice& choice, double control_people,
                       const MatedScores& mated, double z) {
  const double f_h = choice.control.share;
  // A training share below chance is no evidence of less than no leakage: without this a lucky draw would give an
  // upper bound of zero.
  const double f_r = std::max(share_train, f_h);
  const auto complement = [](const Interval& x) { return Interval{1 - x.high, 1 - x.low}; };
  const Measured quiet_train{1 - f_r, complement(wilson_share(f_r, train_people, z))};
  const Measured quiet_control{1 - f_h, complement(wilson_share(f_h, control_people, z))};
  const Measured reached{1 - quiet_train.value / quiet_control.value,
                         complement(ratio_interval(quiet_train, quiet_control))};
  if (mated.missing()) return reached.interval;
  const Measured leak{choice.leak_share, wilson_share(choice.leak_share, mated.effective_people(), z)};
  return ratio_interval(reached, leak);
}

Interval clipped(const Interval& x) { return {std::clamp(x.low, 0.0, 1.0), std::clamp(x.high, 0.0, 1.0)}; }

}  // namespace

LeakRate leak_rate(std::span<const EqualStratum> strata, const MatedScores& mated) {
  const Control control(strata);
  const Choice choice = choose(control, mated);
  double train_people = 0;
  double reached = 0;
  for (const EqualStratum& stratum : strata) {
    train_people += static_cast<double>(stratum.train_best.size());
    reached += static_cast<double>(
        std::ranges::count_if(stratum.train_best, [&](double m) { return m >= choice.control.score; }));
  }
  LeakRate rate;
  rate.threshold = choice.control.score;
  rate.share_train = reached / train_people;
  rate.share_holdout = choice.control.share;
  rate.sensitivity = rate.share_holdout + (1 - rate.share_holdout) * choice.leak_share;
  rate.sensitivity_assumed = mated.missing();
  if (rate.sensitivity <= rate.share_holdout) return rate;  // no leak would show at t: everything stays possible
  rate.estimate =
      std::clamp((rate.share_train - rate.share_holdout) / (rate.sensitivity - rate.share_holdout), 0.0, 1.0);
  const auto interval = [&](double level) {
    return clipped(
        rate_interval(rate.share_train, train_people, choice, control.effective_people(), mated, two_sided_z(level)));
  };
  const Interval two_sided = interval(0.95);
  rate.low = two_sided.low;
  rate.high = two_sided.high;
  rate.upper95 = interval(0.90).high;
  return rate;
}

}  // namespace semblance
