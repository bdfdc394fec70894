// The second look finds what a pass would have lost.

#include "score/verify.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cases.hpp"
#include "semblance/error.hpp"

namespace semblance {
namespace {

using oracle::Set;
using scoring::Side;

constexpr std::uint64_t kEnough = 20'000;  // draws, of 40 x 30 pairs

class Verify : public testing::Test {
 protected:
  Set a = cases::ordinary(40, 16, 1);
  Set b = cases::ordinary(30, 16, 2, &a);
  SinkRequest request = [] {
    SinkRequest all;
    all.top_pairs = 20;
    all.threshold = 0.5;
    all.row_bests = 2;
    all.column_bests = 2;
    all.identity_bests_a = all.identity_bests_b = true;
    return all;
  }();
  ScoreResult result = score(a.side(), b.side(), request, {});

  void look() {
    const Side left(a.side(), Comparison::cosine, 1, "A");
    const Side right(b.side(), Comparison::cosine, 1, "B");
    scoring::verify(left, right, request, result, kEnough, 1, {});
  }
  void expect_found(const char* list) {
    try {
      look();
      FAIL() << list;
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::internal);
      EXPECT_THAT(error.what(), testing::HasSubstr(list));
    }
  }
};

TEST_F(Verify, IsContentWithAWholeResult) { EXPECT_NO_THROW(look()); }

TEST_F(Verify, FindsAPairThatAListLacks) {
  const ScoreResult whole = result;
  result.top_pairs.erase(result.top_pairs.begin() + 3);
  expect_found("top pairs");
  result = whole;
  result.over_threshold.pop_back();
  expect_found("over the threshold");
  result = whole;
  result.row_bests[10].score -= 0.5;
  expect_found("row bests");
  result = whole;
  result.column_bests[4].score -= 0.5;
  expect_found("column bests");
  result = whole;
  result.identity_bests_b[2].score -= 0.5;
  expect_found("identity bests");
}

TEST_F(Verify, LooksAtSelfComparisonsToo) {
  SinkRequest best;
  best.top_pairs = 20;
  SelfScoreResult self = score_self(a.side(), best, {.verify = kEnough});
  EXPECT_EQ(self.certificate.verified, kEnough);
  const Side side(a.side(), Comparison::cosine, 1, "A");
  self.top_non_mated.erase(self.top_non_mated.begin() + 7);
  EXPECT_THROW(scoring::verify(side, best, self, kEnough, 1, {}), Error);
}

}  // namespace
}  // namespace semblance
