#include "membership/membership_page.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

namespace semblance::membership_stage {
namespace {

std::string with_interval(const MembershipEstimate& estimate) {
  if (std::isnan(estimate.value)) return "–";
  return fmt::format("{:.3f} ({:.3f}–{:.3f})", estimate.value, estimate.interval.low, estimate.interval.high);
}

// Points at equal steps of both rates: a curve of 10,000 people looks no different.
Page::Series roc_series(const MembershipAttack& attack) {
  constexpr double kStep = 0.002;
  Page::Series series{.name = attack.name, .x = {}, .y = {}};
  // A rate of 0 has no place on a logarithmic axis; half of the smallest rate that is not 0 stands for it.
  const double zero = 0.5 / static_cast<double>(std::max<std::size_t>(1, attack.person_mean.nonmembers));
  RocPoint last{-1, -1};
  for (const RocPoint& point : attack.roc) {
    const bool end = &point == &attack.roc.back();
    const bool rare = point.fpr < 0.02;
    if (!end && !(rare && point.fpr > last.fpr) && point.fpr - last.fpr < kStep && point.tpr - last.tpr < kStep)
      continue;
    last = point;
    if (point.tpr <= 0) continue;
    series.x.push_back(std::max(zero, point.fpr));
    series.y.push_back(point.tpr);
  }
  return series;
}

Page::Chart roc_chart(const MembershipStudy& study) {
  Page::Chart chart{.title = "Who is told apart, and at what price",
                    .x_label = "false positive rate (non-members taken for members)",
                    .y_label = "true positive rate (members found)",
                    .x_axis = Page::Axis::logarithmic,
                    .y_axis = Page::Axis::logarithmic};
  for (const auto& attack : study.attacks) chart.series.push_back(roc_series(attack));
  Page::Series guessing{.name = "guessing", .x = {}, .y = {}, .dashed = true};
  for (int k = -30; k <= 0; ++k) {
    guessing.x.push_back(std::pow(10, k / 10.0));
    guessing.y.push_back(guessing.x.back());
  }
  chart.series.push_back(guessing);
  chart.caption =
      "ROC curves, one vote a person (mean over the person's photographs). Low false positive rates count: an "
      "attack that names few people, all of them rightly, harms more than one that is a little better than "
      "guessing everywhere. A rate of 0 is drawn at half of the smallest other rate.";
  return chart;
}

Page::Chart score_chart(const MembershipStudy& study) {
  const MembershipAttack& attack = study.attacks.front();
  double low = INFINITY;
  double high = -INFINITY;
  for (const double s : attack.person_scores) {
    if (std::isnan(s)) continue;
    low = std::min(low, s);
    high = std::max(high, s);
  }
  constexpr std::size_t kBins = 40;
  const double width = high > low ? (high - low) / kBins : 1;
  std::array<std::vector<double>, 2> share;  // non-members, members
  std::array<double, 2> people{};
  for (auto& side : share) side.assign(kBins + 1, 0);
  for (std::size_t p = 0; p < attack.person_scores.size(); ++p) {
    const double s = attack.person_scores[p];
    if (std::isnan(s)) continue;
    const std::size_t side = study.people[p].member ? 1 : 0;
    share[side][std::min(kBins - 1, static_cast<std::size_t>((s - low) / width))] += 1;
    people[side] += 1;
  }
  Page::Chart chart{
      .title = "Scores of " + attack.name, .x_label = "score, mean of a person", .y_label = "share of people"};
  for (const std::size_t side : {std::size_t{1}, std::size_t{0}}) {
    Page::Series series{.name = side == 1 ? "members" : "non-members",
                        .x = {},
                        .y = {},
                        .style = Page::Style::steps,
                        .dashed = side == 0};
    for (std::size_t k = 0; k <= kBins; ++k) {
      series.x.push_back(low + width * static_cast<double>(k));
      series.y.push_back(share[side][std::min(k, kBins - 1)] / std::max(1.0, people[side]));
    }
    chart.series.push_back(series);
  }
  return chart;
}

std::vector<std::string> metrics_row(const std::string& name, const MembershipMetrics& metrics) {
  std::vector<std::string> row = {name, fmt::format("{} / {}", metrics.members, metrics.nonmembers),
                                  with_interval(metrics.auc), with_interval(metrics.average_precision)};
  for (const auto& tpr : metrics.tpr) row.push_back(with_interval(tpr));
  row.push_back(fmt::format("{:.2g}", metrics.p));
  return row;
}

Page::Section attacks_section(const MembershipStudy& study) {
  Page::Section section{.heading = "Attacks"};
  std::vector<std::string> columns = {"attack", "members / non-members", "AUC", "average precision"};
  for (const double fpr : kMembershipFpr) columns.push_back(fmt::format("TPR at {:g}% FPR", 100 * fpr));
  columns.emplace_back("p");
  Page::Table main{.caption =
                       "One vote a person: the mean over the person's photographs. In brackets 95% intervals "
                       "(bootstrap over people); p by permuting people, last column after Holm.",
                   .columns = columns,
                   .rows = {}};
  main.columns.emplace_back("p (Holm)");
  Page::Table largest{
      .caption = "One vote a person: the largest over the person's photographs.", .columns = columns, .rows = {}};
  Page::Table single{
      .caption = "One vote a photograph (intervals and p still over people).", .columns = columns, .rows = {}};
  Page::Table meaning{.caption = "What each attack scores.", .columns = {"attack", "score"}, .rows = {}};
  for (const auto& attack : study.attacks) {
    main.rows.push_back(metrics_row(attack.name, attack.person_mean));
    main.rows.back().push_back(fmt::format("{:.2g}", attack.p_holm));
    largest.rows.push_back(metrics_row(attack.name, attack.person_max));
    single.rows.push_back(metrics_row(attack.name, attack.query));
    meaning.rows.push_back({attack.name, attack.description});
  }
  section.tables = {main, largest, single, meaning};
  section.charts = {roc_chart(study), score_chart(study)};
  return section;
}

Page::Section blind_section(const BlindBaseline& blind) {
  Page::Section section{.heading = "Blind baseline"};
  section.paragraphs = {
      blind.text,
      fmt::format("The same classifiers, told to part members from non-members by their photographs alone, "
                  "judged on people they did not learn from: of {} folds of people, each but the first is judged "
                  "by what the folds before it taught.",
                  blind.folds)};
  Page::Table table{.caption =
                        "One vote a person; intervals at 97.5% each, so that both hold at 95%. The split counts as "
                        "confounded when a permutation p is at most 2.5%.",
                    .columns = {"classifier", "AUC without the synthetic images", "p"},
                    .rows = {}};
  for (const auto& classifier : blind.classifiers)
    table.rows.push_back({classifier.name, with_interval(classifier.auc), fmt::format("{:.2g}", classifier.p)});
  section.tables = {table};
  return section;
}

Page::Section over_representation_section(const MembershipStudy& study) {
  const OverRepresentation& result = *study.over_representation;
  Page::Section section{.heading = "Over-represented people"};
  section.paragraphs = {"Whether a person with more training images stands out more: membership score against images."};
  Page::Chart chart{.title = "Membership score by number of training images",
                    .x_label = "training images of the person",
                    .y_label = study.attacks.front().name + ", mean of a person",
                    .x_axis = Page::Axis::logarithmic};
  Page::Series members{.name = "members", .x = {}, .y = {}, .style = Page::Style::points};
  for (const auto& person : result.people) {
    members.x.push_back(static_cast<double>(person.images));
    members.y.push_back(person.score);
  }
  std::vector<double> others;
  for (std::size_t p = 0; p < study.people.size(); ++p) {
    const double score = study.attacks.front().person_scores[p];
    if (!study.people[p].member && !std::isnan(score)) others.push_back(score);
  }
  chart.series.push_back(members);
  if (!members.x.empty() && !others.empty()) {
    const auto middle = others.begin() + static_cast<std::ptrdiff_t>(others.size() / 2);
    std::nth_element(others.begin(), middle, others.end());
    const double most = *std::max_element(members.x.begin(), members.x.end());
    chart.series.push_back(
        {.name = "non-members, median", .x = {1, std::max(2.0, most)}, .y = {*middle, *middle}, .dashed = true});
  }
  Page::Table rho{.caption =
                      "Spearman correlation of membership score and training images, with 95% intervals (bootstrap "
                      "over people).",
                  .columns = {"attack", "rho"},
                  .rows = {}};
  for (const auto& curve : result.curves) rho.rows.push_back({curve.attack, with_interval(curve.rho)});
  Page::Table most{.caption = "People with most training images.",
                   .columns = {"person", "training images", "score", "share of non-members as high"},
                   .rows = {}};
  constexpr std::size_t kListed = 20;
  for (std::size_t i = 0; i < std::min(kListed, result.people.size()); ++i) {
    const auto& person = result.people[i];
    most.rows.push_back({study.people[person.person].name, std::to_string(person.images),
                         fmt::format("{:.4f}", person.score), fmt::format("{:.3g}", person.nonmembers_above)});
  }
  section.tables = {rho, most};
  section.charts = {chart};
  return section;
}

Page::Section limits_section(const MembershipStudy& study) {
  Page::Section section{.heading = "What this study rests on"};
  section.paragraphs = study.notes;
  section.paragraphs.emplace_back(
      "Members and non-members must be drawn at random from one source; then they are exchangeable under \"the "
      "generator "
      "knows nobody\", and p-values hold. Intervals speak of other people judged by these very attacks, not of the "
      "attacks trained anew. Method: Webster, Rabin, Simon and Jurie, arXiv 2107.06018; formulas in "
      "docs/membership.md.");
  Page::Table sets{.caption = "Sets.", .columns = {"set", "photographs", "people", "file", "sha256"}, .rows = {}};
  for (const auto& set : study.sets) {
    sets.rows.push_back({set.role, std::to_string(set.items), set.labelled ? std::to_string(set.people) : "no labels",
                         set.location, set.sha256.substr(0, 16)});
  }
  Page::Table options{.caption = "Options.", .columns = {"option", "value"}, .rows = {}};
  for (const auto& [name, value] : study.options) options.rows.push_back({name, value});
  options.rows.push_back({"seed", std::to_string(study.seed)});
  section.tables = {sets, options};
  return section;
}

}  // namespace

Page page_of(const MembershipStudy& study) {
  Page page{.title = "Membership", .lead = study.text, .sections = {}};
  page.sections.push_back(attacks_section(study));
  page.sections.push_back(blind_section(study.blind));
  if (study.over_representation) page.sections.push_back(over_representation_section(study));
  page.sections.push_back(limits_section(study));
  return page;
}

}  // namespace semblance::membership_stage
