#include <gtest/gtest.h>

#include "assess/oracle_values.hpp"
#include "semblance/assess.hpp"

namespace semblance {
namespace {

void expect_near(const std::vector<double>& ours, const std::vector<double>& theirs) {
  ASSERT_EQ(ours.size(), theirs.size());
  for (std::size_t i = 0; i < ours.size(); ++i) EXPECT_NEAR(ours[i], theirs[i], 1e-12) << i;
}

TEST(BenjaminiHochberg, AgreesWithStatsmodels) {
  for (const auto& c : oracle::kAdjusted) expect_near(benjamini_hochberg(c.p), c.benjamini_hochberg);
}

TEST(Holm, AgreesWithStatsmodels) {
  for (const auto& c : oracle::kAdjusted) expect_near(holm(c.p), c.holm);
}

TEST(AdjustedP, NoneGiveNone) {
  EXPECT_TRUE(benjamini_hochberg({}).empty());
  EXPECT_TRUE(holm({}).empty());
}

}  // namespace
}  // namespace semblance
