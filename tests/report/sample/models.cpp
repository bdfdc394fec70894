#include "report/sample/models.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/rng.hpp"
#include "report/sample/views.hpp"
#include "semblance/picture.hpp"

namespace semblance::sample {

namespace {

constexpr std::size_t kBins = 4096;

/// Counts as a normal law gives them, with an optional second, small hump.
ReportModel::Curve curve(const std::string& name, double total, double mean, double deviation, double leaks = 0) {
  ReportModel::Curve c{.name = name, .low = -1, .high = 1, .counts = std::vector<std::uint64_t>(kBins)};
  const double width = 2.0 / static_cast<double>(kBins);
  const auto density = [](double x, double m, double s) {
    return std::exp(-(x - m) * (x - m) / (2 * s * s)) / (s * std::sqrt(2 * 3.14159265358979));
  };
  for (std::size_t k = 0; k < kBins; ++k) {
    const double x = -1 + width * (static_cast<double>(k) + 0.5);
    const double expected = width * (total * density(x, mean, deviation) + leaks * density(x, 0.66, 0.08));
    c.counts[k] = static_cast<std::uint64_t>(std::floor(expected + static_cast<double>((k * 7919) % 97) / 97.0));
  }
  return c;
}

ReportModel::Matcher matcher(const std::string& name, std::size_t leaked) {
  ReportModel::Matcher m;
  m.name = name;
  m.comparison = "cosine";
  m.pairs_scored = 50'000'000;
  m.fmr_source = "pairs of different people within the training set";
  m.non_mated = 49'975'000;
  m.mated = 20'000;
  for (std::size_t i = 0; i < 1500; ++i) {
    const double score =
        leaked > 0 && i < 180 ? 0.82 - 0.0018 * static_cast<double>(i) : 0.47 - 0.00003 * static_cast<double>(i);
    ReportModel::Pair pair{.rank = i + 1,
                           .score = score,
                           .train = fmt::format("train-{:06}-{:02}", (i * 37) % 2000 + 1, i % 5 + 1),
                           .train_identity = fmt::format("person-{:06}", (i * 37) % 2000 + 1),
                           .synthetic = fmt::format("synthetic-{:06}", (i * 611) % 5000 + 1),
                           .fmr = std::nullopt,
                           .similarity = std::nullopt,
                           .kind = {}};
    if (score < 0.46) pair.fmr = 1e-7 * static_cast<double>(i);
    m.top.push_back(pair);
  }
  for (const auto& pair : m.top) {
    m.holdout_top.push_back({.rank = pair.rank,
                             .score = 0.47 - 0.00003 * static_cast<double>(pair.rank),
                             .holdout = "holdout-" + pair.train,
                             .holdout_identity = "holdout-" + pair.train_identity,
                             .synthetic = pair.synthetic,
                             .fmr = std::nullopt,
                             .similarity = std::nullopt,
                             .kind = {}});
  }
  std::vector<ReportModel::HoldoutPerson> holdout_people;
  for (std::size_t i = 0; i < 2000; ++i) {
    holdout_people.push_back({.id = fmt::format("holdout-person-{:06}", i + 1),
                              .images = 5,
                              .best = 0.47 - 0.00003 * static_cast<double>(i),
                              .best_holdout = fmt::format("holdout-{:06}-01", i + 1),
                              .best_synthetic = fmt::format("synthetic-{:06}", i + 1)});
  }
  m.holdout_people = std::move(holdout_people);
  const double fmrs[] = {1e-2, 1e-3, 1e-4, 1e-5, 1e-6};
  const double scores[] = {0.1872, 0.2421, 0.2875, 0.3271, 0.3623};
  for (std::size_t i = 0; i < 5; ++i) {
    const auto chance = 5e7 * fmrs[i];
    m.thresholds.push_back({.fmr = fmrs[i],
                            .score = scores[i],
                            .pairs = static_cast<std::uint64_t>(chance * 1.01) + 4 * leaked,
                            .expected_by_chance = chance * 0.998,
                            .holdout_pairs = static_cast<std::uint64_t>(chance * 0.99),
                            .expected_from_holdout = chance * 0.99,
                            .false_matches = static_cast<std::uint64_t>(chance * 0.9),
                            .resolved = true,
                            .rule_of_30 = i < 5});
  }
  m.thresholds.push_back({.fmr = 1e-8,
                          .score = 0.4912,
                          .pairs = 4 * leaked,
                          .expected_by_chance = 0.5,
                          .holdout_pairs = 0,
                          .expected_from_holdout = 0.0});
  m.global_p = leaked > 0 ? 1e-4 : 0.412;
  m.auc = leaked > 0 ? 0.516 : 0.501;
  m.components = {{"auc", *m.auc, 0.021},   {"excess-q90", 23, 0.003}, {"excess-q95", 31, 0.0002},
                  {"excess-q99", 38, 1e-4}, {"excess-q99.9", 4, 0.06}, {"leading", 39, 1e-4}};
  m.strata = {{5, 2000, 2000}};
  m.identities_tested = 2000;
  m.smallest_p = 1.0 / 2001;
  m.smallest_possible_p = 1.0 / 2001;
  m.fewest_listable = {100, 20};
  m.identity_lists = {{.q = 0.01, .count = 0, .ids = {}}, {.q = 0.05, .count = leaked, .ids = {}}};
  m.image_lists = {{.q = 0.01, .count = leaked, .ids = {}}, {.q = 0.05, .count = leaked, .ids = {}}};
  m.targets = 2531;
  m.decoys = 2469;
  m.leak_rate = ReportModel::LeakRate{.estimate = leaked > 0 ? 0.0203 : 0,
                                      .low = leaked > 0 ? 0.0142 : 0,
                                      .high = leaked > 0 ? 0.0281 : 0.0019,
                                      .upper95 = leaked > 0 ? 0.027 : 0.0015,
                                      .minimum_detectable = 0.0025,
                                      .threshold = 0.5214,
                                      .share_train = 0.0195,
                                      .share_holdout = 0.0002,
                                      .sensitivity = 0.958,
                                      .sensitivity_assumed = false,
                                      .power = {{0.0005, 0.07, 0.05, 0.1},
                                                {0.001, 0.29, 0.24, 0.34},
                                                {0.0015, 0.62, 0.56, 0.67},
                                                {0.0025, 0.95, 0.92, 0.97},
                                                {0.005, 1, 0.987, 1}}};
  std::vector<ReportModel::IdentityRow> identities;
  for (std::size_t i = 0; i < 2000; ++i) {
    const bool leaks = i < leaked;
    ReportModel::IdentityRow row{
        .id = fmt::format("person-{:06}", (i * 37) % 2000 + 1),
        .images = 5,
        .images_used = 5,
        .controls = 2000,
        .best = leaks ? 0.82 - 0.006 * static_cast<double>(i) : 0.47 - 0.0001 * static_cast<double>(i),
        .best_train = fmt::format("train-{:06}-{:02}", (i * 37) % 2000 + 1, i % 5 + 1),
        .best_synthetic = fmt::format("synthetic-{:06}", (i * 611) % 5000 + 1),
        .p = leaks ? 1.0 / 2001 : static_cast<double>(i + 2) / 2001,
        .q = leaks ? 2000.0 / 2001 / static_cast<double>(leaked) : 0.97,
        .similarity = std::nullopt,
        .kind = {}};
    if (leaks) m.identity_lists[1].ids.push_back(row.id);
    identities.push_back(row);
  }
  m.identities = std::move(identities);
  std::vector<ReportModel::ImageRow> images;
  for (std::size_t i = 0; i < 5000; ++i) {
    ReportModel::ImageRow row{.id = fmt::format("synthetic-{:06}", i + 1),
                              .best_train_score = 0.31 + 0.00001 * static_cast<double>(i),
                              .best_train = fmt::format("train-{:06}-01", i % 2000 + 1),
                              .best_train_identity = fmt::format("person-{:06}", i % 2000 + 1),
                              .best_holdout_score = 0.3 + 0.1 / static_cast<double>(i + 3),
                              .best_holdout = fmt::format("holdout-{:06}-02", i % 2000 + 2001),
                              .listed_at_fdr = std::nullopt};
    if (i < leaked) {
      row.listed_at_fdr = 0.01;
      m.image_lists[0].ids.push_back(row.id);
      m.image_lists[1].ids.push_back(row.id);
    }
    images.push_back(row);
  }
  m.images = std::move(images);
  m.curves = {curve("R-G", 5e7, 0.014, 0.071, 5.0 * static_cast<double>(leaked)), curve("H-G", 5e7, 0.014, 0.071),
              curve("R-R mated", 2e4, 0.66, 0.08), curve("R-R non-mated", 49'975'000, 0.014, 0.071)};
  m.people_curves = {curve("R", 2000, 0.3, 0.04, static_cast<double>(leaked)), curve("H", 2000, 0.3, 0.04)};
  for (int i = 0; i < 120; ++i) {
    const double fmr = std::pow(10, -7.0 + 0.058 * i);
    const double fnmr = std::pow(10, -0.1 - 0.02 * i);
    m.error_rates.push_back({.score = 0.6 - 0.005 * i,
                             .fmr = fmr,
                             .fmr_low = fmr / (2 - 0.008 * i),
                             .fmr_high = fmr * (2 - 0.008 * i),
                             .fnmr = fnmr,
                             .fnmr_low = fnmr * 0.9,
                             .fnmr_high = fnmr * 1.1});
  }
  m.guards.control = ReportModel::Guards::Control{.p = 0.44,
                                                  .p_location = 0.31,
                                                  .p_spread = 0.62,
                                                  .auc = 0.512,
                                                  .train_people = 2000,
                                                  .holdout_people = 2000,
                                                  .fires = false};
  m.guards.matcher_bias = ReportModel::Guards::MatcherBias{
      .training_sets = {"MS1M", "WebFace42M"}, .train_dataset = "CASIA-WebFace", .fires = false};
  m.guards.train = {.top_item = 0.0012,
                    .top_ten = 0.0094,
                    .top_percent = 0.061,
                    .top_identity = 0.0021,
                    .item = "train-000777-03",
                    .fires = false};
  m.guards.holdout = m.guards.train;
  m.guards.holdout->item = "holdout-002777-01";
  m.guards.overlap_threshold = 0.61;
  m.guards.overlaps = {{"person-002005", "holdout-002005-02", "person-000431", "train-000431-04", 0.7131}};
  m.guards.images_train = {.rho = -0.012, .low = -0.056, .high = 0.032, .people = 2000};
  m.guards.images_holdout = {.rho = 0.008, .low = -0.036, .high = 0.052, .people = 2000};
  m.notes = {"Thresholds above a score of 0.49 rest on few non-mated pairs."};
  return m;
}

ReportModel case_of(std::size_t leaked) {
  ReportModel r;
  r.train = {.location = "case/train", .items = 10'000, .identities = 2000, .rejected = 0, .labelled = true};
  r.synthetic = {.location = "case/synthetic",
                 .items = 5000,
                 .identities = 0,
                 .rejected = 3,
                 .labelled = false,
                 .rejections = {{"no face", 2}, {"broken picture", 1}}};
  r.holdout = ReportModel::Set{
      .location = "case/holdout", .items = 10'000, .identities = 2000, .rejected = 0, .labelled = true};
  r.verdict.alpha = 0.01;
  r.matchers = {matcher("arcface-r50", leaked)};
  r.version = "0.1.0";
  r.seed = 7;
  r.options = {{"comparison", "cosine"},
               {"fmr", "0.01, 0.001, 0.0001, 1e-05, 1e-06, 1e-08"},
               {"top", "1500"},
               {"alpha", "0.01"},
               {"fdr", "0.01, 0.05"},
               {"permutations", "10000"},
               {"images-per-identity", "all"}};
  r.inputs = {{"train", "case/train", "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"},
              {"synthetic", "case/synthetic", "60303ae22b998861bce3b28f33eec1be758a213c86c93c076dbe9f558c11c752"},
              {"holdout", "case/holdout", "fd61a03af4f77d870fc21e05e7e80678095c92d808cfb3b5c279ee04c74aca13"}};
  r.limits = {
      "FMR 1e-08 is beyond what 49975000 non-mated training pairs can show; its threshold lies just above the best "
      "of them.",
      "One matcher's view: what this matcher does not see as the same person is not counted."};
  for (std::size_t i = 0; i < leaked; ++i) {
    r.removal.push_back({.id = fmt::format("synthetic-{:06}", i + 1),
                         .reason = "image-listed",
                         .q = 0.01,
                         .train = fmt::format("train-{:06}-01", i + 1),
                         .train_identity = fmt::format("person-{:06}", i + 1),
                         .score = 0.71,
                         .matcher = r.matchers.front().name});
  }
  return r;
}

// What an audit with pictures adds: every third of the best pairs a near-copy, one picture missing.
void look_at_pictures(ReportModel::Matcher& m) {
  for (auto& pair : m.top) {
    if (pair.rank % 10 == 0) {
      pair.kind = "unknown";
      continue;
    }
    pair.similarity = pair.rank % 3 == 0 ? 0.91 : 0.42;
    pair.kind = pair.rank % 3 == 0 ? "near-copy" : "other-image";
  }
  auto identities = m.identities.collect();
  for (auto& row : identities) {
    if (row.q > 0.05) continue;
    row.similarity = 0.88;
    row.kind = "near-copy";
  }
  m.identities = std::move(identities);
  m.guards.near_copies =
      ReportModel::Guards::NearCopies{.threshold = 0.7812,
                                      .rests_on = 1998,
                                      .duplicates = 2,
                                      .assumed = false,
                                      .pairs = {.checked = 1350, .near_copies = 450},
                                      .holdout = ReportModel::Guards::NearCopies::Count{1500, 1},
                                      .people = {.checked = 40, .near_copies = 40},
                                      .holdout_people = ReportModel::Guards::NearCopies::Count{40, 0},
                                      .unreadable = 1,
                                      .unreadable_names = {"photos/train/person-000007.jpg: truncated"}};
}

// As the audit lays it out: the people on the laxest lists, or those of the best pairs.
void fill_gallery(ReportModel& r) {
  const ReportModel::Matcher& first = r.matchers.front();
  r.gallery = {};
  r.gallery.listed = !first.identity_lists.empty() && first.identity_lists.back().count > 0;
  const std::size_t people = r.gallery.listed ? first.identity_lists.back().count : 20;
  for (std::size_t i = 0; i < people; ++i) {
    const ReportModel::IdentityRow& row = first.identities[i];
    ReportModel::Gallery::Person person{.id = row.id, .images = row.images, .standings = {}, .looks = {}};
    for (std::size_t k = 0; k <= i % 3; ++k) {
      ReportModel::Gallery::Look look{.train = row.best_train,
                                      .synthetic = k == 0 ? row.best_synthetic : fmt::format("synthetic-x{}-{}", i, k),
                                      .sights = {},
                                      .similarity = row.similarity,
                                      .kind = row.kind,
                                      .train_picture = {},
                                      .synthetic_picture = {}};
      for (std::size_t m = 0; m < r.matchers.size(); ++m) {
        const double score = row.best - 0.01 * static_cast<double>(k + 2 * m);
        look.sights.push_back({.score = score, .fmr = score > 0.6 ? std::nullopt : std::optional(2.2e-6)});
      }
      person.looks.push_back(std::move(look));
    }
    for (const ReportModel::Matcher& m : r.matchers) {
      person.standings.push_back({.p = m.identities[i].p, .q = m.identities[i].q});
    }
    r.gallery.people.push_back(std::move(person));
  }
}

}  // namespace

ReportModel found() {
  ReportModel r = case_of(40);
  r.verdict.leakage = "found";
  r.verdict.p = 1e-4;
  fill_gallery(r);
  r.verdict.text =
      "Leakage found (p = 0.0001, level 0.01): training people are more like the synthetic images than held-out people "
      "of "
      "the same source are. 40 of 2000 training people can be named at a false discovery rate of 5% (about 2.0 of the "
      "names are expected to be wrong). The synthetic set is estimated to hold 2% of them (95% interval 1.4% to 2.8%).";
  return r;
}

ReportModel not_found() {
  ReportModel r = case_of(0);
  r.verdict.leakage = "not-found";
  r.verdict.p = 0.412;
  fill_gallery(r);
  r.verdict.text =
      "No leakage found (p = 0.41, level 0.01): training people are no more like the synthetic images than held-out "
      "people "
      "of the same source are, as far as this audit can see. Had the synthetic set held 0.25% of the training people "
      "or "
      "more, each as recognisable as another photograph of the person, this audit would have found it 95 times in 100; "
      "less would often be missed. From the scores themselves, at most 0.15% leak (95% upper bound).";
  return r;
}

ReportModel no_control() {
  ReportModel r = case_of(40);
  r.verdict.leakage = "no-control";
  r.verdict.text =
      "Without a hold-out set (--holdout) this report cannot tell leaks from look-alikes: among 50000000 pairs high "
      "scores "
      "occur by chance alone. It lists the best pairs and how many of them chance explains, and names nobody.";
  r.holdout.reset();
  r.train.labelled = false;
  r.train.identities = 0;
  r.removal.clear();
  ReportModel::Matcher& m = r.matchers.front();
  m.global_p.reset();
  m.auc.reset();
  m.components.clear();
  m.strata.clear();
  m.smallest_p.reset();
  m.smallest_possible_p.reset();
  m.fewest_listable.clear();
  m.identity_lists.clear();
  m.image_lists.clear();
  m.targets.reset();
  m.decoys.reset();
  m.leak_rate.reset();
  m.guards.control.reset();
  m.guards.holdout.reset();
  m.guards.overlap_threshold.reset();
  m.guards.overlaps.clear();
  m.guards.images_holdout.reset();
  m.mated = 0;
  m.fmr_source = "all pairs within the training set (no identity labels)";
  std::erase_if(m.curves, [](const auto& c) { return c.name == "H-G" || c.name == "R-R mated"; });
  for (auto& threshold : m.thresholds) {
    threshold.holdout_pairs.reset();
    threshold.expected_from_holdout.reset();
  }
  auto identities = m.identities.collect();
  for (auto& row : identities) {
    row.p.reset();
    row.q.reset();
  }
  m.identities = std::move(identities);
  auto images = m.images.collect();
  for (auto& row : images) {
    row.best_holdout_score.reset();
    row.best_holdout.clear();
  }
  m.images = std::move(images);
  m.people_curves.pop_back();
  m.error_rates.clear();
  fill_gallery(r);
  return r;
}

ReportModel two_matchers() {
  ReportModel r = found();
  look_at_pictures(r.matchers.front());
  r.matchers.push_back(matcher("adaface-r100", 36));
  fill_gallery(r);
  add_views(r);
  return r;
}

ReportModel large() {
  ReportModel r = two_matchers();
  for (auto& m : r.matchers) {
    for (std::size_t i = m.top.size(); i < 10'000; ++i) {
      ReportModel::Pair pair = m.top[i % 1500];
      pair.rank = i + 1;
      pair.score = 0.42 - 1e-6 * static_cast<double>(i);
      pair.synthetic = fmt::format("synthetic-{:06}", i);
      m.top.push_back(pair);
    }
    auto& ids = m.identity_lists.back().ids;
    for (std::size_t i = ids.size(); i < 500; ++i) ids.push_back(m.identities[i].id);
    m.identity_lists.back().count = ids.size();
  }
  fill_gallery(r);
  r.gallery.redaction = "blur";
  // Noise compresses worse than any face.
  Rng rng(1);
  for (auto& person : r.gallery.people) {
    person.looks.resize(2, person.looks.front());
    for (auto& look : person.looks) {
      for (auto* place : {&look.train_picture, &look.synthetic_picture}) {
        std::string picture = "P6\n128 128\n255\n";
        for (std::size_t i = 0; i < 128UL * 128 * 3; ++i) picture += static_cast<char>(128 + uniform_index(rng, 24));
        const std::vector<std::uint8_t> bytes(picture.begin(), picture.end());
        *place = r.gallery.pictures.size();
        r.gallery.pictures.push_back(make_thumbnail(bytes, "noise.ppm", {.side = 128, .quality = 80}));
      }
    }
  }
  return r;
}

ReportModel long_tables(std::size_t rows) {
  ReportModel r = found();
  ReportModel::Matcher& m = r.matchers.front();
  const auto image = m.images[0];
  m.images = {rows, [image](std::size_t j) {
                ReportModel::ImageRow row = image;
                row.id = fmt::format("synthetic-{:09}", j + 1);
                return row;
              }};
  const auto person = m.identities[100];
  m.identities = {rows, [person](std::size_t k) {
                    ReportModel::IdentityRow row = person;
                    row.id = fmt::format("training-{:09}", k + 1);
                    return row;
                  }};
  const auto control = m.holdout_people[0];
  m.holdout_people = {rows, [control](std::size_t k) {
                        ReportModel::HoldoutPerson row = control;
                        row.id = fmt::format("holdout-{:09}", k + 1);
                        return row;
                      }};
  m.identities_tested = rows;
  r.synthetic.items = rows;
  return r;
}

Page study() {
  Page page{.title = "A study", .lead = hostile_strings().front(), .sections = {}};
  Page::Chart chart{.title = "Lines", .x_label = "x", .y_label = "y", .series = {}};
  chart.series.push_back({.name = "line", .x = {0, 1, 2}, .y = {1, 3, 2}});
  chart.series.push_back(
      {.name = "its band", .x = {0, 1, 2}, .y = {0, 2, 1}, .upper = {2, 4, 3}, .style = Page::Style::band});
  chart.series.push_back(
      {.name = "control", .x = {0, 1, 2}, .y = {1, 1, 1}, .style = Page::Style::points, .dashed = true});
  page.sections.push_back({.heading = "One",
                           .paragraphs = {"A paragraph."},
                           .tables = {{.caption = "Numbers", .columns = {"name", "value"}, .rows = {{"a", "1.5"}}}},
                           .charts = {chart}});
  return page;
}

std::vector<std::string> hostile_strings() {
  return {"</script><script>document.title='owned'</script>",
          "<img src=x onerror=alert(1)>",
          "<!-- <script> --> ]]> <![CDATA[",
          "\"' onmouseover=\"alert(1)\" x='",
          "&lt;b&gt; &amp; &#x3c;script&#62;",
          "photo_\xe2\x80\xaegpj.exe",
          "name,with \"quotes\"\r\nand, lines\n",
          "broken \xff\xfe utf-8 \xc3",
          std::string("nul \0 byte and \x1b[31m escape", 27),
          "=HYPERLINK(\"http://example.com\")",
          "\xd7\xa9\xd7\x9c\xd7\x95\xd7\x9d \xd9\x85\xd8\xb1\xd8\xad\xd8\xa8\xd8\xa7 "
          "\xf0\x9f\x91\xa9\xe2\x80\x8d\xf0\x9f\x94\xac",
          "@body@ {{ 7*7 }} ${7*7} %s%n",
          std::string(10'000, 'a'),
          ""};
}

ReportModel hostile() {
  ReportModel r = two_matchers();
  const std::vector<std::string> strings = hostile_strings();
  std::size_t next = 0;
  const auto corrupt = [&](std::string& text) { text = strings[next++ % strings.size()]; };
  for (ReportModel::Set* set : {&r.train, &r.synthetic, &*r.holdout}) corrupt(set->location);
  for (auto& [why, items] : r.synthetic.rejections) corrupt(why);
  for (auto& input : r.inputs) {
    corrupt(input.role);
    corrupt(input.path);
    corrupt(input.sha256);
  }
  for (auto& [name, value] : r.options) corrupt(value);
  for (auto& limit : r.limits) corrupt(limit);
  r.synthetic.items = 50;
  corrupt(r.verdict.text);
  corrupt(r.version);
  for (auto& row : r.removal) {
    corrupt(row.id);
    corrupt(row.train);
    corrupt(row.train_identity);
  }
  for (auto& list : r.consensus->fdr) std::for_each(list.ids.begin(), list.ids.end(), corrupt);
  for (auto& m : r.matchers) {
    corrupt(m.name);
    corrupt(m.fmr_source);
    m.top.resize(50);
    auto identities = m.identities.collect();
    auto images = m.images.collect();
    auto holdout_people = m.holdout_people.collect();
    identities.resize(50);
    images.resize(50);
    holdout_people.resize(50);
    m.holdout_top.resize(50);
    for (std::size_t i = 0; i < 50; ++i) {
      m.holdout_top[i].holdout = holdout_people[i].id = strings[i % strings.size()];
      m.holdout_top[i].synthetic = holdout_people[i].best_synthetic = strings[(i + 3) % strings.size()];
    }
    m.identities_tested = 50;
    for (auto& pair : m.top) {
      corrupt(pair.train);
      corrupt(pair.train_identity);
      corrupt(pair.synthetic);
    }
    for (auto& row : identities) {
      corrupt(row.id);
      corrupt(row.best_train);
      corrupt(row.best_synthetic);
    }
    for (auto& row : images) {
      corrupt(row.id);
      corrupt(row.best_train);
      corrupt(row.best_train_identity);
      corrupt(row.best_holdout);
    }
    m.identities = std::move(identities);
    m.images = std::move(images);
    m.holdout_people = std::move(holdout_people);
    for (auto& list : m.identity_lists) std::for_each(list.ids.begin(), list.ids.end(), corrupt);
    for (auto& c : m.curves) corrupt(c.name);
    m.curves.front().name = strings.front();  // so that the page's data block surely holds markup
    for (auto& component : m.components) corrupt(component.name);
    corrupt(m.guards.train.item);
    if (m.guards.near_copies) corrupt(m.guards.near_copies->unreadable_names.front());
    for (auto& overlap : m.guards.overlaps) {
      corrupt(overlap.holdout_identity);
      corrupt(overlap.holdout);
      corrupt(overlap.train_identity);
      corrupt(overlap.train);
    }
    std::for_each(m.notes.begin(), m.notes.end(), corrupt);
  }
  for (auto& person : r.gallery.people) {
    corrupt(person.id);
    for (auto& look : person.looks) {
      corrupt(look.train);
      corrupt(look.synthetic);
      corrupt(look.kind);
    }
  }
  corrupt_views(r, corrupt);
  return r;
}

ReportModel bare() {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const double infinite = std::numeric_limits<double>::infinity();
  ReportModel r;
  r.verdict = {.leakage = "no-control", .p = nan, .alpha = 0.01, .text = ""};
  ReportModel::Matcher m;
  m.top = {{.rank = 1,
            .score = -infinite,
            .train = {},
            .train_identity = {},
            .synthetic = {},
            .fmr = infinite,
            .similarity = std::nullopt,
            .kind = {}}};
  ReportModel::Threshold& threshold = m.thresholds.emplace_back();
  threshold.fmr = 1e-6;
  threshold.score = infinite;
  threshold.expected_by_chance = nan;
  ReportModel::LeakRate& rate = m.leak_rate.emplace();
  rate.estimate = rate.low = rate.upper95 = nan;
  rate.high = infinite;
  m.identity_lists = {{.q = 0.05, .count = 1, .ids = {"not among the rows"}}};
  m.curves = {{.name = "R-G", .low = -1, .high = 1, .counts = {}},
              {.name = "H-G", .low = -2, .high = 3, .counts = {0, 0}}};
  r.matchers = {m};
  return r;
}

RunFacts facts() {
  return {.facts = {{"threads", "2"}, {"cpu", "a \"fast\" one"}}, .seconds = {{"score", 1.25}, {"total", 2.5}}};
}

}  // namespace semblance::sample
