// read_report: what write_report wrote comes back, whatever the model holds; anything else is refused by name.

#include "semblance/report_file.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <limits>
#include <nlohmann/json.hpp>
#include <sstream>

#include "base/rng.hpp"
#include "report/sample/models.hpp"
#include "report/text.hpp"
#include "semblance/error.hpp"

namespace semblance {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;
using ::testing::HasSubstr;

constexpr ReportParts kAll = {.removal = true, .identities = true, .images = true, .curves = true, .control = true};

std::string read(const fs::path& file) {
  std::ostringstream text;
  text << std::ifstream(file, std::ios::binary).rdbuf();
  return text.str();
}

void write(const fs::path& file, const std::string& text) { std::ofstream(file, std::ios::binary) << text; }

class ReadReport : public ::testing::Test {
 protected:
  void SetUp() override {
    root_ = fs::path(::testing::TempDir()) /
            (std::string("semblance_report_file_") + ::testing::UnitTest::GetInstance()->current_test_info()->name());
    fs::remove_all(root_);
    fs::create_directories(root_);
  }
  void TearDown() override { fs::remove_all(root_); }

  fs::path written(const ReportModel& model, const std::string& name) {
    const fs::path folder = root_ / name;
    fs::remove_all(folder);
    fs::create_directories(folder);
    write_report(model, sample::facts(), folder);
    return folder;
  }

  // The message of the Error{input} that reading throws, with its subject in front.
  static std::string refusal(const fs::path& folder, const ReportParts& parts = kAll) {
    try {
      (void)read_report(folder, parts);
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::input);
      EXPECT_EQ(error.stage(), error.subject().ends_with(".csv") && error.stage() == "csv" ? "csv" : "report");
      return fs::path(error.subject()).filename().string() + ": " + error.message();
    }
    return "was read";
  }

  // report.json after `edit`, refused how?
  template <class Edit>
  std::string refusal_after(Edit edit) {
    const fs::path folder = root_ / "edited";
    if (whole_.is_null()) whole_ = Json::parse(read(written(sample::two_matchers(), "edited") / "report.json"));
    Json json = whole_;
    edit(json);
    write(folder / "report.json", json.dump());
    return refusal(folder);
  }

  fs::path root_;
  Json whole_;
};

// Every field of the model at random: absent or there, extreme or not finite, with any text.
class RandomModel {
 public:
  explicit RandomModel(std::uint64_t seed) : rng_(seed), texts_(sample::hostile_strings()) {
    std::erase_if(texts_, [](const std::string& text) { return report_stage::valid_utf8(text) != text; });
  }

  template <class Make>
  auto many(Make make) {
    std::vector<decltype(make())> list;
    for (std::size_t i = uniform_index(rng_, 3); i > 0; --i) list.push_back(make());
    return list;
  }

  ReportModel operator()() {
    ReportModel m;
    const char* leakages[] = {"found", "not-found", "no-control"};
    m.verdict = {.leakage = leakages[uniform_index(rng_, 3)], .p = maybe_number(), .alpha = number(), .text = text()};
    m.train = set();
    m.synthetic = set();
    if (coin()) m.holdout = set();
    const std::size_t images = uniform_index(rng_, 3);
    m.synthetic.items = images;
    const std::size_t matchers = 1 + uniform_index(rng_, 3);
    for (std::size_t i = 0; i < matchers; ++i) m.matchers.push_back(matcher(std::to_string(i) + text(), images));
    if (coin()) m.consensus = ReportModel::Consensus{.at_least = count(), .fdr = many([&] { return list(true); })};
    m.removal = many([&] {
      return ReportModel::Removal{text(), text(), number(), text(), text(), number(), m.matchers.back().name};
    });
    m.version = text();
    m.seed = rng_();
    for (std::size_t i = uniform_index(rng_, 3); i > 0; --i) m.options.emplace_back("o" + std::to_string(i), text());
    m.inputs = many([&] { return ReportModel::Input{text(), text(), text()}; });
    m.limits = many([&] { return text(); });
    return m;
  }

