// What two reports may say of each other: differences by hand, no ranking where intervals overlap, and every reason
// why they may not be comparable.

#include "semblance/compare.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "report/sample/models.hpp"
#include "semblance/error.hpp"

namespace semblance {
namespace {

using ::testing::Contains;
using ::testing::Each;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

ComparedReport named(const std::string& name, ReportModel model) {
  return {.name = name, .location = name + "/", .sha256 = "digest of " + name, .model = std::move(model)};
}

ReportComparison compared(ReportModel x, ReportModel y) {
  return compare_reports({named("a", std::move(x)), named("b", std::move(y))});
}

TEST(Compare, DifferencesAreMoversOfTheTwoIntervals) {
  const ReportComparison c = compared(sample::found(), sample::not_found());
  ASSERT_EQ(c.differences.size(), 1U);
  const RateDifference& d = c.differences.front();
  EXPECT_EQ(d.matcher, "arcface-r50");
  EXPECT_DOUBLE_EQ(d.difference, 0.0203);
  // 2.03% (1.42 to 2.81) less 0% (0 to 0.19): down by the hypotenuse of 0.61 and 0.19, up by that of 0.78 and 0.
  EXPECT_NEAR(d.low, 0.0203 - std::sqrt(0.0061 * 0.0061 + 0.0019 * 0.0019), 1e-12);
  EXPECT_NEAR(d.high, 0.0203 + 0.0078, 1e-12);
  EXPECT_FALSE(d.overlap);
  EXPECT_TRUE(d.same_train && d.same_holdout);
  EXPECT_THAT(d.sentence, HasSubstr("the 95% intervals do not overlap, so a leaks more."));
  EXPECT_THAT(d.sentence, HasSubstr("both rest on the same training and hold-out set"));
}

TEST(Compare, TheOrderOfReportsTurnsTheSign) {
  const RateDifference x = compared(sample::found(), sample::not_found()).differences.front();
  const RateDifference y = compared(sample::not_found(), sample::found()).differences.front();
  EXPECT_DOUBLE_EQ(x.difference, -y.difference);
  EXPECT_DOUBLE_EQ(x.low, -y.high);
  EXPECT_DOUBLE_EQ(x.high, -y.low);
  EXPECT_THAT(y.sentence, HasSubstr("the 95% intervals do not overlap, so b leaks more."));
}

TEST(Compare, NothingIsRankedWhereIntervalsTouch) {
  ReportModel other = sample::not_found();
  auto& rate = *other.matchers[0].leak_rate;
  rate.estimate = 0.005;
  rate.low = 0.001;
  rate.high = 0.0142;  // where the other's interval begins
  RateDifference d = compared(sample::found(), other).differences.front();
  EXPECT_TRUE(d.overlap);
  EXPECT_GT(d.low, 0);  // the difference alone would rank them
  EXPECT_THAT(d.sentence, HasSubstr("neither can be said to leak more"));
  EXPECT_THAT(d.sentence, Not(HasSubstr("leaks more")));
  rate.high = 0.01419;
  d = compared(sample::found(), other).differences.front();
  EXPECT_FALSE(d.overlap);
}

TEST(Compare, OtherSetsAreSaidToBeIndependent) {
  ReportModel other = sample::not_found();
  for (auto& input : other.inputs) input.sha256[0] = 'x';
  const ReportComparison c = compared(sample::found(), other);
  EXPECT_FALSE(c.differences.front().same_train || c.differences.front().same_holdout);
  EXPECT_THAT(c.differences.front().sentence, HasSubstr("as they are if no image is in the sets of both"));
  EXPECT_THAT(c.notes, Contains(HasSubstr("The training set's embeddings differ (a | b, matcher arcface-r50)")));
  EXPECT_THAT(c.notes, Contains(HasSubstr("The hold-out set's embeddings differ")));
}

TEST(Compare, EqualCircumstancesNeedNoNotes) {
  EXPECT_THAT(compared(sample::found(), sample::not_found()).notes, IsEmpty());
}

TEST(Compare, EveryOtherCircumstanceIsNamed) {
  const auto notes = [](auto change) {
    ReportModel other = sample::not_found();
    change(other);
    const auto all = compared(sample::found(), other).notes;
    return all.empty() ? std::string() : all.front();
  };
  EXPECT_EQ(notes([](ReportModel& m) { m.options[3].second = "0.05"; }),
            "The audits were run with other options: --alpha is 0.01 in a; 0.05 in b.");
  EXPECT_EQ(notes([](ReportModel& m) { m.version = "0.2.0"; }),
            "The reports were written by other versions of Semblance: 0.1.0 in a; 0.2.0 in b.");
  EXPECT_THAT(notes([](ReportModel& m) {
                m.inputs.push_back({"card", "card.toml", "c0ffee"});
              }),
              HasSubstr("The matcher's card differs under one name (a (none) | b, matcher arcface-r50)"));
  EXPECT_THAT(notes([](ReportModel& m) {
                m.inputs.push_back({"calibration", "cal.json", "c0ffee"});
              }),
              HasSubstr("The calibration differs"));
  EXPECT_THAT(notes([](ReportModel& m) { m.matchers[0].guards.control->fires = true; }),
              HasSubstr("In b (matcher arcface-r50) training and held-out people differ"));
  const auto plain = compared(sample::found(), sample::no_control());
  EXPECT_THAT(plain.notes, Contains("Without a hold-out set there is no verdict, no list and no rate: b."));
  EXPECT_THAT(plain.notes, Contains(HasSubstr("Who is listed can't be compared")));
  EXPECT_THAT(plain.differences, IsEmpty());
  EXPECT_THAT(plain.persons, IsEmpty());
}

TEST(Compare, InputsBelongToTheirMatcher) {
  ReportModel two = sample::two_matchers();
  two.inputs.push_back({"train", "other/train", "0ther"});
  two.inputs.push_back({"holdout", "other/holdout", "0ther-h"});
  const ReportComparison same = compared(two, sample::found());
  EXPECT_THAT(same.notes, Each(Not(HasSubstr("training set's embeddings differ"))));
  ASSERT_EQ(same.differences.size(), 1U);
  EXPECT_TRUE(same.differences.front().same_train);
  ReportModel changed = two;
  changed.inputs[3].sha256 = "changed";
  const ReportComparison c = compared(two, changed);
  EXPECT_THAT(c.notes, Contains(HasSubstr("training set's embeddings differ (a | b, matcher adaface-r100)")));
  EXPECT_THAT(c.notes, Each(Not(HasSubstr("embeddings differ (a | b, matcher arcface-r50)"))));
}

TEST(Compare, WhoIsListedWhereIsCounted) {
  ReportModel other = sample::found();
  auto& list = other.matchers[0].identity_lists[1];
  list.ids.erase(list.ids.begin(), list.ids.begin() + 10);  // ten go,
  list.ids.push_back("person-000002");                      // one comes
  list.count = list.ids.size();
  ASSERT_EQ(list.count, 31U);
  const ReportComparison c = compared(sample::found(), other);
  ASSERT_EQ(c.people.size(), 2U);
  EXPECT_EQ(c.people[0].q, 0.01);
  EXPECT_EQ(c.people[0].both + c.people[0].only_first + c.people[0].only_second, 0U);
  EXPECT_EQ(c.people[1].both, 30U);
  EXPECT_EQ(c.people[1].only_first, 10U);
  EXPECT_EQ(c.people[1].only_second, 1U);
  EXPECT_EQ(c.persons.size(), 2 * 41U);
  std::size_t listed_in_a = 0, listed_in_b = 0;
  for (const ListedPerson& row : c.persons) {
    (row.report == "a" ? listed_in_a : listed_in_b) += row.listed_at_fdr ? 1 : 0;
    EXPECT_EQ(row.listed_at_fdr.value_or(0.05), 0.05);
  }
  EXPECT_EQ(listed_in_a, 40U);
  EXPECT_EQ(listed_in_b, 31U);
  EXPECT_TRUE(std::ranges::is_sorted(c.persons, {}, &ListedPerson::person));
}

TEST(Compare, OtherLabelsAreNotHeldAgainstEachOther) {
  ReportModel other = sample::found();
  auto rows = other.matchers[0].identities.collect();
  rows.pop_back();
  other.matchers[0].identities = std::move(rows);
  const ReportComparison c =
      compare_reports({named("a", sample::found()), named("b", other), named("c", sample::found())});
  ASSERT_FALSE(c.people.empty());
  for (const ListedPeople& people : c.people) EXPECT_EQ(people.first + people.second, "ac");
  for (const ListedPerson& row : c.persons) EXPECT_NE(row.report, "b");
  EXPECT_THAT(c.notes, Contains(HasSubstr("compared in 2 of 3 reports alone")));
  EXPECT_THAT(c.notes, Contains(HasSubstr("3 pairs of leak rates are compared")));
}

TEST(Compare, ReportsWithNothingInCommonAreRefused) {
  ReportModel other = sample::found();
  other.matchers[0].name = "facenet";
  EXPECT_THAT(compared(sample::found(), other).differences, IsEmpty());  // the same training set, another matcher
  for (auto& input : other.inputs) input.sha256 = "x" + input.sha256;
  EXPECT_THAT(compared(sample::found(), other).people, IsEmpty());  // the same people by their labels
  auto rows = other.matchers[0].identities.collect();
  rows.pop_back();
  other.matchers[0].identities = std::move(rows);
  try {
    (void)compared(sample::found(), other);
    FAIL() << "was compared";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::input);
    EXPECT_THAT(error.message(), HasSubstr("neither a matcher nor a training set in common"));
  }
}

}  // namespace
}  // namespace semblance
