#include "calibrate/analysis.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "base/rng.hpp"
#include "calibrate/bootstrap.hpp"
#include "calibrate/cuts.hpp"
#include "calibrate/interval.hpp"
#include "calibrate/sums.hpp"
#include "calibrate/tail.hpp"

namespace semblance::calibrate_stage {
namespace {

constexpr double kEnoughErrors = 30;

// Everything that the results are read from.
struct Analysis {
  Analysis(const ScoreTable& scores, const CalibrateOptions& wishes) : table(scores), options(wishes) {}
  const ScoreTable& table;
  const CalibrateOptions& options;
  std::vector<Cut> cuts;
  std::size_t listed_cuts = 0;
  Moments mated_moments, moments;
  double auc = 0.5;
  std::optional<Influence> list, direct, mated;
  BootstrapDraws draws;

  [[nodiscard]] const Influence& influence(std::size_t k) const { return k < listed_cuts ? *list : *direct; }
  [[nodiscard]] std::size_t column(std::size_t k) const { return k < listed_cuts ? k : k - listed_cuts; }
};

std::vector<double> scores_of(const std::vector<MatedScore>& mated) {
  std::vector<double> scores;
  scores.reserve(mated.size());
  for (const MatedScore& m : mated) scores.push_back(m.score);
  return scores;
}

Moments listed_moments(const ScoreTable& table) {
  std::vector<double> scores;
  scores.reserve(table.top.size());
  for (const NonMatedScore& s : table.top) scores.push_back(s.score);
  return moments_of(scores);
}

// For every mated score (best first) the share of non-mated scores under it, ties half; within a bin of the histogram
// scores count as evenly spread.
std::vector<double> non_mated_under(const ScoreTable& table) {
  std::vector<double> shares;
  shares.reserve(table.mated.size());
  const auto all = static_cast<double>(table.non_mated);
  const Histogram& h = table.histogram;
  std::vector<std::uint64_t> from(h.counts.size() + 1);
  for (std::size_t k = h.counts.size(); k > 0; --k) from[k - 1] = from[k] + h.counts[k - 1];
  for (const MatedScore& mated : table.mated) {
    const double s = mated.score;
    double over = 0;
    if (table.listed(s)) {
      const auto first =
          std::partition_point(table.top.begin(), table.top.end(), [s](const NonMatedScore& x) { return x.score > s; });
      const auto last =
          std::partition_point(first, table.top.end(), [s](const NonMatedScore& x) { return x.score >= s; });
      over = static_cast<double>(first - table.top.begin()) + static_cast<double>(last - first) / 2;
    } else {
      const double width = h.edge(1) - h.edge(0);
      const double at = std::clamp((s - h.low) / width, 0.0, static_cast<double>(h.counts.size()) - 1);
      const auto k = static_cast<std::size_t>(at);
      const double part = std::clamp(at - static_cast<double>(k), 0.0, 1.0);
      over = static_cast<double>(from[k + 1]) + (1 - part) * static_cast<double>(h.counts[k]);
    }
    shares.push_back((all - over) / all);
  }
  return shares;
}

// All people if their images are few enough, else a random sample of people with about that many images.
std::vector<IdentityIndex> people_to_score(const ScoreTable& table, std::size_t rows, std::uint64_t seed) {
  std::vector<IdentityIndex> people(table.identities);
  std::iota(people.begin(), people.end(), IdentityIndex{0});
  if (std::accumulate(table.images_of.begin(), table.images_of.end(), 0.0) <= static_cast<double>(rows)) return people;
  constexpr std::size_t kFewestPeople = 30;
  Rng rng(derive_seed(seed, "calibrate sample of people"));
  shuffle(people, rng);
  double taken = 0;
  std::size_t count = 0;
  while (count < people.size() && (count < kFewestPeople || taken < static_cast<double>(rows))) {
    taken += table.images_of[people[count++]];
  }
  people.resize(count);
  std::sort(people.begin(), people.end());
  return people;
}

void measure_non_mated(Analysis& a, const EmbeddingSet* set, Calibration& result) {
  const ScoreTable& table = a.table;
  const MatedShare share(table.mated);
  a.moments = table.complete() ? listed_moments(table) : moments_of(table.histogram);
  NonMatedFunctionals linear{.mated = &share, .mated_moments = a.mated_moments, .moments = a.moments};
  const std::span<const Cut> cuts(a.cuts);
  a.listed_cuts = static_cast<std::size_t>(
      std::partition_point(a.cuts.begin(), a.cuts.end(), [](const Cut& cut) { return cut.listed; }) - a.cuts.begin());

  std::vector<IdentityIndex> everybody(table.identities);
  std::iota(everybody.begin(), everybody.end(), IdentityIndex{0});
  const auto all = static_cast<double>(table.non_mated);
  const PairSums sums = sums_over_list(table, cuts.first(a.listed_cuts), table.complete() ? &linear : nullptr);
  a.list = influence_of(sums, std::move(everybody),
                        {.count = all, .of_person = table.comparisons_of, .squared = table.squared_comparisons},
                        table.identities, all);
  const std::vector<double> under = non_mated_under(table);
  if (!under.empty()) a.auc = std::accumulate(under.begin(), under.end(), 0.0) / static_cast<double>(under.size());
  if (table.complete()) return;

  const std::vector<IdentityIndex> people = people_to_score(table, a.options.direct_rows, a.options.seed);
  const PeopleRows rows(*set, people, a.options.comparison);
  const Progress progress = a.options.progress ? a.options.progress("scoring people", "people") : Progress{};
  const DirectSums direct = sums_over_people(rows, cuts.subspan(a.listed_cuts), linear, a.options.threads, progress);
  a.direct = influence_of(
      direct.sums, people,
      {.count = direct.comparisons, .of_person = direct.comparisons_of, .squared = direct.squared_comparisons},
      table.identities, all);
  if (people.size() == table.identities) {
    a.moments = direct.moments;
    if (!under.empty()) {
      a.auc = direct.sums.total[cuts.size() - a.listed_cuts + NonMatedFunctionals::auc] / direct.comparisons;
    }
  } else {
    result.notes.push_back(fmt::format(
        "AUC, d' and the intervals at thresholds under the {} best non-mated scores rest on {} people drawn at random",
        table.top.size(), people.size()));
  }
}

Support fmr_support(const Analysis& a, std::size_t k) {
  const Influence& influence = a.influence(k);
  Support support;
  support.variance = influence.variance(a.column(k));
  support.trials = static_cast<double>(a.table.non_mated);
  support.degrees = a.table.non_mated_independent ? 0 : influence.degrees[a.column(k)];
  support.fallback = support.trials;
  if (support.variance > 0 || a.table.non_mated_independent) return support;
  // Without errors: as many independent trials as the nearest threshold with enough errors has.
  for (std::size_t other = k; other < a.cuts.size(); ++other) {
    const double rate = static_cast<double>(a.cuts[other].false_matches) / support.trials;
    const double variance = a.influence(other).variance(a.column(other));
    if (static_cast<double>(a.cuts[other].false_matches) < kEnoughErrors || variance <= 0 || rate >= 1) continue;
    support.fallback = rate * (1 - rate) / variance;
    break;
  }
  return support;
}

Support mated_support(const Analysis& a, std::size_t k, double variance) {
  Support support;
  support.variance = variance;
  support.trials = static_cast<double>(a.table.mated.size());
  // One person's comparisons may all go wrong together.
  support.fallback = static_cast<double>(a.table.people_in_mated);
  support.degrees = a.table.mated_independent ? 0 : a.mated->degrees[k];
  return support;
}

ErrorRate fmr_at(const Analysis& a, std::size_t k) {
  return error_rate(a.cuts[k].false_matches, a.table.non_mated, fmr_support(a, k));
}

std::optional<ErrorRate> fnmr_at(const Analysis& a, std::size_t k) {
  if (!a.mated) return std::nullopt;
  return error_rate(a.cuts[k].false_non_matches, a.table.mated.size(), mated_support(a, k, a.mated->variance(k)));
}

Estimate around(double value, std::span<const double> deviations, double degrees) {
  const double half = quantile_975(degrees) * std::sqrt(variance_of(deviations));
  return {value, value - half, value + half};
}

void separation(const Analysis& a, Calibration& result) {
  const ScoreTable& table = a.table;
  const Influence& linear = a.direct ? *a.direct : *a.list;
  // A functional's degrees on the non-mated side, the mated side's where they are fewer.
  const auto degrees = [&](NonMatedFunctionals::Column c, bool mated_too) {
    double fewest =
        table.non_mated_independent ? 0 : linear.degrees[linear.functionals - NonMatedFunctionals::kCount + c];
    if (!mated_too || table.mated_independent) return fewest;
    const double of_mated = a.mated->degrees[a.cuts.size() + c];
    return fewest > 0 ? std::min(fewest, of_mated) : of_mated;
  };
  result.non_mated_mean = around(a.moments.mean, a.draws.non_mated_mean, degrees(NonMatedFunctionals::mean, false));
  if (!a.mated) return;
  result.mated_mean = around(a.mated_moments.mean, a.draws.mated_mean,
                             table.mated_independent ? 0 : a.mated->degrees[a.cuts.size() + NonMatedFunctionals::mean]);
  const double distance = d_prime_of(a.mated_moments, a.moments);
  if (std::isfinite(distance)) {
    result.d_prime = around(distance, a.draws.d_prime, degrees(NonMatedFunctionals::d_prime, true));
  }
  Support support;
  support.trials = static_cast<double>(table.non_mated + table.mated.size());
  support.fallback = static_cast<double>(table.people_in_mated);
  support.degrees = degrees(NonMatedFunctionals::auc, true);
  support.variance = variance_of(a.draws.auc);
  result.auc = share_interval(a.auc, support);

  const EqualError equal = equal_error(table);
  std::vector<double> rates;
  for (std::size_t draw = 0; draw < a.draws.draws; ++draw) {
    rates.push_back(equal_error_of(std::span(a.draws.fmr).subspan(draw * a.draws.cuts, a.draws.cuts),
                                   std::span(a.draws.fnmr).subspan(draw * a.draws.cuts, a.draws.cuts)));
  }
  const std::size_t k = std::min(cut_index(a.cuts, equal.cut.score), a.cuts.size() - 1);
  support.variance = variance_of(rates);
  support.degrees = table.mated_independent ? 0 : a.mated->degrees[k];
  if (!table.non_mated_independent) {
    const double non_mated = a.influence(k).degrees[a.column(k)];
    support.degrees = support.degrees > 0 ? std::min(support.degrees, non_mated) : non_mated;
  }
  result.eer = share_interval(equal.rate, support);
  result.eer_threshold = equal.cut.score;
}

// The scores at which the interval of the FMR holds the target: an interval of the threshold has no errors to count of
// its own, so that of the FMR is inverted (Woodruff 1952).
Estimate threshold_interval(const Analysis& a, double value, double target, const std::optional<FittedTail>& tail) {
  std::vector<double> low, high;  // rising along the cuts, as the FMR does
  for (std::size_t k = 0; k < a.cuts.size(); ++k) {
    const ErrorRate fmr = fmr_at(a, k);
    low.push_back(k == 0 ? fmr.low : std::max(low.back(), fmr.low));
    high.push_back(k == 0 ? fmr.high : std::max(high.back(), fmr.high));
  }
  Estimate score{value, std::min(value, score_at_fmr(a.cuts, low, target)), value};
  const double best = a.cuts.front().score;
  if (high.front() <= target) {
    score.high = std::max(value, score_at_fmr(a.cuts, high, target));
  } else if (tail && tail->tail.fits && best >= tail->tail.threshold && tail->tail.fmr(best) > 0) {
    // No error at all would not exclude the target: the interval ends where the tail has fallen by as much again.
    score.high = std::max(best, tail->tail.score(tail->tail.fmr(best) * target / high.front()));
  } else {
    score.high = std::max(best, a.table.histogram.high);
  }
  return score;
}

// TAR at the threshold, whose own uncertainty counts: the distances of both parts' ends are added as lengths of
// independent parts (MOVER; Zou and Donner 2008).
Estimate tar_interval(const Analysis& a, const ErrorRate& fnmr, const Estimate& score) {
  std::vector<double> base;
  base.reserve(a.cuts.size());
  for (const Cut& cut : a.cuts) {
    base.push_back(static_cast<double>(cut.false_non_matches) / static_cast<double>(a.table.mated.size()));
  }
  const double over = std::max(0.0, fnmr_at_score(a.cuts, base, score.high) - fnmr.rate);
  const double under = std::max(0.0, fnmr.rate - fnmr_at_score(a.cuts, base, score.low));
  return {1 - fnmr.rate, std::max(0.0, 1 - fnmr.rate - std::hypot(fnmr.high - fnmr.rate, over)),
          std::min(1.0, 1 - fnmr.rate + std::hypot(fnmr.rate - fnmr.low, under))};
}

void measure_threshold(const Analysis& a, std::size_t k, const std::optional<FittedTail>& tail,
                       CalibratedThreshold& threshold) {
  threshold.evidence = Evidence::measured;
  threshold.score = threshold_interval(a, a.cuts[k].score, threshold.fmr_target, tail);
  threshold.fmr = fmr_at(a, k);
  threshold.fnmr = fnmr_at(a, k);
  if (a.mated) threshold.tar = tar_interval(a, *threshold.fnmr, threshold.score);
}

void false_identifications(const Analysis& a, const std::vector<Estimate>& measured, std::size_t k, std::size_t gallery,
                           CalibratedThreshold& threshold) {
  const double fmr = threshold.fmr ? threshold.fmr->rate : threshold.fmr_target;
  const auto predicted = [fmr](std::uint64_t size) {
    return -std::expm1(static_cast<double>(size) * std::log1p(-fmr));
  };
  if (gallery > 0) {
    FalseIdentification own{.gallery = gallery, .independent = predicted(gallery), .measured = std::nullopt};
    if (threshold.evidence == Evidence::measured && k < measured.size()) own.measured = measured[k];
    threshold.fpir.push_back(own);
  }
  for (const std::uint64_t size : a.options.galleries) {
    threshold.fpir.push_back({.gallery = size, .independent = predicted(size), .measured = std::nullopt});
  }
}

void thresholds(const Analysis& a, const EmbeddingSet* set, const std::optional<FittedTail>& tail,
                Calibration& result) {
  std::vector<Estimate> measured;
  std::size_t gallery = 0;
  if (set != nullptr) {
    measured = leave_one_out(a.table, *set, std::span<const Cut>(a.cuts).first(a.listed_cuts));
    gallery = static_cast<std::size_t>(
        std::llround(2 * static_cast<double>(a.table.non_mated) / static_cast<double>(set->matrix.rows)));
  }
  for (std::size_t t = 0; t < a.options.fmr.size(); ++t) {
    CalibratedThreshold threshold;
    threshold.fmr_target = a.options.fmr[t];
    const Cut cut = cut_at_fmr(a.table, threshold.fmr_target);
    const std::size_t k = cut_index(a.cuts, cut.score);
    if (tail && tail->tail.fits) threshold.extrapolated = tail->scores[t];
    if (count_within(a.table.non_mated, threshold.fmr_target) > 0) {
      measure_threshold(a, k, tail, threshold);
    } else if (threshold.extrapolated) {
      threshold.evidence = Evidence::extrapolated;
      threshold.score = *threshold.extrapolated;
      if (a.mated) {
        // The tail's threshold lies between cuts; what was measured there is counted anew.
        const Cut beyond = cut_at(a.table, threshold.score.value);
        const std::size_t nearest = std::min(cut_index(a.cuts, beyond.score), a.cuts.size() - 1);
        threshold.fnmr = error_rate(beyond.false_non_matches, a.table.mated.size(),
                                    mated_support(a, nearest, a.mated->variance(nearest)));
      }
    } else {
      continue;
    }
    false_identifications(a, measured, k, gallery, threshold);
    result.thresholds.push_back(threshold);
  }
}

void explain(const Analysis& a, const std::optional<FittedTail>& tail, const std::string& why_no_tail,
             Calibration& result) {
  const ScoreTable& table = a.table;
  if (!a.mated) {
    result.notes.emplace_back(
        "no person has two images, so there are no mated scores: nothing is said of FNMR, EER, d', AUC "
        "or TAR");
  }
  if (!table.top.empty() && !table.mated.empty() && table.complete() &&
      table.top.front().score == table.top.back().score && table.mated.front().score == table.mated.back().score &&
      table.top.front().score == table.mated.front().score) {
    result.notes.emplace_back("all scores are equal: these comparisons tell nobody from anybody");
  }
  if (tail && !tail->tail.fits) {
    result.notes.push_back(
        fmt::format("no generalised Pareto tail fits the best non-mated scores (p = {:.3g}), so nothing is "
                    "extrapolated",
                    tail->tail.anderson_darling_p));
  }
  if (!why_no_tail.empty()) result.notes.push_back("nothing is extrapolated: " + why_no_tail);
  for (const double target : a.options.fmr) {
    const bool there = std::any_of(result.thresholds.begin(), result.thresholds.end(),
                                   [target](const CalibratedThreshold& t) { return t.fmr_target == target; });
    if (there) continue;
    result.notes.push_back(
        fmt::format("no threshold at FMR {:g}: {} non-mated scores can't measure it", target, table.non_mated));
  }
  for (const CalibratedThreshold& threshold : result.thresholds) {
    if (!threshold.fmr || threshold.fmr->rule_of_30) continue;
    result.notes.push_back(
        fmt::format("FMR {:g} rests on {:.1f} independent false matches, under the 30 that it takes "
                    "(rule of 30)",
                    threshold.fmr_target, threshold.fmr->independent_errors));
  }
}

}  // namespace

void analyse(const ScoreTable& table, const EmbeddingSet* set, const CalibrateOptions& options, Calibration& result) {
  Analysis a(table, options);
  result.seed = options.seed;
  result.bootstrap = options.bootstrap;
  result.identities = table.identities;
  result.mated_identities = table.people_in_mated;
  result.mated = table.mated.size();
  result.non_mated = table.non_mated;
  result.intervals = table.non_mated_independent && table.mated_independent ? "wilson" : "identity-bootstrap";

  const TailOptions tail_options{.draws = options.bootstrap, .seed = options.seed, .threads = options.threads};
  std::string why_no_tail;
  const std::optional<ParetoTail> tail = fit_tail(table, tail_options, why_no_tail);

  std::vector<double> others = options.at;
  if (!table.mated.empty()) others.push_back(equal_error(table).cut.score);
  if (tail) others.push_back(std::nextafter(tail->threshold, std::numeric_limits<double>::infinity()));
  a.cuts = choose_cuts(table, options.fmr, others);
  a.mated_moments = moments_of(scores_of(table.mated));
  measure_non_mated(a, set, result);
  if (!table.mated.empty()) {
    std::vector<double> mated_of(table.identities);
    for (const MatedScore& m : table.mated) mated_of[m.person] += 1;
    const std::vector<double> sums = mated_sums(table, a.cuts, a.mated_moments, a.moments, non_mated_under(table));
    a.mated = mated_influence(sums, a.cuts.size() + NonMatedFunctionals::kCount, mated_of, table.mated_independent);
  }
  a.draws = draw_people({.table = &table,
                         .cuts = a.cuts,
                         .listed_cuts = a.listed_cuts,
                         .list = &*a.list,
                         .direct = a.direct ? &*a.direct : nullptr,
                         .mated = a.mated ? &*a.mated : nullptr,
                         .draws = options.bootstrap,
                         .seed = options.seed,
                         .threads = options.threads});
  std::optional<FittedTail> fitted;
  if (tail) {
    const std::size_t at = cut_index(a.cuts, others.back());
    const TailSpread spread{.lambda = a.influence(at).lambda[a.column(at)],
                            .reach = quantile_975(fmr_support(a, at).degrees) / quantile_975(0)};
    fitted = tail_with_bands(table, *tail, spread, options.fmr, tail_options);
    result.tail = fitted->tail;
  }
  separation(a, result);
  thresholds(a, set, fitted, result);
  for (std::size_t k = 0; k < a.cuts.size(); ++k) {
    result.curve.push_back({.score = a.cuts[k].score, .fmr = fmr_at(a, k), .fnmr = fnmr_at(a, k)});
  }
  explain(a, fitted, why_no_tail, result);
}

}  // namespace semblance::calibrate_stage
