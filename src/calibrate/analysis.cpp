#include "calibrate/analysis.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "base/rng.hpp"
#include "calibrate/cuts.hpp"
#include "calibrate/measured.hpp"
#include "calibrate/sums.hpp"

namespace semblance::calibrate_stage {
namespace {

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

void measure_non_mated(Measured& a, const EmbeddingSet* set, Calibration& result) {
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

}  // namespace

void analyse(const ScoreTable& table, const EmbeddingSet* set, const CalibrateOptions& options, Calibration& result) {
  Measured a(table, options);
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