 private:
  bool coin() { return uniform_index(rng_, 2) == 0; }
  std::string text() { return texts_[uniform_index(rng_, texts_.size())]; }
  std::size_t count() { return coin() ? rng_() : uniform_index(rng_, 100); }
  double number() {
    const double odd[] = {0.0, 5e-324, 1.7976931348623157e308, 0.1, 1.0 / 3, std::nan(""), HUGE_VAL};
    return coin() ? odd[uniform_index(rng_, std::size(odd))] : uniform_unit(rng_) * 2 - 1;
  }
  std::optional<double> maybe_number() { return coin() ? std::optional(number()) : std::nullopt; }
  ReportModel::Set set() {
    return {text(), count(), count(), count(), coin(), many([&] { return std::pair(text(), std::size_t{count()}); })};
  }
  ReportModel::List list(bool named) {
    ReportModel::List list{.q = number(), .count = count(), .ids = {}};
    if (named) {
      list.ids = many([&] { return text(); });
      list.count = list.ids.size();
    }
    return list;
  }
  std::vector<ReportModel::PowerPoint> power() {
    return many([&] { return ReportModel::PowerPoint{number(), number(), number(), number()}; });
  }
  ReportModel::ErrorPoint error_point() {
    return {number(), number(), maybe_number(), maybe_number(), maybe_number(), maybe_number(), maybe_number()};
  }
  ReportModel::Guards guards() {
    using Guards = ReportModel::Guards;
    Guards g;
    if (coin()) g.control = Guards::Control{number(), number(), number(), number(), count(), count(), coin()};
    if (coin()) g.matcher_bias = Guards::MatcherBias{many([&] { return text(); }), text(), coin()};
    const auto hubs = [&] { return Guards::Hubs{number(), number(), number(), number(), text(), coin()}; };
    g.train = hubs();
    if (coin()) g.holdout = hubs();
    g.overlap_threshold = maybe_number();
    g.overlaps = many([&] { return Guards::Overlap{text(), text(), text(), text(), number()}; });
    const auto correlation = [&] { return Guards::Correlation{number(), number(), number(), count()}; };
    if (coin()) g.images_train = correlation();
    if (coin()) g.images_holdout = correlation();
    if (coin()) {
      auto& copies = g.near_copies.emplace();
      const auto counted = [&] { return Guards::NearCopies::Count{count(), count()}; };
      copies.threshold = number();
      copies.rests_on = count();
      copies.duplicates = count();
      copies.assumed = coin();
      copies.pairs = counted();
      if (coin()) copies.holdout = counted();
      copies.people = counted();
      if (coin()) copies.holdout_people = counted();
      copies.unreadable_names = many([&] { return text(); });
      copies.unreadable = copies.unreadable_names.size();
    }
    return g;
  }
  ReportModel::Matcher matcher(const std::string& name, std::size_t images) {
    ReportModel::Matcher m;
    m.name = name;
    m.comparison = text();
    m.pairs_scored = count();
    m.top = many([&] {
      return ReportModel::Pair{count(), number(), text(), text(), text(), maybe_number(), maybe_number(), text()};
    });
    m.thresholds = many([&] {
      ReportModel::Threshold t;
      t.fmr = uniform_unit(rng_);  // between 0 and 1 by --fmr's check
      t.score = number();
      t.pairs = count();
      t.expected_by_chance = number();
      if (coin()) t.holdout_pairs = count();
      t.expected_from_holdout = maybe_number();
      t.false_matches = count();
      t.resolved = coin();
      t.rule_of_30 = coin();
      t.extrapolated = coin();
      return t;
    });
    m.fmr_source = text();
    m.non_mated = count();
    m.mated = count();
    if (coin()) {
      m.global_p = number();
      m.auc = maybe_number();
      m.components = many([&] { return ReportModel::Component{text(), number(), number()}; });
      m.strata = many([&] { return ReportModel::Stratum{count(), count(), count()}; });
    }
    m.smallest_p = maybe_number();
    m.smallest_possible_p = maybe_number();
    m.identity_lists = many([&] { return list(true); });
    for (std::size_t i = uniform_index(rng_, m.identity_lists.size() + 1); i > 0; --i) {
      m.fewest_listable.push_back(count());
    }
    m.image_lists = many([&] { return list(false); });
    if (coin()) m.targets = count();
    if (coin()) m.decoys = count();
    if (coin()) {
      m.leak_rate = ReportModel::LeakRate{number(), number(), number(), number(), maybe_number(), number(),
                                          number(), number(), number(), coin(),   power()};
    }
    m.identities = many([&] {
      return ReportModel::IdentityRow{text(), count(),        count(),        count(),        number(), text(),
                                      text(), maybe_number(), maybe_number(), maybe_number(), text()};
    });
    m.identities_tested = m.identities.size();
    std::vector<ReportModel::ImageRow> image_rows;
    for (std::size_t i = 0; i < images; ++i) {
      image_rows.push_back({text(), number(), text(), text(), maybe_number(), text(), maybe_number()});
    }
    m.images = std::move(image_rows);
    m.holdout_top = many([&] {
      return ReportModel::HoldoutPair{count(), number(),       text(),         text(),
                                      text(),  maybe_number(), maybe_number(), text()};
    });
    m.holdout_people = many([&] { return ReportModel::HoldoutPerson{text(), count(), number(), text(), text()}; });
    m.curves = many([&] {
      return ReportModel::Curve{text(), -uniform_unit(rng_), 1 + uniform_unit(rng_),
                                many([&]() -> std::uint64_t { return uniform_index(rng_, 9); })};
    });
    m.error_rates = many([&] { return error_point(); });
    m.guards = guards();
    m.notes = many([&] { return text(); });
    return m;
  }

