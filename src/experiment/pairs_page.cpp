#include "experiment/pairs_page.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "experiment/output.hpp"

namespace semblance::experiment_stage {
namespace {

constexpr std::size_t kPairsShown = 100;

bool labelled(const PairsStudy& study, std::size_t set) { return study.sets[set].labelled; }

std::string identities(std::size_t count, bool are_labelled) { return are_labelled ? count_text(count) : "–"; }

std::string threshold_name(const PairsStudy::Threshold& row) {
  return row.fmr ? fmt::format("FMR {:g}", *row.fmr) : fmt::format("{:.3f}", row.score);
}

std::vector<Page::Marker> markers_of(const PairsStudy& study) {
  std::vector<Page::Marker> markers;
  markers.reserve(study.thresholds.size());
  for (const auto& row : study.thresholds) markers.push_back({threshold_name(row), row.score});
  return markers;
}

Page::Table thresholds_table(const PairsStudy& study) {
  Page::Table table{.caption = "Pairs at or over each threshold, beside what chance gives",
                    .columns = {"threshold", "score", "pairs R × G", "expected by chance", "training people",
                                "training images", "synthetic images"},
                    .rows = {}};
  const bool controlled = study.holdout_top.has_value();
  if (controlled) table.columns.insert(table.columns.begin() + 4, "expected from the hold-out");
  if (controlled) table.columns.emplace_back("hold-out people");
  for (const auto& row : study.thresholds) {
    std::string name = threshold_name(row);
    if (row.fmr && !row.resolved) {
      name += " (not measurable)";
    } else if (!row.rule_of_30) {
      name += fmt::format(" ({} false matches)", row.false_matches);
    }
    std::vector<std::string> cells = {name,
                                      score_text(row.score),
                                      count_text(row.train.pairs),
                                      expected_text(row.expected_by_chance),
                                      identities(row.train.real_identities, labelled(study, 0)),
                                      count_text(row.train.real_items),
                                      count_text(row.train.synthetic_items)};
    if (controlled) cells.insert(cells.begin() + 4, expected_text(row.expected_from_holdout.value_or(0)));
    if (controlled) cells.push_back(identities(row.holdout->real_identities, labelled(study, 2)));
    table.rows.push_back(std::move(cells));
  }
  return table;
}

Page::Table top_table(const PairsStudy& study) {
  const auto of = [](std::size_t clusters, std::size_t largest) {
    return clusters == 0 ? std::string("–")
                         : fmt::format("{} (largest: {})", count_text(clusters), count_text(largest));
  };
  Page::Table table{.caption = "Who is in the lists of best pairs",
                    .columns = {"list", "lowest score", "real images", "after joining near-duplicates", "real people",
                                "synthetic images", "after joining near-duplicates", "synthetic people"},
                    .rows = {}};
  const auto add = [&](const std::string& name, const PairsStudy::Top& top, std::size_t real_set) {
    table.rows.push_back(
        {fmt::format("{} best of {}", count_text(top.count.pairs), name), score_text(top.pairs.back().score),
         count_text(top.count.real_items), of(top.real_clusters, top.largest_real_cluster),
         identities(top.count.real_identities, labelled(study, real_set)), count_text(top.count.synthetic_items),
         of(top.synthetic_clusters, top.largest_synthetic_cluster),
         identities(top.count.synthetic_identities, labelled(study, 1))});
  };
  add("R × G", study.top, 0);
  if (study.holdout_top) add("H × G", *study.holdout_top, 2);
  return table;
}

Page::Table pairs_table(const PairsStudy& study) {
  Page::Table table{.caption = fmt::format("The best {} of {} pairs (all: pairs.csv)",
                                           count_text(std::min(kPairsShown, study.top.pairs.size())),
                                           count_text(study.top.pairs.size())),
                    .columns = {"rank", "score", "training image", "person", "synthetic image", "its identity", "FMR"},
                    .rows = {}};
  for (std::size_t k = 0; k < std::min(kPairsShown, study.top.pairs.size()); ++k) {
    const PairsStudy::Pair& pair = study.top.pairs[k];
    table.rows.push_back(
        {count_text(k + 1), score_text(pair.score), pair.real, pair.real_identity, pair.synthetic,
         pair.synthetic_identity,
         pair.fmr ? rate_text(*pair.fmr) : fmt::format("< {}", rate_text(1 / static_cast<double>(study.non_mated)))});
  }
  return table;
}

Page::Table equal_table(const PairsStudy& study) {
  Page::Table table{.caption = fmt::format("Synthetic images with a best match at or over each threshold, among {} "
                                           "training and {} hold-out images",
                                           count_text(study.equal_train_items), count_text(study.equal_holdout_items)),
                    .columns = {"threshold", "score", "in training", "in the hold-out", "excess (95% interval)"},
                    .rows = {}};
  for (std::size_t t = 0; t < study.thresholds.size(); ++t) {
    const BestMatchShare& train = study.equal_train->shares[t];
    const BestMatchShare& holdout = study.equal_holdout->shares[t];
    table.rows.push_back({threshold_name(study.thresholds[t]), score_text(train.threshold), share_text(train.share),
                          share_text(holdout.share), difference_text(train.excess.value_or(0), train.excess_interval)});
  }
  return table;
}

Page::Table hubs_table(const PairsStudy& study) {
  Page::Table table{
      .caption = "Share of all best matches that fall on few real images",
      .columns = {"searched", "on one image", "on ten images", "on 1% of the images", "images chosen", "most chosen"},
      .rows = {}};
  const auto add = [&](const std::string& name, const BestMatchSummary& s) {
    table.rows.push_back({name, share_text(s.hubs.top1), share_text(s.hubs.top10),
                          s.hubs.top_percent ? share_text(*s.hubs.top_percent) : "–", count_text(s.hubs.distinct),
                          s.hubs.top_item});
  };
  add("training", study.best);
  if (study.equal_train) {
    add(fmt::format("training, {} images", count_text(study.equal_train_items)), *study.equal_train);
    add(fmt::format("hold-out, {} images", count_text(study.equal_holdout_items)), *study.equal_holdout);
  }
  return table;
}

std::string lead(const PairsStudy& study) {
  std::string text = fmt::format(
      "All {} pairs of {} training and {} synthetic images were compared. The {} best score {:.3f} and more; they "
      "show ",
      count_text(study.pairs), count_text(study.sets[0].items), count_text(study.sets[1].items),
      count_text(study.top.count.pairs), study.top.pairs.back().score);
  if (labelled(study, 0)) text += fmt::format("{} training people in ", count_text(study.top.count.real_identities));
  text += fmt::format("{} training and {} synthetic images. ", count_text(study.top.count.real_items),
                      count_text(study.top.count.synthetic_items));
  // Where no non-mated pair scores so high, the chance count is below what they resolve, not nought.
  text += study.top.pairs.back().fmr
              ? fmt::format("By the false match rate among training people alone, {} pairs would score so high",
                            expected_text(study.top_expected_by_chance))
              : fmt::format(
                    "None of {} pairs of different training people scores so high, which leaves up to about {} "
                    "pairs by chance",
                    count_text(study.non_mated),
                    expected_text(static_cast<double>(study.pairs) / static_cast<double>(study.non_mated)));
  if (study.top_expected_from_holdout) {
    return text + fmt::format("; by the hold-out, whose people the generator never saw, {}.",
                              expected_text(*study.top_expected_from_holdout));
  }
  return text + ". There is no hold-out, so look-alikes can't be told from leaks.";
}

Page::Chart pair_scores_chart(const PairsStudy& study) {
  Page::Chart chart{.title = "All pairs: share at or over each score",
                    .x_label = "score t",
                    .y_label = "share of pairs ≥ t",
                    .y_axis = Page::Axis::logarithmic};
  for (const auto& [name, histogram] : study.curves) {
    Page::Series series = survival(name, histogram, 300);
    series.dashed = name != "R-G";
    chart.series.push_back(std::move(series));
  }
  chart.markers = markers_of(study);
  return chart;
}

}  // namespace

Page pairs_page(const PairsStudy& study) {
  Page page;
  page.title = "The best pairs of training and synthetic images";
  page.lead = lead(study);
  const auto markers = markers_of(study);

  Page::Section& bests = page.sections.emplace_back();
  bests.heading = "Every synthetic image's best match";
  bests.charts.push_back(best_match_chart("Best score in the training set", study.bins, {&study.best}, markers, ""));
  if (study.equal_train) {
    bests.charts.push_back(best_match_tail_chart("Training set and hold-out at equal size", study.bins,
                                                 {&*study.equal_train, &*study.equal_holdout}, markers, "holdout"));
    bests.tables.push_back(equal_table(study));
    bests.paragraphs.emplace_back(
        "A larger gallery gives higher best scores, so training set and hold-out compare only at equal numbers of "
        "images. "
        "The intervals are about other synthetic images; whether the people differ is what `semblance audit` tests.");
  }

  Page::Section& counts = page.sections.emplace_back();
  counts.heading = "Counts beside their chance";
  counts.paragraphs = {
      fmt::format("Thresholds come from {} pairs of different training people. Expected by chance: that "
                  "false match rate times the pairs compared. Synthetic faces need not be as unlike "
                  "people as other people are, so the hold-out's count is the better control.",
                  count_text(study.non_mated))};
  counts.tables = {thresholds_table(study), top_table(study)};
  counts.charts = {pair_scores_chart(study)};
  if (study.near_duplicate > 0) {
    counts.paragraphs.push_back(fmt::format(
        "Near-duplicates: images of one set with a cosine of {:g} or more, joined in chains (clusters.csv).",
        study.near_duplicate));
  }

  Page::Section& hubs = page.sections.emplace_back();
  hubs.heading = "Hubs";
  hubs.paragraphs = {
      "A real image that is the best match of very many synthetic ones is close to everybody; its matches "
      "say little about leakage."};
  hubs.tables = {hubs_table(study)};

  page.sections.push_back({.heading = "The pairs", .paragraphs = {}, .tables = {pairs_table(study)}, .charts = {}});
  if (!study.notes.empty()) {
    page.sections.push_back(
        {.heading = "What this page can't say", .paragraphs = study.notes, .tables = {}, .charts = {}});
  }
  page.sections.push_back(sets_section(study.sets));
  return page;
}

}  // namespace semblance::experiment_stage
