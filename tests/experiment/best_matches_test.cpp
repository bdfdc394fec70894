#include <gtest/gtest.h>

#include <cmath>
#include <fstream>

#include "base/rng.hpp"
#include "experiment/shares.hpp"
#include "semblance/error.hpp"
#include "semblance/experiment.hpp"
#include "semblance/page.hpp"

namespace semblance {
namespace {

using namespace experiment_stage;

BestMatches matches(std::size_t images, std::size_t gallery, std::uint64_t seed) {
  Rng rng(seed);
  BestMatches m;
  m.name = "set";
  m.gallery = gallery;
  for (std::size_t i = 0; i < images; ++i) {
    m.score.push_back(uniform_unit(rng));
    m.synthetic_identity.push_back(static_cast<std::uint32_t>(i));
    m.real_item.push_back(static_cast<std::uint32_t>(uniform_index(rng, gallery)));
    m.real_identity.push_back(m.real_item.back() / 2);
  }
  return m;
}

TEST(UpperScore, IsTheLowestObservedScoreThatKeepsTheShare) {
  std::vector<double> scores;
  for (int i = 0; i < 1000; ++i) scores.push_back(i / 1000.0);
  EXPECT_EQ(upper_score(scores, 0.001), 0.999);
  EXPECT_EQ(upper_score(scores, 0.01), 0.990);
  scores[998] = 0.999;  // two share the best score: 0.1% can't hold both
  EXPECT_GT(upper_score(scores, 0.001), 0.999);
  EXPECT_GT(upper_score({0.5, 0.5}, 0.4), 0.5);
}

TEST(Hubs, OneImageThatIsEverybodysBestMatchIsSeen) {
  BestMatches hub = matches(1000, 400, 1);
  for (std::size_t i = 0; i < 340; ++i) hub.real_item[3 * i % 1000] = 7;
  const auto summary = summarise_best_matches(hub, nullptr, Pairing::unpaired, {}, {});
  EXPECT_GE(summary.hubs.top1, 0.33);
  EXPECT_EQ(summary.hubs.percent_items, 4U);
  EXPECT_GT(*summary.hubs.top_percent, summary.hubs.top1);
  const auto even = summarise_best_matches(matches(1000, 400, 1), nullptr, Pairing::unpaired, {}, {});
  EXPECT_LT(even.hubs.top1, 0.02);
}

TEST(Shares, ImagesOfOnePersonCountAsFewerThanIndependentOnes) {
  std::vector<bool> hit(1000, false);
  std::vector<std::uint32_t> alone(1000), together(1000);
  for (std::uint32_t i = 0; i < 1000; ++i) {
    hit[i] = i < 50;
    alone[i] = i;
    together[i] = i / 50;  // the fifty hits are one person
  }
  EXPECT_NEAR(clustered_share(hit, alone).effective, 1000, 1e-6);
  EXPECT_LT(clustered_share(hit, together).effective, 25);
  EXPECT_EQ(clustered_share(std::vector<bool>(1000, false), together).effective, 20);
}

TEST(Shares, TheDifferenceIntervalCoversUnderClustering) {
  // 60 people of 20 images; a person either is hit in most images or in none.
  std::size_t covered = 0;
  constexpr std::size_t kRepetitions = 400;
  for (std::size_t r = 0; r < kRepetitions; ++r) {
    Rng rng(derive_seed(5, "coverage", r));
    std::vector<bool> x, y;
    std::vector<std::uint32_t> people;
    for (std::uint32_t person = 0; person < 60; ++person) {
      const bool bad_x = uniform_unit(rng) < 0.25;
      const bool bad_y = uniform_unit(rng) < 0.15;
      for (int image = 0; image < 20; ++image) {
        x.push_back(bad_x && uniform_unit(rng) < 0.8);
        y.push_back(bad_y && uniform_unit(rng) < 0.8);
        people.push_back(person);
      }
    }
    const Interval interval = difference_interval(clustered_share(x, people), clustered_share(y, people), 0);
    covered += interval.low <= 0.08 && 0.08 <= interval.high ? 1 : 0;
  }
  EXPECT_GE(covered, 0.92 * kRepetitions);
  EXPECT_LE(covered, 0.99 * kRepetitions);
}

TEST(Pages, HostileTextStaysText) {
  const auto file = std::filesystem::path(testing::TempDir()) / "page.html";
  const std::string hostile = "</script><script>alert(1)</script><!--\u202e";
  Page page{.title = hostile, .lead = hostile, .sections = {}};
  page.sections.push_back({.heading = hostile, .paragraphs = {hostile}, .tables = {}, .charts = {}});
  page.sections[0].tables.push_back({hostile, {hostile, "n"}, {{hostile, "1"}}});
  Page::Chart chart{.title = hostile, .x_label = hostile, .y_label = hostile};
  chart.series.push_back({.name = hostile, .x = {0, 1}, .y = {1, std::nan("")}});
  page.sections[0].charts.push_back(chart);
  write_page(page, file);
  std::ifstream in(file);
  const std::string html{std::istreambuf_iterator<char>(in), {}};
  EXPECT_EQ(html.find("<script>alert"), std::string::npos);
  EXPECT_EQ(html.find("src="), std::string::npos);
  EXPECT_EQ(html.find("\u202e"), std::string::npos);  // it would turn what follows it around
  EXPECT_NE(html.find("default-src 'none'"), std::string::npos);
  page.sections[0].tables[0].rows.push_back({"ragged"});
  EXPECT_THROW(write_page(page, file), Error);
}

}  // namespace
}  // namespace semblance