  Rng rng_;
  std::vector<std::string> texts_;
};

// The files hold every field, so equal bytes are equal models. EXPECT_EQ would print megabytes.
void expect_same_files(const fs::path& x, const fs::path& y, const std::vector<std::string>& names) {
  for (const std::string& name : names) EXPECT_TRUE(read(x / name) == read(y / name)) << name;
}

TEST_F(ReadReport, WhatWasWrittenComesBack) {
  for (std::uint64_t seed = 1; seed <= 30; ++seed) {
    SCOPED_TRACE(seed);
    const ReportModel model = RandomModel(derive_seed(seed, "report file"))();
    const fs::path out = written(model, "out");
    const fs::path again = written(read_report(out, kAll), "again");
    expect_same_files(out, again,
                      {"report.json", "pairs.csv", "control-pairs.csv", "control-people.csv", "identities.csv",
                       "images.csv", "removal.csv", "histograms.csv"});
    if (HasFailure()) return;
  }
}

TEST_F(ReadReport, SamplesComeBackInEveryFile) {
  for (const ReportModel& model :
       {sample::found(), sample::not_found(), sample::no_control(), sample::two_matchers()}) {
    const fs::path out = written(model, "out");
    expect_same_files(out, written(read_report(out, kAll), "again"),
                      {"report.json", "pairs.csv", "control-pairs.csv", "control-people.csv", "identities.csv",
                       "images.csv", "removal.csv", "histograms.csv"});
  }
}

TEST_F(ReadReport, ValuesAreTheModelsOwn) {
  const ReportModel model = sample::two_matchers();
  const ReportModel back = read_report(written(model, "out"), kAll);
  EXPECT_EQ(back.verdict.p, model.verdict.p);
  ASSERT_EQ(back.matchers.size(), 2U);
  const auto& x = back.matchers.front();
  const auto& y = model.matchers.front();
  EXPECT_EQ(x.top.at(9).score, y.top.at(9).score);
  EXPECT_EQ(x.top.at(9).kind, "unknown");
  EXPECT_EQ(x.leak_rate->high, 0.0281);
  EXPECT_EQ(x.identities.size(), 2000U);
  EXPECT_EQ(x.identities[41].p, y.identities[41].p);
  EXPECT_EQ(x.images[3].listed_at_fdr, 0.01);
  EXPECT_EQ(x.images[4999].listed_at_fdr, std::nullopt);
  EXPECT_EQ(x.curves.at(2).counts, y.curves.at(2).counts);
  EXPECT_EQ(back.removal.size(), 40U);
  EXPECT_EQ(back.options, model.options);
  EXPECT_EQ(back.consensus->fdr.at(1).ids, model.consensus->fdr.at(1).ids);
}

TEST_F(ReadReport, IdsFromCsvsAreByteForByteAndTextsOfTheJsonAreUtf8) {
  const ReportModel model = sample::hostile();
  const ReportModel back = read_report(written(model, "out"), kAll);
  for (std::size_t m = 0; m < 2; ++m) {
    EXPECT_EQ(back.matchers[m].name, report_stage::valid_utf8(model.matchers[m].name));
    ASSERT_EQ(back.matchers[m].identities.size(), 50U);
    for (std::size_t i = 0; i < 50; ++i) {
      EXPECT_EQ(back.matchers[m].identities[i].id, model.matchers[m].identities[i].id);
      EXPECT_EQ(back.matchers[m].images[i].id, model.matchers[m].images[i].id);
      EXPECT_EQ(back.matchers[m].top[i].train, report_stage::valid_utf8(model.matchers[m].top[i].train));
    }
  }
  for (std::size_t i = 0; i < model.removal.size(); ++i) EXPECT_EQ(back.removal[i].id, model.removal[i].id);
}

