#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <fstream>

#include "base/temp_folder.hpp"
#include "calibrate/world.hpp"
#include "semblance/calibrate.hpp"
#include "semblance/error.hpp"

namespace semblance {
namespace {

using namespace calibrate_test;
using semblance::testing::TempFolder;

CalibrateOptions quick() {
  CalibrateOptions options;
  options.bootstrap = 100;
  options.threads = 1;
  options.matcher = "one";
  options.matcher_sha256 = std::string(64, 'a');
  return options;
}

Calibration measured() {
  Engine rng(3);
  return calibrate(sample(World{}, 60, rng), quick());
}

TEST(CalibrationFile, ReadsBackAsItWas) {
  const TempFolder folder;
  const Calibration written = measured();
  ASSERT_TRUE(written.tail && written.eer && !written.thresholds.empty());
  const auto file = folder.path() / "cal.json";
  write_calibration(written, file, false);
  EXPECT_EQ(calibration_json(read_calibration(file)), calibration_json(written));
  EXPECT_THROW(write_calibration(written, file, false), Error);
  write_calibration(written, file, true);
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder.path()), {}), 1);
}

TEST(CalibrationFile, RefusesWhatIsNotOne) {
  const TempFolder folder;
  const auto file = folder.path() / "cal.json";
  for (const char* text :
       {"", "[]", "{\"schema\": \"semblance-report/1\"}", "{\"schema\": \"semblance-calibration/1\"}"}) {
    std::ofstream(file) << text;
    try {
      read_calibration(file);
      FAIL() << text;
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::input);
      EXPECT_EQ(error.subject(), file.string());
    }
  }
  EXPECT_THROW(read_calibration(folder.path() / "none.json"), Error);
}

TEST(CalibrationMatch, RefusesAnotherMatcherOrComparison) {
  const Calibration c = measured();
  const MatcherFacts same{.name = "one", .sha256 = std::string(64, 'a'), .dimension = 24};
  EXPECT_EQ(check_calibration_matches(c, same, "cal.json"), "");
  const auto refused = [&](MatcherFacts facts) {
    try {
      check_calibration_matches(c, facts, "cal.json");
      return false;
    } catch (const Error& error) {
      return error.code() == ErrorCode::input && error.subject() == "cal.json";
    }
  };
  MatcherFacts other = same;
  other.sha256 = std::string(64, 'b');
  EXPECT_TRUE(refused(other));
  other = same;
  other.name = "two";
  EXPECT_TRUE(refused(other));
  other = same;
  other.dimension = 25;
  EXPECT_TRUE(refused(other));
  other = same;
  other.comparison = Comparison::inner_product;
  EXPECT_TRUE(refused(other));
  other = same;
  other.sha256.clear();
  EXPECT_NE(check_calibration_matches(c, other, "cal.json"), "");
  other.name.clear();
  EXPECT_NE(check_calibration_matches(c, other, "cal.json"), "");
}

TEST(CalibrationUse, RatesAndScoresAreEachOthersInverse) {
  const Calibration c = measured();
  for (const CurvePoint& p : c.curve) {
    const auto fmr = calibrated_fmr(c, p.score);
    if (p.fmr.errors > 0) {
      ASSERT_TRUE(fmr);
      EXPECT_EQ(fmr->fmr, p.fmr.rate);
      EXPECT_EQ(fmr->evidence, Evidence::measured);
    } else if (fmr) {
      EXPECT_EQ(fmr->evidence, Evidence::extrapolated);
    }
  }
  for (const CalibratedThreshold& t : c.thresholds) EXPECT_EQ(calibrated_score(c, t.fmr_target)->score, t.score.value);
  const auto between = calibrated_score(c, 0.0123);
  ASSERT_TRUE(between);
  EXPECT_LE(calibrated_fmr(c, between->score)->fmr, 0.0123);
  ASSERT_TRUE(c.tail->fits);
  const auto beyond = calibrated_score(c, 1e-9);
  ASSERT_TRUE(beyond);
  EXPECT_EQ(beyond->evidence, Evidence::extrapolated);
  EXPECT_NEAR(c.tail->fmr(beyond->score), 1e-9, 1e-18);
}

TEST(Calibrate, RefusesUnlabelledSetsAndOnePerson) {
  Engine rng(1);
  EmbeddingSet set = sample(World{}, 5, rng);
  set.labelled = false;
  EXPECT_THROW(calibrate(set, quick()), Error);
  World world;
  world.fewest = world.most = 3;
  EXPECT_THROW(calibrate(sample(world, 1, rng), quick()), Error);
}

TEST(Calibrate, IsTheSameForAnyNumberOfThreads) {
  Engine rng(8);
  const EmbeddingSet set = sample(World{}, 50, rng);
  CalibrateOptions options = quick();
  // A short list sends most of the curve through the histogram and the pass over people.
  options.top_scores = 500;
  const std::string one = calibration_json(calibrate(set, options));
  options.threads = 3;
  EXPECT_EQ(calibration_json(calibrate(set, options)), one);
}

TEST(Calibrate, ASampleOfPeopleGivesTheWidthOfAll) {
  Engine rng(21);
  const EmbeddingSet set = sample(World{}, 300, rng);
  CalibrateOptions options = quick();
  options.at = {0.25};
  const auto fmr_at = [&](const CalibrateOptions& with) {
    const Calibration c = calibrate(set, with);
    for (const CurvePoint& p : c.curve) {
      if (std::abs(p.score - 0.25) < 1e-3) return p.fmr;
    }
    throw std::runtime_error("no point at 0.25");
  };
  const ErrorRate all = fmr_at(options);
  options.top_scores = 200;
  options.direct_rows = 350;
  const ErrorRate sampled = fmr_at(options);
  EXPECT_NEAR(sampled.rate / all.rate, 1, 0.02);
  EXPECT_NEAR((sampled.high - sampled.low) / (all.high - all.low), 1, 0.35);
}

}  // namespace
}  // namespace semblance
