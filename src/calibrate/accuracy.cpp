// Accuracy of a verification protocol with one threshold, as LFW reports it.

#include <algorithm>
#include <cmath>
#include <map>
#include <vector>

#include "calibrate/analysis.hpp"
#include "calibrate/interval.hpp"

namespace semblance::calibrate_stage {
namespace {

struct Choice {
  double threshold = 0;
  std::uint64_t errors = 0;
};

// Fewest errors over all thresholds; `ascending` by score.
Choice best_threshold(const std::vector<const LabelledScore*>& ascending) {
  // Under every score all are called mated: the errors are the non-mated ones.
  std::uint64_t errors = 0;
  for (const LabelledScore* s : ascending) errors += s->mated ? 0 : 1;
  Choice best{.threshold = ascending.front()->score, .errors = errors};
  for (std::size_t k = 0; k < ascending.size();) {
    const double score = ascending[k]->score;
    for (; k < ascending.size() && ascending[k]->score == score; ++k) {
      if (ascending[k]->mated) {
        ++errors;
      } else {
        --errors;
      }
    }
    if (errors >= best.errors) continue;
    best.errors = errors;
    best.threshold = k < ascending.size() ? score + (ascending[k]->score - score) / 2 : std::nextafter(score, HUGE_VAL);
    if (best.threshold == score) best.threshold = std::nextafter(score, HUGE_VAL);
  }
  return best;
}

bool wrong(const LabelledScore& s, double threshold) { return (s.score >= threshold) != s.mated; }

// Variance of the share of errors where comparisons share people: those that do are added up once a pair of
// comparisons (as influence_of does for pairs of people).
double clustered_variance(std::span<const LabelledScore> scores, double threshold, double share) {
  std::map<IdentityIndex, double> of_person;
  std::map<std::pair<IdentityIndex, IdentityIndex>, double> of_people;
  for (const LabelledScore& s : scores) {
    const double residual = (wrong(s, threshold) ? 1 : 0) - share;
    of_person[s.a] += residual;
    if (s.a == s.b) continue;
    of_person[s.b] += residual;
    of_people[std::minmax(s.a, s.b)] += residual;
  }
  double sum = 0;
  for (const auto& [person, residual] : of_person) sum += residual * residual;
  double twice = 0;
  for (const auto& [people, residual] : of_people) twice += residual * residual;
  const auto n = static_cast<double>(scores.size());
  return std::max(sum - twice, 0.0) / (n * n);
}

}  // namespace

Accuracy best_accuracy(std::span<const LabelledScore> scores, bool independent) {
  std::vector<const LabelledScore*> ascending;
  std::uint32_t folds = 0;
  for (const LabelledScore& s : scores) {
    ascending.push_back(&s);
    folds = std::max(folds, s.fold);
  }
  std::stable_sort(ascending.begin(), ascending.end(),
                   [](const LabelledScore* x, const LabelledScore* y) { return x->score < y->score; });
  Accuracy result;
  const Choice best = best_threshold(ascending);
  result.threshold = best.threshold;
  const auto n = static_cast<double>(scores.size());
  const double share = static_cast<double>(best.errors) / n;
  Support support;
  support.variance = independent ? share * (1 - share) / n : clustered_variance(scores, best.threshold, share);
  support.trials = n;
  support.fallback = n;
  result.error = error_rate(best.errors, scores.size(), support);

  if (folds < 2) return result;
  std::vector<double> accuracies;
  for (std::uint32_t fold = 1; fold <= folds; ++fold) {
    std::vector<const LabelledScore*> training;
    std::vector<const LabelledScore*> held;
    for (const LabelledScore* s : ascending) (s->fold == fold ? held : training).push_back(s);
    if (held.empty() || training.empty()) continue;
    const double threshold = best_threshold(training).threshold;
    const auto errors =
        std::count_if(held.begin(), held.end(), [&](const LabelledScore* s) { return wrong(*s, threshold); });
    accuracies.push_back(1 - static_cast<double>(errors) / static_cast<double>(held.size()));
  }
  if (accuracies.size() < 2) return result;
  result.folds = accuracies.size();
  const auto count = static_cast<double>(accuracies.size());
  double squared = 0;
  for (const double x : accuracies) result.fold_mean += x / count;
  for (const double x : accuracies) squared += (x - result.fold_mean) * (x - result.fold_mean);
  // LFW's standard error: the standard deviation of the folds over the root of their number.
  result.fold_standard_error = std::sqrt(squared / (count - 1) / count);
  return result;
}

}  // namespace semblance::calibrate_stage
