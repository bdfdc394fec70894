#include "experiment/distribution_page.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "experiment/output.hpp"

namespace semblance::experiment_stage {
namespace {

using Study = DistributionStudy;

constexpr std::size_t kBinsDrawn = 120;

std::string bounded_text(const Bounded& number) {
  if (number.exact()) return fmt::format("{:.4f}", number.value);
  return fmt::format("{:.4f} ({:.4f} to {:.4f})", number.value, number.low, number.high);
}

std::string shift_text(const Bounded& number) {
  return fmt::format("{}{}", number.value > 0 ? "+" : "", bounded_text(number));
}

Page::Table distributions_table(const Study::Cell& cell) {
  Page::Table table{.caption = "The distributions",
                    .columns = {"pairs of", "pairs", "mean", "sd", "median", "q90", "q99", "q99.9", "max"},
                    .rows = {}};
  for (const Study::Distribution& d : cell.distributions) {
    table.rows.push_back({d.name, count_text(d.pairs), score_text(d.mean.value), score_text(d.sd.value),
                          score_text(d.q50.value), score_text(d.q90.value), score_text(d.q99.value),
                          score_text(d.q999.value), score_text(d.max.value)});
  }
  return table;
}

Page::Table comparisons_table(const Study::Cell& cell) {
  const Study::Distribution& any = cell.distributions.front();
  const double width = (any.histogram.high - any.histogram.low) / static_cast<double>(any.histogram.counts.size());
  const bool exact = std::ranges::all_of(cell.comparisons, [](const auto& c) { return c.wasserstein.exact(); });
  Page::Table table{.caption = exact
                                   ? std::string("Their distances, exact: from every score")
                                   : fmt::format("Their distances; in brackets proven bounds where they were computed "
                                                 "from histograms with bins of {:.5f}",
                                                 width),
                    .columns = {"distance"},
                    .rows = {}};
  using Member = Bounded Study::Comparison::*;
  const std::vector<std::pair<std::string, Member>> rows = {{"KS", &Study::Comparison::ks},
                                                            {"AUC", &Study::Comparison::auc},
                                                            {"d′", &Study::Comparison::d_prime},
                                                            {"Wasserstein-1", &Study::Comparison::wasserstein},
                                                            {"shift of the median", &Study::Comparison::shift_q50},
                                                            {"shift of q90", &Study::Comparison::shift_q90},
                                                            {"shift of q99", &Study::Comparison::shift_q99},
                                                            {"shift of q99.9", &Study::Comparison::shift_q999},
                                                            {"shift of the maximum", &Study::Comparison::shift_max}};
  for (const Study::Comparison& c : cell.comparisons) table.columns.push_back(c.first + " against " + c.second);
  if (cell.test) table.columns.emplace_back("p, people permuted");
  const std::vector<std::string> tested = {"ks", "auc", "d-prime", "wasserstein", "q50", "q90", "q99", "q99.9", "max"};
  for (std::size_t k = 0; k < rows.size(); ++k) {
    const auto& [name, member] = rows[k];
    std::vector<std::string> cells = {name};
    const bool signed_number = k >= 4 || name == "d′";
    for (const Study::Comparison& c : cell.comparisons) {
      cells.push_back(signed_number ? shift_text(c.*member) : bounded_text(c.*member));
    }
    if (cell.test) {
      const auto at = std::ranges::find(cell.test->p, tested[k], &Study::PValue::statistic);
      cells.push_back(at == cell.test->p.end() ? "–" : p_text(at->p));
    }
    table.rows.push_back(std::move(cells));
  }
  return table;
}

Page::Section cell_section(const Study::Matcher& matcher, const Study::Cell& cell, bool several) {
  Page::Section section;
  section.heading = several ? fmt::format("{}, {}", matcher.name, cell.synthetic) : cell.synthetic;
  std::vector<const Histogram*> all;
  all.reserve(cell.distributions.size());
  for (const Study::Distribution& d : cell.distributions) all.push_back(&d.histogram);
  Page::Chart bulk{.title = "Distributions", .x_label = "score", .y_label = "density"};
  Page::Chart tail{
      .title = "Tails", .x_label = "score t", .y_label = "share of pairs ≥ t", .y_axis = Page::Axis::logarithmic};
  for (const Study::Distribution& d : cell.distributions) {
    bulk.series.push_back(density(d.name, d.histogram, all, kBinsDrawn));
    bulk.series.back().dashed = d.name == "H-G";
    tail.series.push_back(survival(d.name, d.histogram, 2 * kBinsDrawn));
    tail.series.back().dashed = d.name == "H-G";
  }
  section.charts = {std::move(bulk), std::move(tail)};
  section.tables = {distributions_table(cell), comparisons_table(cell)};
  if (cell.test) {
    const Study::Test& test = *cell.test;
    section.paragraphs.push_back(fmt::format(
        "R-G against H-G: the smallest p-value has p = {} (after correction for the {} distances looked at{}). {} "
        "training "
        "and {} hold-out people changed sides{}{}.",
        p_text(test.p_min), test.p.size(),
        several ? fmt::format("; p = {} over all sets and matchers of this page", p_text(test.p_adjusted)) : "",
        count_text(test.people_train), count_text(test.people_holdout),
        test.people_per_unit > 1 ? fmt::format(", in groups of {}", test.people_per_unit) : "",
        test.fixed_people > 0 ? fmt::format(", {} of them fixed", count_text(test.fixed_people)) : ""));
  }
  return section;
}

/// The comparison that tells leakage: with a hold-out R-G to H-G, else R-G to R-R.
const Study::Comparison& first_comparison(const Study::Cell& cell) { return cell.comparisons.front(); }

Page::Section axis_section(const Study& study) {
  Page::Section section;
  section.heading = "Along the axis";
  const auto chart = [&](const std::string& title, const std::string& label, Bounded Study::Comparison::*member) {
    Page::Chart result{.title = title, .x_label = "synthetic set", .y_label = label};
    for (const Study::Cell& cell : study.matchers.front().cells) result.x_names.push_back(cell.synthetic);
    for (const Study::Matcher& matcher : study.matchers) {
      Page::Series series{.name = matcher.name, .x = {}, .y = {}};
      series.style = Page::Style::points;
      for (const Study::Cell& cell : matcher.cells) {
        const auto at = std::ranges::find(result.x_names, cell.synthetic);
        if (at == result.x_names.end()) continue;
        series.x.push_back(static_cast<double>(at - result.x_names.begin()));
        series.y.push_back((first_comparison(cell).*member).value);
      }
      result.series.push_back(std::move(series));
    }
    return result;
  };
  const Study::Comparison& first = first_comparison(study.matchers.front().cells.front());
  const std::string between = first.first + " against " + first.second;
  section.charts = {chart("KS distance, " + between, "KS", &Study::Comparison::ks),
                    chart("Shift of the 99.9% quantile, " + between, "shift of q99.9", &Study::Comparison::shift_q999)};
  Page::Table table{.caption = between,
                    .columns = {"matcher", "synthetic set", "KS", "AUC", "d′", "shift of q99.9", "shift of max", "p",
                                "p over this page"},
                    .rows = {}};
  for (const Study::Matcher& matcher : study.matchers) {
    for (const Study::Cell& cell : matcher.cells) {
      const Study::Comparison& c = first_comparison(cell);
      table.rows.push_back({matcher.name, cell.synthetic, score_text(c.ks.value), score_text(c.auc.value),
                            fmt::format("{:+.3f}", c.d_prime.value), fmt::format("{:+.4f}", c.shift_q999.value),
                            fmt::format("{:+.4f}", c.shift_max.value), cell.test ? p_text(cell.test->p_min) : "–",
                            cell.test ? p_text(cell.test->p_adjusted) : "–"});
    }
  }
  section.tables = {std::move(table)};
  return section;
}

std::string lead(const Study& study) {
  const Study::Cell* strongest = nullptr;
  const Study::Matcher* by = nullptr;
  for (const Study::Matcher& matcher : study.matchers) {
    for (const Study::Cell& cell : matcher.cells) {
      if (!cell.test || (strongest != nullptr && cell.test->p_min >= strongest->test->p_min)) continue;
      strongest = &cell;
      by = &matcher;
    }
  }
  const std::string what = "Scores of training people against synthetic images (R-G) beside those of ";
  if (strongest == nullptr) {
    return what +
           "different training people (R-R). Without a labelled hold-out a difference shows how the synthetic "
           "faces differ from real ones, not whether training people leak.";
  }
  const Study::Comparison& c = first_comparison(*strongest);
  return what + fmt::format(
                    "held-out people (H-G). The clearest difference is {} with {}: KS {:.4f}, AUC {:.4f}, shift of the "
                    "99.9% quantile {:+.4f}; permuting whole people between R and H gives p = {} ({} over all "
                    "{} sets and matchers).",
                    strongest->synthetic, by->name, c.ks.value, c.auc.value, c.shift_q999.value,
                    p_text(strongest->test->p_min), p_text(strongest->test->p_adjusted), [&] {
                      std::size_t cells = 0;
                      for (const Study::Matcher& matcher : study.matchers) cells += matcher.cells.size();
                      return cells;
                    }());
}

}  // namespace

Page distribution_page(const DistributionStudy& study) {
  Page page;
  page.title = "Score distributions of training and held-out people";
  page.lead = lead(study);
  const bool several = study.matchers.size() > 1 || study.matchers.front().cells.size() > 1;
  if (several) page.sections.push_back(axis_section(study));
  for (const Study::Matcher& matcher : study.matchers) {
    for (const Study::Cell& cell : matcher.cells) page.sections.push_back(cell_section(matcher, cell, several));
  }
  Page::Section& reading = page.sections.emplace_back();
  reading.heading = "How to read this";
  reading.paragraphs = {
      "R-R: different training people; R-G: training people and synthetic images; H-G: held-out people and synthetic "
      "images; G-G: synthetic images among themselves.",
      fmt::format(
          "Pairs that share a face are not independent, so no p-value here counts pairs: whole people change sides "
          "between R and H, {} times (seed {}), among people with about as many images. KS and Wasserstein-1 look "
          "both ways; AUC, d′ and the shifts ask whether training people score higher.",
          count_text(study.permutations), study.seed),
      "A leak of few people moves the far tail, hardly the bulk: a small KS clears nobody. `semblance audit` tests "
      "people "
      "and names them."};
  if (!study.notes.empty()) {
    page.sections.push_back(
        {.heading = "What this page can't say", .paragraphs = study.notes, .tables = {}, .charts = {}});
  }
  page.sections.push_back(sets_section(study.sets));
  return page;
}

}  // namespace semblance::experiment_stage
