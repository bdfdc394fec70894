// Every metric against the sample reports' numbers, and what decides when matchers differ.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "report/sample/models.hpp"
#include "semblance/error.hpp"
#include "semblance/gate.hpp"

namespace semblance {
namespace {

using ::testing::HasSubstr;
using State = GateOutcome::State;

GateOutcome outcome(const ReportModel& model, const std::string& text, bool allow_missing = false) {
  const GateResult result = evaluate_gate(model, {parse_gate_condition(text)}, allow_missing);
  const State state = result.outcomes.front().state;
  EXPECT_EQ(result.passed, state == State::passed || state == State::skipped) << text;
  return result.outcomes.front();
}

double value(const ReportModel& model, const std::string& name) {
  return std::get<double>(outcome(model, name + " > -1e300").value);
}

TEST(GateMetrics, AreTheReportsNumbers) {
  const ReportModel m = sample::found();
  EXPECT_EQ(value(m, "p"), 1e-4);
  EXPECT_EQ(value(m, "leaked_identities@fdr1"), 0);
  EXPECT_EQ(value(m, "leaked_identities@fdr5"), 40);
  EXPECT_EQ(value(m, "leaked_images@fdr1"), 40);
  EXPECT_EQ(value(m, "leak_rate"), 0.0203);
  EXPECT_EQ(value(m, "leak_rate_low"), 0.0142);
  EXPECT_EQ(value(m, "leak_rate_high"), 0.0281);
  EXPECT_EQ(value(m, "leak_rate_upper95"), 0.027);
  EXPECT_EQ(value(m, "minimum_detectable"), 0.0025);
  EXPECT_EQ(value(m, "pairs@fmr1e-5"), 665);  // 1.01 of the 500 that chance gives, and 4 of each of 40 people
  EXPECT_NEAR(value(m, "excess_pairs@fmr1e-5"), 665 - 495, 1e-9);
  EXPECT_EQ(value(m, "best_score"), 0.82);
  EXPECT_EQ(value(m, "hubs_fired"), 0);
  EXPECT_EQ(value(m, "hub_share"), 0.061);
  EXPECT_EQ(value(m, "control_fired"), 0);
  EXPECT_EQ(value(m, "bias_fired"), 0);
  EXPECT_EQ(value(m, "overlaps"), 1);
  EXPECT_EQ(value(m, "rejected_share"), 3.0 / 5003);
  EXPECT_EQ(value(m, "removal"), 40);
  EXPECT_EQ(outcome(m, "verdict == found").state, State::failed);
  EXPECT_EQ(outcome(m, "verdict == no-control").state, State::passed);
  EXPECT_EQ(outcome(m, "verdict != not-found").state, State::failed);

  const ReportModel two = sample::two_matchers();
  EXPECT_EQ(value(two, "consensus_identities@fdr5"), 36);
  EXPECT_EQ(value(two, "near_copies[matcher=arcface-r50]"), 450);
  EXPECT_EQ(value(two, "near_copy_people[matcher=arcface-r50]"), 40);
}

TEST(GateMetrics, EveryOneIsListedAndCanBeAskedFor) {
  for (const ReportModel& model : {sample::found(), sample::two_matchers(), sample::no_control(), sample::bare()}) {
    for (const GateMetric& row : gate_metrics(model)) {
      EXPECT_FALSE(row.meaning.empty());
      EXPECT_NE(row.missing.empty(), std::holds_alternative<std::monostate>(row.value)) << row.name;
      if (std::holds_alternative<std::monostate>(row.value)) continue;
      const std::string of = row.matcher.empty() ? std::string() : "[matcher=\"" + row.matcher + "\"]";
      const bool word = std::holds_alternative<std::string>(row.value);
      const GateOutcome asked = outcome(model, row.name + of + (word ? " == no-control" : " > 0"));
      EXPECT_EQ(asked.value, row.value) << row.name;
    }
  }
}

TEST(GateMetrics, GuardsThatFireAreOnes) {
  ReportModel m = sample::found();
  m.matchers[0].guards.train.fires = true;
  m.matchers[0].guards.control->fires = true;
  m.matchers[0].guards.matcher_bias->fires = true;
  EXPECT_EQ(value(m, "hubs_fired"), 1);
  EXPECT_EQ(value(m, "control_fired"), 1);
  EXPECT_EQ(value(m, "bias_fired"), 1);
}

TEST(GateMetrics, AnImageToRemoveCountsOnceForAllMatchers) {
  ReportModel m = sample::two_matchers();
  m.removal.push_back(m.removal.front());
  m.removal.back().matcher = "adaface-r100";
  m.removal.push_back(m.removal.back());
  m.removal.back().id = "another";
  EXPECT_EQ(value(m, "removal"), 41);
  EXPECT_EQ(value(m, "removal[matcher=arcface-r50]"), 40);
  EXPECT_EQ(value(m, "removal[matcher=adaface-r100]"), 2);
}

TEST(GateEvaluation, TheMatcherThatFailsDecides) {
  const ReportModel m = sample::two_matchers();  // 40 people by arcface-r50, 36 by adaface-r100
  const auto decided = [&](const char* text) {
    const GateOutcome o = outcome(m, text);
    return std::pair(o.state, o.matcher);
  };
  EXPECT_EQ(decided("leaked_identities@fdr5 > 38"), std::pair(State::failed, std::string("arcface-r50")));
  EXPECT_EQ(decided("leaked_identities@fdr5 > 40"), std::pair(State::passed, std::string("arcface-r50")));
  EXPECT_EQ(decided("leaked_identities@fdr5 < 38"), std::pair(State::failed, std::string("adaface-r100")));
  EXPECT_EQ(decided("leaked_identities@fdr5 <= 35"), std::pair(State::passed, std::string("adaface-r100")));
  EXPECT_EQ(decided("leaked_identities@fdr5 == 36"), std::pair(State::failed, std::string("adaface-r100")));
  EXPECT_EQ(decided("leaked_identities@fdr5 != 40"), std::pair(State::failed, std::string("adaface-r100")));
  EXPECT_EQ(decided("leaked_identities@fdr5[matcher=adaface-r100] > 36"),
            std::pair(State::passed, std::string("adaface-r100")));
  EXPECT_EQ(outcome(m, "leaked_identities@fdr5 > 38").reason,
            "leaked_identities@fdr5 by matcher arcface-r50 is 40; > 38 holds.");
  EXPECT_EQ(outcome(m, "p > 0.5").reason, "p is 0.0001; > 0.5 does not hold.");
}

TEST(GateEvaluation, BoundsAreExact) {
  const ReportModel m = sample::found();
  EXPECT_EQ(outcome(m, "leaked_identities@fdr5 > 40").state, State::passed);
  EXPECT_EQ(outcome(m, "leaked_identities@fdr5 >= 40").state, State::failed);
  EXPECT_EQ(outcome(m, "leaked_identities@fdr5 < 40").state, State::passed);
  EXPECT_EQ(outcome(m, "leaked_identities@fdr5 <= 40").state, State::failed);
  EXPECT_EQ(outcome(m, "leak_rate_upper95 > 2.7%").state, State::passed);
  EXPECT_EQ(outcome(m, "leak_rate_upper95 >= 2.7%").state, State::failed);
}

TEST(GateEvaluation, WhatTheReportLacksFailsUnlessAllowed) {
  const ReportModel plain = sample::no_control();
  for (const char* text :
       {"leaked_identities@fdr5 > 0", "leaked_images@fdr5 > 0", "leak_rate > 0", "p < 0.01", "minimum_detectable > 0.5",
        "excess_pairs@fmr1e-3 > 1e9", "removal > 0", "control_fired > 0"}) {
    const GateOutcome strict = outcome(plain, text);
    EXPECT_EQ(strict.state, State::missing) << text;
    EXPECT_THAT(strict.reason, HasSubstr("no hold-out set")) << text;
    EXPECT_EQ(outcome(plain, text, true).state, State::skipped) << text;
  }
  EXPECT_THAT(outcome(sample::found(), "near_copies > 0").reason, HasSubstr("no pictures were given"));
  EXPECT_THAT(outcome(sample::found(), "consensus_identities@fdr5 > 0").reason, HasSubstr("single matcher"));
  ReportModel small = sample::not_found();
  small.matchers[0].leak_rate->minimum_detectable.reset();
  EXPECT_THAT(outcome(small, "minimum_detectable > 5%").reason, HasSubstr("too small to find even"));
  ReportModel odd = sample::found();
  odd.matchers[0].leak_rate->estimate = std::nan("");
  EXPECT_EQ(outcome(odd, "leak_rate > 1").state, State::missing);
}

TEST(GateEvaluation, AVerdictThatWasNotReachedPassesNothing) {
  const ReportModel plain = sample::no_control();
  EXPECT_EQ(outcome(plain, "verdict == found").state, State::missing);
  EXPECT_EQ(outcome(plain, "verdict != not-found").state, State::failed);
  EXPECT_EQ(outcome(plain, "verdict == no-control").state, State::failed);
}

TEST(GateEvaluation, CopiesThatNobodyCouldSeePassNothing) {
  ReportModel m = sample::two_matchers();
  auto& copies = *m.matchers[0].guards.near_copies;
  copies.pairs = copies.people = {.checked = 0, .near_copies = 0};
  EXPECT_EQ(outcome(m, "near_copies[matcher=arcface-r50] > 0").state, State::missing);
  EXPECT_EQ(outcome(m, "near_copy_people[matcher=arcface-r50] > 0").state, State::missing);
  copies.unreadable = 0;
  EXPECT_EQ(outcome(m, "near_copies[matcher=arcface-r50] > 0").state, State::passed);
}

TEST(GateEvaluation, OneMatcherWithoutAValueIsMissedUnlessAnotherFails) {
  ReportModel m = sample::two_matchers();  // only the first was shown pictures
  EXPECT_EQ(outcome(m, "near_copies > 1000").state, State::missing);
  EXPECT_EQ(outcome(m, "near_copies > 1000").matcher, "adaface-r100");
  EXPECT_EQ(outcome(m, "near_copies > 100").state, State::failed);
  EXPECT_EQ(outcome(m, "near_copies > 100", true).state, State::failed);
  EXPECT_EQ(outcome(m, "near_copies[matcher=arcface-r50] > 1000").state, State::passed);
}

TEST(GateEvaluation, UnknownLevelsAndMatchersAreErrors) {
  const auto refusal = [](const ReportModel& model, const char* text) -> std::string {
    try {
      (void)evaluate_gate(model, {parse_gate_condition(text)}, true);
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::usage);
      return error.message();
    }
    return "was judged";
  };
  EXPECT_THAT(refusal(sample::found(), "leaked_identities@fdr10 > 0"), HasSubstr("use one of @fdr1 @fdr5"));
  EXPECT_THAT(refusal(sample::no_control(), "pairs@fmr1e-7 > 0"), HasSubstr("@fmr1e-08"));
  EXPECT_THAT(refusal(sample::two_matchers(), "p[matcher=facenet] > 0"),
              HasSubstr("has no matcher 'facenet'; it has 'arcface-r50', 'adaface-r100'"));
}

TEST(GateEvaluation, WeakThresholdsAreSaidToBe) {
  EXPECT_THAT(outcome(sample::found(), "pairs@fmr1e-8 > 1000").reason,
              HasSubstr("lies just above all non-mated pairs"));
}

TEST(GateEvaluation, OneFailureFailsAll) {
  const std::vector<GateCondition> conditions = {parse_gate_condition("removal > 100"),
                                                 parse_gate_condition("verdict == found"),
                                                 parse_gate_condition("overlaps > 10")};
  const GateResult result = evaluate_gate(sample::found(), conditions, false);
  EXPECT_FALSE(result.passed);
  ASSERT_EQ(result.outcomes.size(), 3U);
  EXPECT_EQ(result.outcomes[0].state, State::passed);
  EXPECT_EQ(result.outcomes[1].state, State::failed);
  EXPECT_EQ(result.outcomes[2].state, State::passed);
  EXPECT_TRUE(evaluate_gate(sample::found(), {}, false).passed);
}

}  // namespace
}  // namespace semblance
