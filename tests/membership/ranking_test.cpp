#include "membership/ranking.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "base/rng.hpp"
#include "membership/over_representation.hpp"
#include "membership/person_scores.hpp"

namespace semblance::membership_stage {
namespace {

double normal(Rng& rng) { return boost::random::normal_distribution<double>()(rng); }

// People with one to five units each; `apart` moves members' scores, `within` is the spread within a person.
Sample people_sample(std::size_t members, std::size_t nonmembers, double apart, double within, bool tied, Rng& rng) {
  Sample sample{.score = {}, .person = {}, .members = members, .nonmembers = nonmembers};
  for (std::size_t p = 0; p < members + nonmembers; ++p) {
    const double centre = normal(rng) + (p < members ? apart : 0);
    const std::size_t units = 1 + uniform_index(rng, 5);
    for (std::size_t u = 0; u < units; ++u) {
      const double score = centre + within * normal(rng);
      sample.score.push_back(tied ? std::round(score * 2) : score);
      sample.person.push_back(static_cast<std::uint32_t>(p));
    }
  }
  return sample;
}

// Definitions taken literally, over a list in which units are repeated by weight.
RankingFigures literal(const Sample& sample, const std::vector<std::uint32_t>& weight) {
  std::vector<double> members;
  std::vector<double> others;
  for (std::size_t i = 0; i < sample.score.size(); ++i) {
    auto& side = sample.person[i] < sample.members ? members : others;
    side.insert(side.end(), weight[sample.person[i]], sample.score[i]);
  }
  RankingFigures figures{.auc = 0, .average_precision = 0, .tpr = {}};
  for (const double m : members) {
    for (const double o : others) figures.auc += m > o ? 1 : m == o ? 0.5 : 0;
  }
  figures.auc /= static_cast<double>(members.size() * others.size());
  const auto at_or_over = [](const std::vector<double>& side, double t) {
    return static_cast<double>(std::count_if(side.begin(), side.end(), [&](double s) { return s >= t; }));
  };
  for (const double m : members) {
    figures.average_precision += at_or_over(members, m) / (at_or_over(members, m) + at_or_over(others, m));
  }
  figures.average_precision /= static_cast<double>(members.size());
  for (std::size_t k = 0; k < kMembershipFpr.size(); ++k) {
    for (const double t : sample.score) {
      if (at_or_over(others, t) / static_cast<double>(others.size()) > kMembershipFpr[k]) continue;
      figures.tpr[k] = std::max(figures.tpr[k], at_or_over(members, t) / static_cast<double>(members.size()));
    }
  }
  return figures;
}

TEST(Ranking, AgreesWithTheDefinitions) {
  Rng rng(3);
  for (const bool tied : {false, true}) {
    for (int repetition = 0; repetition < 20; ++repetition) {
      const Sample sample = people_sample(2 + uniform_index(rng, 20), 2 + uniform_index(rng, 120), 0.7, 0.5, tied, rng);
      std::vector<std::uint32_t> weight(sample.members + sample.nonmembers, 1);
      if (repetition > 0)
        draw_people(derive_seed(1, "test", static_cast<std::uint64_t>(repetition)), sample.members, weight);
      const RankingFigures expected = literal(sample, weight);
      const RankingFigures got = Ranking(sample).figures(weight);
      EXPECT_NEAR(got.auc, expected.auc, 1e-12);
      EXPECT_NEAR(got.average_precision, expected.average_precision, 1e-12);
      for (std::size_t k = 0; k < kMembershipFpr.size(); ++k) {
        // Where every unit of the scores' draw is absent from a side, thresholds of absent units change nothing.
        EXPECT_NEAR(got.tpr[k], expected.tpr[k], 1e-12);
      }
    }
  }
}

TEST(Ranking, RankSumsGiveTheSameAuc) {
  Rng rng(4);
  const Sample sample = people_sample(30, 40, 0.5, 0.5, true, rng);
  const Ranking ranking(sample);
  std::vector<std::uint8_t> is_member(70, 0);
  std::fill_n(is_member.begin(), 30, std::uint8_t{1});
  const auto auc = [&] {
    const Ranking::Wins wins = ranking.wins_if(is_member);
    return wins.won / wins.pairs;
  };
  EXPECT_NEAR(auc(), ranking.figures().auc, 1e-12);
  std::reverse(is_member.begin(), is_member.end());
  Sample swapped = sample;
  for (auto& person : swapped.person) person = 69 - person;
  EXPECT_NEAR(auc(), Ranking(swapped).figures().auc, 1e-12);
}

TEST(Ranking, EqualScoresSayNothing) {
  const Sample sample{.score = std::vector<double>(50, 0.25),
                      .person =
                          [] {
                            std::vector<std::uint32_t> person(50);
                            for (std::uint32_t i = 0; i < 50; ++i) person[i] = i;
                            return person;
                          }(),
                      .members = 20,
                      .nonmembers = 30};
  const MembershipMetrics metrics = measure(sample, {.bootstrap = 200, .permutations = 199});
  EXPECT_EQ(metrics.auc.value, 0.5);
  EXPECT_EQ(metrics.auc.interval.low, 0.5);
  EXPECT_EQ(metrics.auc.interval.high, 0.5);
  EXPECT_EQ(metrics.tpr[0].value, 0);
  EXPECT_EQ(metrics.p, 1);
  EXPECT_NEAR(metrics.average_precision.value, 0.4, 1e-12);
}

// A handful of non-members at the top decides a TPR at a low FPR; one more might have stood there.
TEST(Ranking, TprIntervalsKnowWhatTheSampleMissed) {
  Rng rng(11);
  const Sample sample = people_sample(40, 200, 1.5, 0.2, false, rng);
  const MembershipMetrics metrics = measure(sample, {.bootstrap = 500, .permutations = 99});
  EXPECT_EQ(metrics.tpr[0].interval.low, 0);  // 0.1% of 600 non-members' units is less than one of them
  EXPECT_GT(metrics.tpr[1].value, 0);
  EXPECT_LT(metrics.tpr[1].interval.low, metrics.tpr[1].value);
  EXPECT_GT(metrics.tpr[1].interval.high, metrics.tpr[1].value);
}

TEST(Ranking, PermutationStaysWithinStrata) {
  // In each ranking the only member wins all; 1 of 5 labellings of each does, 1 of 25 of both.
  const Sample one{.score = {5, 4, 3, 2, 1}, .person = {0, 1, 2, 3, 4}, .members = 1, .nonmembers = 4};
  const std::vector<Ranking> two = {Ranking(one), Ranking(one)};
  EXPECT_NEAR(permutation_p(two, {.permutations = 50'000}), 0.04, 0.004);
  EXPECT_NEAR(permutation_p({two.data(), 1}, {.permutations = 50'000}), 0.2, 0.008);
}

TEST(Ranking, PerfectSeparationHasTheSmallestP) {
  Sample sample{.score = {}, .person = {}, .members = 20, .nonmembers = 20};
  for (std::uint32_t p = 0; p < 40; ++p) {
    sample.score.push_back(-static_cast<double>(p));
    sample.person.push_back(p);
  }
  const MembershipMetrics metrics = measure(sample, {.bootstrap = 200, .permutations = 999});
  EXPECT_EQ(metrics.auc.value, 1);
  EXPECT_EQ(metrics.tpr[0].value, 1);
  EXPECT_DOUBLE_EQ(metrics.p, 1.0 / 1000);
  const std::vector<RocPoint> roc = Ranking(sample).roc();
  EXPECT_EQ(roc.front().tpr, 0);
  EXPECT_EQ(roc[20].fpr, 0);
  EXPECT_EQ(roc[20].tpr, 1);
  EXPECT_EQ(roc.back().fpr, 1);
}

TEST(Ranking, ResultsDoNotDependOnThreads) {
  Rng rng(5);
  const Sample sample = people_sample(30, 40, 0.5, 0.5, false, rng);
  const MembershipMetrics one = measure(sample, {.bootstrap = 300, .permutations = 999, .seed = 9, .threads = 1});
  const MembershipMetrics five = measure(sample, {.bootstrap = 300, .permutations = 999, .seed = 9, .threads = 5});
  EXPECT_EQ(one.auc.interval.low, five.auc.interval.low);
  EXPECT_EQ(one.average_precision.interval.high, five.average_precision.interval.high);
  EXPECT_EQ(one.p, five.p);
}

// Kolmogorov's distance of p-values to the uniform law, times sqrt(n); 1.63 is its 99% point.
double scaled_ks(std::vector<double> p) {
  std::sort(p.begin(), p.end());
  double distance = 0;
  const auto n = static_cast<double>(p.size());
  for (std::size_t i = 0; i < p.size(); ++i) {
    distance = std::max({distance, static_cast<double>(i + 1) / n - p[i], p[i] - static_cast<double>(i) / n});
  }
  return distance * std::sqrt(n);
}

void expect_uniform_p(int repetitions) {
  std::vector<double> p;
  for (int r = 0; r < repetitions; ++r) {
    Rng rng(derive_seed(6, "null", static_cast<std::uint64_t>(r)));
    const Sample sample = people_sample(25, 35, 0, 0.3, false, rng);
    p.push_back(measure(sample, {.bootstrap = 100, .permutations = 999, .seed = static_cast<std::uint64_t>(r)}).p);
  }
  EXPECT_LT(scaled_ks(p), 1.63);
}

TEST(Ranking, PermutationPIsUniformUnderTheNull) { expect_uniform_p(300); }

TEST(RankingLong, PermutationPIsUniformUnderTheNull) {
  if (std::getenv("SEMBLANCE_LONG_TESTS") == nullptr) GTEST_SKIP() << "set SEMBLANCE_LONG_TESTS";
  expect_uniform_p(3000);
}

// Several photographs a person, who resemble each other: the interval must know that.
TEST(RankingLong, BootstrapIntervalsCover) {
  if (std::getenv("SEMBLANCE_LONG_TESTS") == nullptr) GTEST_SKIP() << "set SEMBLANCE_LONG_TESTS";
  for (const double apart : {0.0, 1.0, 2.0}) {
    Rng rng(7);
    const RankingFigures truth = Ranking(people_sample(60'000, 60'000, apart, 0.5, false, rng)).figures();
    int covered_auc = 0;
    int covered_ap = 0;
    int covered_tpr = 0;
    constexpr int kRepetitions = 2000;
    for (int r = 0; r < kRepetitions; ++r) {
      Rng own(derive_seed(8, "coverage", static_cast<std::uint64_t>(r)));
      const Sample sample = people_sample(200, 200, apart, 0.5, false, own);
      const auto m = measure(sample, {.bootstrap = 1000, .permutations = 99, .seed = static_cast<std::uint64_t>(r)});
      const auto covers = [](const MembershipEstimate& e, double t) {
        return e.interval.low <= t && t <= e.interval.high;
      };
      covered_auc += covers(m.auc, truth.auc) ? 1 : 0;
      covered_ap += covers(m.average_precision, truth.average_precision) ? 1 : 0;
      covered_tpr += covers(m.tpr[1], truth.tpr[1]) ? 1 : 0;
    }
    const auto record = [&](const char* what, int covered) {
      RecordProperty(
          "coverage of " + std::string(what) + ", groups " + std::to_string(static_cast<int>(apart)) + " apart",
          std::to_string(covered / double{kRepetitions}));
    };
    record("AUC", covered_auc);
    record("average precision", covered_ap);
    record("TPR at FPR 1%", covered_tpr);
    for (const int covered : {covered_auc, covered_ap, covered_tpr}) EXPECT_GE(covered, 0.93 * kRepetitions) << apart;
    for (const int covered : {covered_auc, covered_ap}) EXPECT_LE(covered, 0.97 * kRepetitions) << apart;
    EXPECT_LE(covered_tpr, 0.98 * kRepetitions) << apart;  // its limits lean outwards
  }
}

TEST(PersonScores, MeanAndMaxLeaveOutWhatHasNoScore) {
  const double none = std::nan("");
  const PersonScores scores = by_person({1, 3, none, none, 5}, {0, 0, 0, 1, 2}, 3);
  EXPECT_EQ(scores.mean[0], 2);
  EXPECT_EQ(scores.max[0], 3);
  EXPECT_TRUE(std::isnan(scores.mean[1]));
  EXPECT_EQ(scores.max[2], 5);
  const Sample sample = sample_of({1, 3, none, none, 5}, {0, 0, 0, 1, 2}, 2, 3);
  EXPECT_EQ(sample.members, 1U);
  EXPECT_EQ(sample.nonmembers, 1U);
  EXPECT_EQ(sample.person, (std::vector<std::uint32_t>{0, 0, 1}));
}

TEST(Spearman, AgreesWithHandAndRepeatsByWeight) {
  const std::vector<double> x = {1, 2, 2, 4, 5};
  const std::vector<double> y = {2, 1, 3, 5, 4};
  EXPECT_NEAR(spearman(x, y, std::vector<std::uint32_t>(5, 1)), 0.7181848464596079, 1e-14);  // scipy.stats.spearmanr
  const std::vector<std::uint32_t> weight = {2, 0, 1, 3, 1};
  const std::vector<double> long_x = {1, 1, 2, 4, 4, 4, 5};
  const std::vector<double> long_y = {2, 2, 3, 5, 5, 5, 4};
  EXPECT_NEAR(spearman(x, y, weight), spearman(long_x, long_y, std::vector<std::uint32_t>(7, 1)), 1e-14);
  EXPECT_TRUE(std::isnan(spearman({1, 1, 1}, {1, 2, 3}, std::vector<std::uint32_t>(3, 1))));
}

TEST(SpearmanLong, IntervalsCover) {
  if (std::getenv("SEMBLANCE_LONG_TESTS") == nullptr) GTEST_SKIP() << "set SEMBLANCE_LONG_TESTS";
  // Bivariate normal: rho_s = 6/pi asin(rho/2).
  const double rho = 0.5;
  const double truth = 6 / 3.14159265358979323846 * std::asin(rho / 2);
  int covered = 0;
  constexpr int kRepetitions = 2000;
  for (int r = 0; r < kRepetitions; ++r) {
    Rng rng(derive_seed(9, "spearman", static_cast<std::uint64_t>(r)));
    std::vector<double> x;
    std::vector<double> y;
    for (int i = 0; i < 200; ++i) {
      x.push_back(normal(rng));
      y.push_back(rho * x.back() + std::sqrt(1 - rho * rho) * normal(rng));
    }
    const auto e = spearman_with_interval(x, y, {.bootstrap = 1000, .seed = static_cast<std::uint64_t>(r)});
    covered += e.interval.low <= truth && truth <= e.interval.high ? 1 : 0;
  }
  RecordProperty("coverage of Spearman's rho", std::to_string(covered / double{kRepetitions}));
  EXPECT_GE(covered, 0.93 * kRepetitions);
  EXPECT_LE(covered, 0.97 * kRepetitions);
}

}  // namespace
}  // namespace semblance::membership_stage
