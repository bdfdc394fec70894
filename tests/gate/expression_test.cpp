// Conditions as text: what is understood, and where the rest goes wrong.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "semblance/error.hpp"
#include "semblance/gate.hpp"

namespace semblance {
namespace {

using ::testing::HasSubstr;
using Level = GateCondition::Level;
using Operator = GateCondition::Operator;

std::string refusal(const std::string& text) {
  try {
    (void)parse_gate_condition(text);
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::usage);
    EXPECT_EQ(error.subject(), "--fail-if");
    return error.message();
  }
  return "was understood";
}

TEST(GateExpression, IsUnderstood) {
  const GateCondition people = parse_gate_condition("leaked_identities@fdr5 > 0");
  EXPECT_EQ(people.expression, "leaked_identities@fdr5 > 0");
  EXPECT_EQ(people.metric, "leaked_identities");
  EXPECT_EQ(people.level, Level::fdr);
  EXPECT_EQ(people.at, 0.05);
  EXPECT_EQ(people.op, Operator::greater);
  EXPECT_EQ(std::get<double>(people.limit), 0);
  EXPECT_FALSE(people.matcher);

  const GateCondition pairs = parse_gate_condition("  excess_pairs@fmr1e-6[matcher=arcface r50 ]>=1.5e2  ");
  EXPECT_EQ(pairs.level, Level::fmr);
  EXPECT_EQ(pairs.at, 1e-6);
  EXPECT_EQ(pairs.matcher, "arcface r50");
  EXPECT_EQ(pairs.op, Operator::at_least);
  EXPECT_EQ(std::get<double>(pairs.limit), 150);

  EXPECT_EQ(std::get<double>(parse_gate_condition("leak_rate_upper95>5%").limit), 0.05);
  EXPECT_EQ(std::get<double>(parse_gate_condition("p<.01").limit), 0.01);
  EXPECT_EQ(std::get<double>(parse_gate_condition("excess_pairs@fmr0.001 < -3").limit), -3);
  EXPECT_EQ(parse_gate_condition("leaked_images@fdr0.1%!=2").at, 0.001);
  EXPECT_EQ(std::get<std::string>(parse_gate_condition("verdict != not-found").limit), "not-found");
  EXPECT_EQ(parse_gate_condition("removal<=1").op, Operator::at_most);
  EXPECT_EQ(parse_gate_condition("removal < 1").op, Operator::less);
  EXPECT_EQ(parse_gate_condition("removal==1").op, Operator::equal);
}

TEST(GateExpression, TakesAnyNameOfAMatcher) {
  EXPECT_EQ(parse_gate_condition(R"(p[matcher="a]b > \"c\" \\"] < 1)").matcher, R"(a]b > "c" \)");
  EXPECT_EQ(parse_gate_condition("p[ matcher = <b>&' ] < 1").matcher, "<b>&'");
  EXPECT_EQ(parse_gate_condition("p[matcher=\"\"] < 1").matcher, "");
  EXPECT_EQ(parse_gate_condition("p[matcher=\xff\x01] < 1").matcher, "\xff\x01");
  // Qualifiers in either order.
  EXPECT_EQ(parse_gate_condition("pairs[matcher=x]@fmr1e-3 > 1").at, 1e-3);
}

TEST(GateExpression, ErrorsNamePositionAndWayOut) {
  const std::pair<const char*, const char*> wrong[] = {
      {"", "position 1: a metric's name belongs here"},
      {"leaked_identites@fdr5 > 0",
       "position 1: there is no metric 'leaked_identites'; did you mean leaked_identities?"},
      {"leak-rate > 0", "did you mean leak_rate?"},
      {"leaked_identities > 0", "position 19: 'leaked_identities' needs a false discovery rate in percent"},
      {"pairs > 0", "'pairs' needs a false match rate, as in pairs@fmr1e-6"},
      {"pairs@fdr5 > 0", "position 6: 'pairs' is counted at a false match rate, @fmr1e-6"},
      {"leaked_images@fmr5 > 0", "is counted at a false discovery rate"},
      {"leak_rate@fdr5 > 0", "position 10: 'leak_rate' has no level"},
      {"leaked_identities@fdr > 0", "position 22: a percentage belongs here"},
      {"leaked_identities@fdr200 > 0", "not between 0 and 100"},
      {"leaked_identities@fdr0 > 0", "not between 0 and 100"},
      {"pairs@fmr1 > 0", "the rate is not between 0 and 1"},
      {"pairs@fmrnan > 0", "a rate belongs here"},
      {"pairs@top > 0", "position 6: a level is @fdr and a percentage or @fmr and a rate"},
      {"leaked_images@fdr5@fdr1 > 0", "position 19: a second level"},
      {"p[name=x] > 0", "position 3: only a matcher can stand in brackets"},
      {"p[matcher x] > 0", "position 11: '=' and the matcher's name"},
      {"p[matcher=x > 0", "position 11: the matcher's name is never closed by ']'"},
      {"p[matcher=\"x] > 0", "position 11: this quote is never closed"},
      {"p[matcher=\"x\" > 0", "']' belongs here"},
      {"p[matcher=] > 0", "a matcher's name belongs here"},
      {"p[matcher=x][matcher=y] > 0", "position 13: a second matcher"},
      {"verdict[matcher=x] == found", "is of the whole report"},
      {"p", "position 2: a comparison belongs here"},
      {"p = 0", "position 3: a comparison belongs here: one of > >= < <= == !="},
      {"p >", "position 4: a number belongs here"},
      {"p > x", "position 5: a number belongs here"},
      {"p > inf", "position 5: a number belongs here"},
      {"p > nan", "a number belongs here"},
      {"p > 0x10", "position 6: nothing may follow"},
      {"p > 0 && removal > 0",
       "position 7: nothing may follow the number; give further conditions as further --fail-if"},
      {"verdict > found", "position 9: the verdict is a word; compare it with == or !="},
      {"verdict == leaked", "position 12: the verdict is found, not-found or no-control"},
  };
  for (const auto& [text, says] : wrong) {
    const std::string said = refusal(text);
    EXPECT_THAT(said, HasSubstr(says)) << text;
    EXPECT_THAT(said, ::testing::StartsWith(std::string("'") + text + "', position ")) << text;
  }
  EXPECT_THAT(refusal("\x1b[31m"), HasSubstr("'[U+001B][31m'"));
}

TEST(GateExpression, LevelsThatWereNotAskedForAreRefused) {
  const auto check = [](const char* text) {
    check_gate_levels({parse_gate_condition(text)}, {0.01, 0.05}, {1e-4, 1e-6});
  };
  check("leaked_identities@fdr5 > 0");
  check("leaked_identities@fdr1 > 0");
  check("pairs@fmr0.0001 > 0");
  check("pairs@fmr0.000001 > 0");
  check("p < 1");
  for (const char* text : {"leaked_identities@fdr0.05 > 0", "leaked_identities@fdr10 > 0", "pairs@fmr1e-5 > 0"}) {
    try {
      check(text);
      FAIL() << text;
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::usage);
      EXPECT_THAT(error.message(), ::testing::AnyOf(HasSubstr("use one of @fdr1 @fdr5, or audit with --fdr"),
                                                    HasSubstr("use one of @fmr0.0001 @fmr1e-06, or audit with --fmr")));
    }
  }
}

}  // namespace
}  // namespace semblance