TEST_F(ReadReport, OnlyWhatIsAskedForIsRead) {
  const fs::path out = written(sample::found(), "out");
  const ReportModel usual = read_report(out);
  EXPECT_EQ(usual.removal.size(), 40U);
  EXPECT_EQ(usual.matchers.front().identities.size(), 2000U);
  EXPECT_TRUE(usual.matchers.front().images.empty() && usual.matchers.front().curves.empty());
  for (const char* name : {"removal.csv", "identities.csv", "images.csv", "histograms.csv"}) fs::remove(out / name);
  const ReportModel bare = read_report(out, {.removal = false, .identities = false});
  EXPECT_TRUE(bare.removal.empty() && bare.matchers.front().identities.empty());
  EXPECT_EQ(bare.matchers.front().identity_lists.at(1).count, 40U);
  EXPECT_THAT(refusal(out, {}), HasSubstr("removal.csv: "));
}

TEST_F(ReadReport, TheControlIsEmptyWhereAnEarlierVersionDidNotWriteIt) {
  const fs::path out = written(sample::found(), "out");
  const ReportModel whole = read_report(out, kAll);
  EXPECT_EQ(whole.matchers.front().holdout_top.size(), 1500U);
  EXPECT_EQ(whole.matchers.front().holdout_people[7].best_synthetic, "synthetic-000008");
  EXPECT_TRUE(read_report(out).matchers.front().holdout_top.empty());
  for (const char* name : {"control-pairs.csv", "control-people.csv"}) {
    std::string table = read(out / name);
    write(out / name, table.substr(0, table.size() - 40));
    EXPECT_THAT(refusal(out), ::testing::StartsWith(std::string(name) + ": line "));
    fs::remove(out / name);
  }
  EXPECT_TRUE(read_report(out, kAll).matchers.front().holdout_people.empty());
}

TEST_F(ReadReport, UnknownFieldsAreIgnoredAndYoungOnesMayBeAbsent) {
  const fs::path out = written(sample::two_matchers(), "out");
  Json json = Json::parse(read(out / "report.json"));
  json["later"] = {{"a", 1}};
  json["verdict"]["mood"] = "good";
  json["matchers"][0]["pairs"]["top"][0]["hue"] = nullptr;
  for (const char* young : {"guards", "notes", "global_test", "calibration", "comparison", "distributions"}) {
    json["matchers"][0].erase(young);
  }
  json.erase("removal");
  json.erase("limits");
  json["provenance"].erase("options");
  write(out / "report.json", json.dump());
  const ReportModel back = read_report(out);
  EXPECT_EQ(back.removal.size(), 40U);
  EXPECT_EQ(back.matchers[0].global_p, std::nullopt);
  EXPECT_EQ(back.matchers[1].guards.train.item, "train-000777-03");
}

TEST_F(ReadReport, EveryRequiredFieldIsMissed) {
  const std::vector<std::string> required = {"/schema",
                                             "/verdict",
                                             "/verdict/leakage",
                                             "/verdict/p",
                                             "/verdict/alpha",
                                             "/verdict/text",
                                             "/sets",
                                             "/sets/train",
                                             "/sets/holdout",
                                             "/sets/synthetic/items",
                                             "/sets/holdout/rejected",
                                             "/matchers",
                                             "/matchers/1/name",
                                             "/matchers/1/pairs/scored",
                                             "/matchers/0/pairs/top/7/fmr",
                                             "/matchers/0/pairs/top/7/train_identity",
                                             "/matchers/0/thresholds/2/holdout_pairs",
                                             "/matchers/0/identities/tested",
                                             "/matchers/0/identities/fdr/1/ids",
                                             "/matchers/0/images/fdr/0/count",
                                             "/matchers/0/leak_rate/minimum_detectable",
                                             "/matchers/0/leak_rate/estimate",
                                             "/consensus",
                                             "/consensus/at_least",
                                             "/provenance/version",
                                             "/provenance/seed",
                                             "/provenance/inputs/0/sha256"};
  for (const std::string& pointer : required) {
    const Json::json_pointer at(pointer);
    const std::string said = refusal_after([&](Json& json) { json[at.parent_pointer()].erase(at.back()); });
    EXPECT_THAT(said, ::testing::StartsWith("report.json: lacks the field '")) << pointer;
    EXPECT_THAT(said, HasSubstr(at.back() + "'")) << pointer;
  }
  EXPECT_THAT(refusal_after([](Json& json) { json["matchers"][0]["pairs"]["top"][7].erase("fmr"); }),
              HasSubstr("'matchers[0].pairs.top[7].fmr'"));
}

