#include "membership/blind.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/parallel.hpp"
#include "base/rng.hpp"
#include "membership/logistic.hpp"
#include "membership/mlp.hpp"
#include "membership/person_scores.hpp"

namespace semblance::membership_stage {
namespace {

constexpr std::size_t kLogistic = 0;
constexpr std::size_t kMlp = 1;

constexpr double kLevel = 0.05;           // of the alarm
constexpr double kIntervalLevel = 0.975;  // two classifiers: both intervals hold at 95%

}  // namespace

BlindTest::BlindTest(const Queries& queries, const MembershipOptions& options)
    : queries_(queries), options_(options), fold_(queries.people()) {
  folds_ = static_cast<unsigned>(std::min<std::size_t>({options.folds, queries.members, queries.nonmembers}));
  Rng rng(derive_seed(options.seed, "membership folds"));
  std::size_t first = 0;
  for (const std::size_t people : {queries.members, queries.nonmembers}) {
    const std::vector<std::size_t> order = random_permutation(people, rng);
    for (std::size_t i = 0; i < people; ++i) fold_[first + order[i]] = static_cast<unsigned>(i % folds_);
    first += people;
  }
  const std::vector<double> unknown(queries.rows, std::nan(""));
  classifiers_ = {{.name = "logistic", .auc = {}, .scores = unknown}, {.name = "mlp", .auc = {}, .scores = unknown}};
}

void BlindTest::run_fold(unsigned fold, std::size_t classifier) {
  std::vector<RowIndex> learn;
  std::vector<RowIndex> judge;
  for (std::size_t i = 0; i < queries_.rows; ++i) {
    const unsigned own = fold_[queries_.person[i]];
    if (own <= fold) (own == fold ? judge : learn).push_back(static_cast<RowIndex>(i));
  }
  const std::size_t limit = 2 * (classifier == kMlp ? options_.mlp_rows : options_.logistic_rows);
  if (learn.size() > limit) {
    Rng rng(derive_seed(options_.seed, "membership blind rows", fold));
    shuffle(learn, rng);
    learn.resize(limit);
    std::sort(learn.begin(), learn.end());
  }
  TrainingSet data{gather(queries_.view(), learn, options_.comparison), {}};
  for (const RowIndex row : learn) data.positive.push_back(row < queries_.member_rows ? 1 : 0);
  const Standardiser standardiser(data.rows);
  standardiser.apply(data.rows);
  FeatureMatrix rows = gather(queries_.view(), judge, options_.comparison);
  standardiser.apply(rows);
  const std::vector<double> odds =
      classifier == kLogistic
          ? fit_logistic(data, options_.l2).log_odds(rows)
          : Mlp(data, {.epochs = options_.epochs, .seed = derive_seed(options_.seed, "membership blind", fold)})
                .log_odds(rows);
  for (std::size_t i = 0; i < judge.size(); ++i) classifiers_[classifier].scores[judge[i]] = odds[i];
}

void BlindTest::add_tasks(std::vector<Task>& tasks) {
  for (const std::size_t classifier : {kMlp, kLogistic}) {  // the longest first
    for (unsigned fold = folds_ - 1; fold > 0; --fold) {
      tasks.emplace_back([this, fold, classifier] { run_fold(fold, classifier); });
    }
  }
}

namespace {

/// The people of a judged fold, ranked by one classifier.
struct JudgedFold {
  Ranking ranking;
  std::vector<std::size_t> people;  ///< members first
};

// Folds have classifiers of their own, whose scores don't compare: only pairs within a fold count.
double auc_within(const std::vector<JudgedFold>& folds, std::size_t members, std::span<const std::uint32_t> weight) {
  double won = 0;
  double pairs = 0;
  for (const JudgedFold& fold : folds) {
    std::vector<std::uint32_t> own;
    std::array<double, 2> side{};
    for (const std::size_t p : fold.people) {
      own.push_back(weight[p]);
      side[p < members ? 1 : 0] += weight[p];
    }
    if (side[0] == 0 || side[1] == 0) continue;
    won += fold.ranking.figures(own).auc * side[0] * side[1];
    pairs += side[0] * side[1];
  }
  return pairs > 0 ? won / pairs : std::nan("");
}

}  // namespace

void BlindTest::measure(BlindBaseline::Classifier& classifier) const {
  const PersonScores person = by_person(classifier.scores, queries_.person, queries_.people());
  std::vector<JudgedFold> folds;
  std::vector<Ranking> strata;
  for (unsigned fold = 1; fold < folds_; ++fold) {
    Sample sample;
    std::vector<std::size_t> people;
    for (std::size_t p = 0; p < queries_.people(); ++p) {
      if (fold_[p] != fold) continue;
      sample.score.push_back(person.mean[p]);
      sample.person.push_back(static_cast<std::uint32_t>(people.size()));
      people.push_back(p);
      ++(p < queries_.members ? sample.members : sample.nonmembers);
    }
    strata.emplace_back(sample);
    folds.push_back({strata.back(), std::move(people)});
  }

  const std::vector<std::uint32_t> once(queries_.people(), 1);
  std::vector<double> draws(options_.bootstrap);
  std::vector<std::vector<std::uint32_t>> weights(thread_count(options_.threads), once);
  parallel_for(draws.size(), options_.threads, [&](std::size_t draw, unsigned worker) {
    draw_people(derive_seed(options_.seed, "membership blind bootstrap", draw), queries_.members, weights[worker]);
    draws[draw] = auc_within(folds, queries_.members, weights[worker]);
  });
  classifier.auc = {auc_within(folds, queries_.members, once), percentile_interval(draws, kIntervalLevel)};
  classifier.p = permutation_p(strata, {.permutations = options_.permutations,
                                        .seed = derive_seed(options_.seed, "membership blind"),
                                        .threads = options_.threads});
}

BlindBaseline BlindTest::result() const {
  BlindBaseline baseline;
  baseline.folds = folds_;
  baseline.classifiers = classifiers_;
  std::string figures;
  for (auto& classifier : baseline.classifiers) {
    measure(classifier);
    const Interval& interval = classifier.auc.interval;
    if (classifier.p * static_cast<double>(baseline.classifiers.size()) <= kLevel) baseline.confounded = true;
    figures += fmt::format("{}{} AUC {:.3f} ({:.3f} to {:.3f}), p {:.2g}", figures.empty() ? "" : "; ", classifier.name,
                           classifier.auc.value, interval.low, interval.high, classifier.p);
  }
  baseline.text =
      baseline.confounded
          ? fmt::format(
                "The split is confounded: members and non-members can be told apart without the synthetic images "
                "({}). What the attacks find may be that difference, not membership; draw both groups at "
                "random from one source.",
                figures)
          : fmt::format(
                "Without the synthetic images members and non-members can't be told apart ({}), so what the "
                "attacks find is not explained by a visible difference between the groups.",
                figures);
  return baseline;
}

}  // namespace semblance::membership_stage
