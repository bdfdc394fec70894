#include "assess/global_test.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/parallel.hpp"
#include "base/rng.hpp"

namespace semblance {
namespace {

constexpr std::array<const char*, kComponents> kNames = {"auc",        "excess-q90",   "excess-q95",
                                                         "excess-q99", "excess-q99.9", "leading"};
constexpr std::array<std::size_t, 4> kExcessPerMille = {100, 50, 10, 1};

std::size_t excess_depth(std::size_t people, std::size_t component) {
  return people * kExcessPerMille[component - 1] / 1000;
}

// Five of the six statistics are counts, and equal counts are many: the rank sum, under the number of people, breaks
// their ties, so that p-values come in fine steps.
void break_ties(ComponentValues& values, std::size_t people) {
  const double part = values[0] / static_cast<double>(people + 1);
  for (std::size_t c = 1; c < kComponents; ++c) values[c] += part;
}

/// The merged order, without labels: what a permutation needs to compute the components.
struct Layout {
  std::vector<std::vector<std::uint32_t>> places;  ///< per stratum, places in the merged order, best first
  std::vector<std::size_t> drawn;                  ///< per stratum, people that carry the drawn label
  std::size_t people = 0;
  bool draw_train = false;  ///< the rarer label is the one that is drawn
};

Layout layout_of(std::span<const Ranked> best_first, std::size_t strata) {
  Layout layout;
  layout.people = best_first.size();
  layout.places.resize(strata);
  layout.drawn.assign(strata, 0);
  const auto train = static_cast<std::size_t>(std::ranges::count(best_first, true, &Ranked::train));
  layout.draw_train = 2 * train <= layout.people;
  for (std::size_t place = 0; place < best_first.size(); ++place) {
    const Ranked& person = best_first[place];
    layout.places[person.stratum].push_back(static_cast<std::uint32_t>(place));
    if (person.train == layout.draw_train) ++layout.drawn[person.stratum];
  }
  return layout;
}

/// Reused by one worker from draw to draw.
struct Scratch {
  std::vector<std::uint8_t> marked;
  std::vector<std::uint32_t> places;
};

/// One draw of the rarer label within strata (Floyd's sampling), as component values of R.
ComponentValues draw(const Layout& layout, Rng& rng, Scratch& scratch) {
  scratch.marked.resize(layout.people, 0);
  scratch.places.clear();
  std::array<std::size_t, kComponents> above{};
  double auc = 0;
  for (std::size_t b = 0; b < layout.places.size(); ++b) {
    const auto& places = layout.places[b];
    const std::size_t n = places.size();
    std::uint64_t ranks = 0;  // from 1 at the bottom
    for (std::size_t j = n - layout.drawn[b]; j < n; ++j) {
      std::size_t pick = uniform_index(rng, j + 1);
      if (scratch.marked[places[pick]] != 0) pick = j;
      scratch.marked[places[pick]] = 1;
      scratch.places.push_back(places[pick]);
      ranks += n - pick;
    }
    const std::uint64_t train_ranks = layout.draw_train ? ranks : n * (n + 1) / 2 - ranks;
    const std::size_t train = layout.draw_train ? layout.drawn[b] : n - layout.drawn[b];
    auc += (static_cast<double>(train_ranks) - 0.5 * static_cast<double>(train)) / static_cast<double>(n);
  }
  ComponentValues values{};
  values[0] = auc;
  for (std::size_t c = 1; c <= kExcessPerMille.size(); ++c) {
    const std::size_t depth = excess_depth(layout.people, c);
    for (const std::uint32_t place : scratch.places) above[c] += place < depth ? 1U : 0U;
    values[c] = static_cast<double>(layout.draw_train ? above[c] : depth - above[c]);
  }
  const std::uint8_t train_mark = layout.draw_train ? 1 : 0;
  std::size_t leading = 0;
  while (leading < layout.people && scratch.marked[leading] == train_mark) ++leading;
  values[kComponents - 1] = static_cast<double>(leading);
  for (const std::uint32_t place : scratch.places) scratch.marked[place] = 0;
  break_ties(values, layout.people);
  return values;
}

std::size_t at_least(const std::vector<double>& ascending, double value) {
  return static_cast<std::size_t>(ascending.end() - std::ranges::lower_bound(ascending, value));
}

double plain_auc(std::span<const EqualStratum> strata) {
  double wins = 0;
  double pairs = 0;
  for (const EqualStratum& stratum : strata) {
    std::vector<double> control = stratum.holdout_best;
    std::ranges::sort(control);
    for (const double m : stratum.train_best) {
      const auto below = std::ranges::lower_bound(control, m) - control.begin();
      const auto up_to = std::ranges::upper_bound(control, m) - control.begin();
      wins += 0.5 * static_cast<double>(below + up_to);
    }
    pairs += static_cast<double>(stratum.train_best.size()) * static_cast<double>(control.size());
  }
  return pairs > 0 ? wins / pairs : 0.5;
}

}  // namespace

void rank_across_strata(std::vector<Ranked>& people, std::size_t strata) {
  std::vector<std::vector<double>> pooled(strata);
  for (const Ranked& person : people) pooled[person.stratum].push_back(person.height);
  std::vector<double> centre(strata, 0);
  std::vector<double> spread(strata, 1);
  for (std::size_t b = 0; b < strata; ++b) {
    auto& scores = pooled[b];
    if (scores.empty()) continue;
    const auto half = scores.begin() + static_cast<std::ptrdiff_t>(scores.size() / 2);
    const auto low = scores.begin() + static_cast<std::ptrdiff_t>(scores.size() * 16 / 100);
    std::ranges::nth_element(scores, half);
    centre[b] = *half;
    std::nth_element(scores.begin(), low, half);
    // The lower half: a spread that leaks don't widen. Without any, differences count as they are.
    if (centre[b] - *low > 0) spread[b] = centre[b] - *low;
  }
  for (Ranked& person : people) person.height = (person.height - centre[person.stratum]) / spread[person.stratum];
  std::ranges::sort(people, [](const Ranked& x, const Ranked& y) {
    if (x.height != y.height) return x.height > y.height;
    if (x.tie != y.tie) return x.tie < y.tie;
    return x.stratum < y.stratum;
  });
}

ComponentValues component_values(std::span<const Ranked> best_first, std::size_t strata) {
  std::vector<std::size_t> size(strata, 0);
  for (const Ranked& person : best_first) ++size[person.stratum];
  std::vector<std::size_t> rank = size;
  std::vector<std::uint64_t> train_ranks(strata, 0);
  std::vector<std::size_t> train(strata, 0);
  ComponentValues values{};
  bool leading = true;
  for (std::size_t place = 0; place < best_first.size(); ++place) {
    const Ranked& person = best_first[place];
    const std::size_t r = rank[person.stratum]--;
    leading = leading && person.train;
    if (!person.train) continue;
    train_ranks[person.stratum] += r;
    ++train[person.stratum];
    for (std::size_t c = 1; c <= kExcessPerMille.size(); ++c) {
      if (place < excess_depth(best_first.size(), c)) values[c] += 1;
    }
    if (leading) values[kComponents - 1] += 1;
  }
  // The same sums in the same order as in `draw`, so that equal labels give equal doubles.
  for (std::size_t b = 0; b < strata; ++b) {
    if (size[b] == 0) continue;
    values[0] +=
        (static_cast<double>(train_ranks[b]) - 0.5 * static_cast<double>(train[b])) / static_cast<double>(size[b]);
  }
  break_ties(values, best_first.size());
  return values;
}

NullTable::NullTable(std::span<const Ranked> best_first, std::size_t strata, unsigned permutations, std::uint64_t seed,
                     unsigned threads)
    : observed_(component_values(best_first, strata)) {
  const Layout layout = layout_of(best_first, strata);
  std::vector<ComponentValues> draws(std::size_t{permutations} + 1);
  draws.back() = observed_;
  const unsigned workers = thread_count(threads);
  std::vector<Scratch> scratch(workers);
  parallel_for(permutations, workers, [&](std::size_t b, unsigned worker) {
    Rng rng(derive_seed(seed, "permutation", b));
    draws[b] = draw(layout, rng, scratch[worker]);
  });
  for (std::size_t c = 0; c < kComponents; ++c) {
    sorted_[c].reserve(draws.size());
    for (const ComponentValues& values : draws) sorted_[c].push_back(values[c]);
    std::ranges::sort(sorted_[c]);
  }
  smallest_.reserve(draws.size());
  for (const ComponentValues& values : draws) smallest_.push_back(smallest_p(values));
  std::ranges::sort(smallest_);
}

double NullTable::component_p(std::size_t component, double value) const {
  const auto& draws = sorted_[component];
  return static_cast<double>(std::max<std::size_t>(1, at_least(draws, value))) / static_cast<double>(draws.size());
}

double NullTable::smallest_p(const ComponentValues& values) const {
  double smallest = 1;
  double mean = 0;
  for (std::size_t c = 0; c < kComponents; ++c) {
    const double p = component_p(c, values[c]);
    smallest = std::min(smallest, p);
    mean += p / kComponents;
  }
  // As many draws as there are statistics may share a smallest p-value; a step of p is 1 / draws.
  return smallest + mean / static_cast<double>(sorted_[0].size() + 1);
}

double NullTable::min_p(const ComponentValues& values) const {
  const auto as_small = std::ranges::upper_bound(smallest_, smallest_p(values)) - smallest_.begin();
  return static_cast<double>(std::max<std::ptrdiff_t>(1, as_small)) / static_cast<double>(smallest_.size());
}

GlobalOutcome global_test(std::span<const EqualStratum> strata, const AssessOptions& options) {
  std::vector<Ranked> people;
  GlobalTest test;
  for (std::size_t b = 0; b < strata.size(); ++b) {
    const auto stratum = static_cast<std::uint32_t>(b);
    // Ties rank H above R: with ties the test is conservative.
    for (const double m : strata[b].train_best) people.push_back({m, 1, stratum, true});
    for (const double m : strata[b].holdout_best) people.push_back({m, 0, stratum, false});
    test.strata.push_back({strata[b].images, strata[b].train.size(), strata[b].holdout.size()});
  }
  rank_across_strata(people, strata.size());
  NullTable null(people, strata.size(), options.permutations, options.seed, options.threads);
  test.p = null.min_p(null.observed());
  test.auc = plain_auc(strata);
  for (std::size_t c = 0; c < kComponents; ++c) {
    const double value = null.observed()[c];
    test.components.push_back({kNames[c], c == 0 ? value : std::floor(value), null.component_p(c, value)});
  }
  return {std::move(test), std::move(null)};
}

}  // namespace semblance