TEST_F(ReadReport, WrongTypesAndValuesAreNamed) {
  const auto said = [&](const char* pointer, const Json& value) {
    return refusal_after([&](Json& json) { json[Json::json_pointer(pointer)] = value; });
  };
  EXPECT_THAT(said("/verdict/leakage", "maybe"), HasSubstr("'verdict.leakage' is \"maybe\", none of"));
  EXPECT_THAT(said("/verdict/p", "low"), HasSubstr("'verdict.p' is \"low\" where a number belongs"));
  EXPECT_THAT(said("/sets/train/items", -3), HasSubstr("'sets.train.items' is -3 where a whole number"));
  EXPECT_THAT(said("/sets/train", Json::array()), HasSubstr("'sets.train' is [] where an object belongs"));
  EXPECT_THAT(said("/matchers", Json::array()), HasSubstr("'matchers' is empty"));
  EXPECT_THAT(said("/matchers/1/thresholds/0/resolved", 1), HasSubstr("'matchers[1].thresholds[0].resolved' is 1"));
  EXPECT_THAT(said("/matchers/0/leak_rate/ci95", {1}), HasSubstr("two numbers"));
  EXPECT_THAT(said("/matchers/0/identities/fdr/1/count", 39), HasSubstr("is 39, yet 40 ids are listed"));
  EXPECT_THAT(said("/matchers/0/name", 5), HasSubstr("'matchers[0].name' is 5 where a text belongs"));
  EXPECT_THAT(said("/schema", "semblance-report/2"), HasSubstr("is of schema \"semblance-report/2\""));
  EXPECT_THAT(said("/matchers/0/name", "renamed"), HasSubstr("identities.csv: line 2 is of matcher 'arcface-r50'"));
}

TEST_F(ReadReport, CutFilesAreRefused) {
  const fs::path out = written(sample::found(), "out");
  const std::string whole = read(out / "report.json");
  for (const double share : {0.0, 0.1, 0.5, 0.99}) {
    write(out / "report.json", whole.substr(0, static_cast<std::size_t>(share * static_cast<double>(whole.size()))));
    EXPECT_THAT(refusal(out), ::testing::ContainsRegex("report.json: is (empty|cut off or damaged)")) << share;
  }
  write(out / "report.json", whole);
  for (const char* name : {"removal.csv", "identities.csv", "images.csv", "histograms.csv"}) {
    const std::string table = read(out / name);
    const std::size_t last = table.rfind('\n', table.size() - 2);
    for (const std::size_t bytes : {last + 1, last + 4, table.find('\n') + 1, std::size_t{0}}) {
      write(out / name, table.substr(0, bytes));
      EXPECT_THAT(refusal(out), ::testing::StartsWith(std::string(name) + ": ")) << bytes;
    }
    write(out / name, table + table.substr(last + 1));
    EXPECT_THAT(refusal(out), ::testing::StartsWith(std::string(name) + ": "));
    write(out / name, "x" + table);
    EXPECT_THAT(refusal(out), HasSubstr(std::string(name) + ": has no column"));
    write(out / name, table);
  }
  EXPECT_EQ(refusal(out), "was read");
}

TEST_F(ReadReport, NumbersOfTablesAreChecked) {
  const fs::path out = written(sample::found(), "out");
  std::string table = read(out / "removal.csv");
  table.replace(table.find("0.71"), 4, "high");
  write(out / "removal.csv", table);
  EXPECT_THAT(refusal(out), HasSubstr("removal.csv: line 2, column 'score' holds 'high' where a number belongs"));
}

TEST_F(ReadReport, FoldersThatAreNoReportsAreRefused) {
  const fs::path out = written(sample::found(), "out");
  EXPECT_THAT(refusal(root_ / "absent"), HasSubstr("absent: isn't there"));
  EXPECT_THAT(refusal(out / "report.json"), HasSubstr("is no folder"));
  fs::create_directories(root_ / "empty");
  EXPECT_THAT(refusal(root_ / "empty"), HasSubstr("is no report: it holds no report.json"));
  fs::create_directories(root_ / "odd" / "report.json");
  EXPECT_THAT(refusal(root_ / "odd"), HasSubstr("report.json: is no file"));
  write(out / "report.json", "[]");
  EXPECT_THAT(refusal(out), HasSubstr("is [] where an object belongs"));
  write(out / "report.json", std::string(200'000, '[') + std::string(200'000, ']'));
  EXPECT_THAT(refusal(out), HasSubstr("where an object belongs"));
}

}  // namespace
}  // namespace semblance
