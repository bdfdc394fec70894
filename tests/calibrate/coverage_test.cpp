// Do 95% intervals hold the truth 93 to 97 times in 100?

#include <gtest/gtest.h>

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <set>

#include "base/parallel.hpp"
#include "calibrate/world.hpp"
#include "semblance/calibrate.hpp"

namespace semblance {
namespace {

using namespace calibrate_test;

struct Tally {
  std::uint64_t held = 0, over = 0, under = 0;
  [[nodiscard]] double coverage() const { return static_cast<double>(held) / static_cast<double>(held + over + under); }
};
using Tallies = std::map<std::string, Tally>;

void note(Tallies& tallies, const std::string& what, double truth, double low, double high) {
  Tally& tally = tallies[what];
  if (truth < low) {
    ++tally.under;
  } else if (truth > high) {
    ++tally.over;
  } else {
    ++tally.held;
  }
}

const std::vector<double> kLevels{0.1, 1e-2, 1e-3, 3e-4, 1e-4};

Tallies one_set(const World& world, const Truth& truth, std::size_t people, std::uint64_t seed) {
  Engine rng(seed);
  const EmbeddingSet set = sample(world, people, rng);
  CalibrateOptions options;
  options.threads = 1;
  options.bootstrap = 200;
  options.fmr = {1e-2, 1e-3, 1e-4, 1e-5};
  options.seed = seed;
  for (const double level : kLevels) options.at.push_back(truth.score_at_fmr(level));
  const Calibration c = calibrate(set, options);
  Tallies tallies;
  for (std::size_t k = 0; k < kLevels.size(); ++k) {
    for (const CurvePoint& p : c.curve) {
      if (p.score != options.at[k]) continue;
      const std::string at = fmt::format(" at FMR {:g}", kLevels[k]);
      note(tallies, "fmr" + at, truth.fmr(p.score), p.fmr.low, p.fmr.high);
      note(tallies, "fnmr" + at, truth.fnmr(p.score), p.fnmr->low, p.fnmr->high);
    }
  }
  for (const CalibratedThreshold& t : c.thresholds) {
    const std::string at = fmt::format(" {:g}", t.fmr_target);
    const double score = truth.score_at_fmr(t.fmr_target);
    if (t.evidence == Evidence::measured) {
      note(tallies, "threshold" + at, score, t.score.low, t.score.high);
      note(tallies, "tar" + at, 1 - truth.fnmr(score), t.tar->low, t.tar->high);
    }
    if (t.extrapolated) note(tallies, "tail" + at, score, t.extrapolated->low, t.extrapolated->high);
  }
  note(tallies, "eer", truth.eer(), c.eer->low, c.eer->high);
  note(tallies, "auc", truth.auc(), c.auc->low, c.auc->high);
  note(tallies, "d'", truth.d_prime(), c.d_prime->low, c.d_prime->high);
  note(tallies, "mean mated", truth.mean(true), c.mated_mean->low, c.mated_mean->high);
  note(tallies, "mean non-mated", truth.mean(false), c.non_mated_mean->low, c.non_mated_mean->high);
  return tallies;
}

Tallies many_sets(const World& world, std::size_t people, std::size_t repetitions) {
  Engine rng(4711);
  const Truth truth(world, 120'000, 1'000, rng);
  std::vector<Tallies> parts(repetitions);
  parallel_for(repetitions, 0, [&](std::size_t r, unsigned) { parts[r] = one_set(world, truth, people, 100 + r); });
  Tallies all;
  for (const Tallies& part : parts) {
    for (const auto& [what, tally] : part) {
      all[what].held += tally.held;
      all[what].over += tally.over;
      all[what].under += tally.under;
    }
  }
  return all;
}

// Repetitions and people a set; SEMBLANCE_COVERAGE_REPETITIONS shortens a look at the figures. `degenerate`: quantities
// on which single people have no effect in this world (a degenerate U-statistic). Its variance is that of pairs alone,
// and a variance of people that is estimated around 0 and can't be negative makes their intervals too wide.
void expect_coverage(const char* name, const World& world, std::size_t people, double lowest,
                     const std::set<std::string>& degenerate = {}) {
  if (std::getenv("SEMBLANCE_LONG_TESTS") == nullptr) GTEST_SKIP() << "minutes; SEMBLANCE_LONG_TESTS runs it";
  const char* wanted = std::getenv("SEMBLANCE_COVERAGE_REPETITIONS");
  const std::size_t repetitions = wanted != nullptr ? std::stoul(wanted) : 1000;
  const Tallies all = many_sets(world, people, repetitions);
  for (const auto& [what, tally] : all) {
    const auto n = static_cast<double>(tally.held + tally.over + tally.under);
    std::printf("%s: %-24s %.3f  truth over %.3f, under %.3f\n", name, what.c_str(), tally.coverage(),
                static_cast<double>(tally.over) / n, static_cast<double>(tally.under) / n);
    ::testing::Test::RecordProperty(what, fmt::format("{:.4f} of {:.0f}", tally.coverage(), n));
    // Where a quantity exists in some sets only, it is conditioned on what it should be free of.
    if (n < static_cast<double>(repetitions) || what.starts_with("tail")) continue;
    const double error = 3 * std::sqrt(0.95 * 0.05 / n);
    EXPECT_GE(tally.coverage(), lowest - error) << what;
    // Of a rate so near 0 that no interval lies above it, more than 95 in 100 hold it, and that is right.
    if (tally.over > 0 && tally.under > 0 && !degenerate.contains(what)) {
      EXPECT_LE(tally.coverage(), 0.97 + error) << what;
    }
  }
}

TEST(CalibrationCoverageLong, PeopleMuchAlikeInHowOftenTheyMatch) {
  World world;
  world.offset = 0;
  expect_coverage("alike", world, 200, 0.93, {"mean non-mated", "auc"});
}

TEST(CalibrationCoverageLong, AFewPeopleLikeMany) {
  World world;
  world.offset = 0.2;
  expect_coverage("few like many", world, 400, 0.93);
}

}  // namespace
}  // namespace semblance
