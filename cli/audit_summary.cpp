#include "cli/audit_summary.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>

#include "cli/common.hpp"

namespace semblance::cli {
namespace {

std::string share(double value) { return fmt::format("{:.3g}%", 100 * value); }

std::string set_line(const ReportModel::Set& set) {
  std::string text = grouped(set.items);
  if (set.labelled) text += fmt::format(" of {} people", grouped(set.identities));
  if (set.rejected > 0) {
    text += fmt::format(" ({} rejected", grouped(set.rejected));
    if (!set.lost_people.empty()) text += fmt::format(", {} people with them", grouped(set.lost_people.size()));
    text += ")";
  }
  return text;
}

std::string matcher_names(const ReportModel& model) {
  std::string names;
  for (const auto& matcher : model.matchers) names += (names.empty() ? "" : ", ") + matcher.name;
  return names;
}

void print_lists(const ReportModel& model, const ReportModel::Matcher& matcher) {
  const char* unit = model.train.labelled ? "people" : "training images";
  for (const auto& list : matcher.identity_lists) {
    fmt::print("  leaked     {} of {} {} at FDR {} (chance: {:.1f} of these)\n", grouped(list.count),
               grouped(matcher.identities_tested), unit, share(list.q), list.q * static_cast<double>(list.count));
  }
  for (const auto& list : matcher.image_lists) {
    if (list.q != matcher.image_lists.back().q) continue;
    fmt::print("  images     {} of {} synthetic images at FDR {} (chance: {:.1f} of these)\n", grouped(list.count),
               grouped(model.synthetic.items), share(list.q), list.q * static_cast<double>(list.count));
  }
  if (matcher.leak_rate) {
    const auto& rate = *matcher.leak_rate;
    fmt::print("  leak rate  {} of the {} (95% interval {} to {}); at {}% power detectable from {}\n",
               share(rate.estimate), unit, share(rate.low), share(rate.high), 95,
               rate.minimum_detectable ? share(*rate.minimum_detectable) : std::string("nothing: too few people"));
  }
}

void print_threshold(const ReportModel::Matcher& matcher) {
  if (matcher.thresholds.empty()) return;
  // The strictest threshold that the data carry says most; the others are in the report.
  const ReportModel::Threshold* shown = &matcher.thresholds.front();
  for (const auto& row : matcher.thresholds) {
    if (row.resolved && row.rule_of_30 && row.fmr < shown->fmr) shown = &row;
  }
  fmt::print("  pairs      {} at or over {:.4f} (FMR {:g}); expected by chance {:.1f}", grouped(shown->pairs),
             shown->score, shown->fmr, shown->expected_by_chance);
  if (shown->expected_from_holdout) fmt::print(", from the hold-out {:.1f}", *shown->expected_from_holdout);
  fmt::print("\n");
}

void print_near_copies(const ReportModel::Matcher& matcher) {
  if (!matcher.guards.near_copies) return;
  const auto& found = *matcher.guards.near_copies;
  fmt::print("  pictures   {} of {} best pairs are near-copies", grouped(found.pairs.near_copies),
             grouped(found.pairs.checked));
  if (found.holdout) {
    fmt::print(" (hold-out: {} of {})", grouped(found.holdout->near_copies), grouped(found.holdout->checked));
  }
  if (found.people.checked > 0) {
    fmt::print("; of the {1} people listed that could be compared, {0} by their best pair",
               grouped(found.people.near_copies), grouped(found.people.checked));
  }
  if (found.unreadable > 0) fmt::print("; {} pictures missing or broken", grouped(found.unreadable));
  fmt::print("\n");
}

void print_view(const char* name, const ReportModel::View& view) {
  if (view.rejected == 0 && view.left_out.empty()) return;
  std::string text;
  const auto add = [&](std::size_t items, const std::string& why) {
    text += fmt::format("{}{} {}", text.empty() ? "" : ", ", grouped(items), why);
  };
  for (const auto& [why, items] : view.rejections) add(items, why);
  for (const auto& one : view.left_out)
    add(one.items, fmt::format("left out since {} can't: {}", one.matcher, one.why));
  fmt::print("  not seen   {}: {}\n", name, text);
}

void print_views(const ReportModel::Matcher& matcher) {
  if (!matcher.views) return;
  print_view("train", matcher.views->train);
  print_view("synthetic", matcher.views->synthetic);
  if (matcher.views->holdout) print_view("hold-out", *matcher.views->holdout);
}

void print_matcher(const ReportModel& model, const ReportModel::Matcher& matcher) {
  if (model.matchers.size() > 1) {
    fmt::print("{}{}\n", matcher.name, matcher.global_p ? fmt::format(" (p = {:.3g} alone)", *matcher.global_p) : "");
    print_views(matcher);
  }
  print_lists(model, matcher);
  if (!matcher.top.empty()) {
    const auto& best = matcher.top.front();
    fmt::print(
        "  best pair  {:.4f}  {} ({}) and {}; FMR {}\n", best.score, best.train, best.train_identity, best.synthetic,
        best.fmr
            ? fmt::format("{:.2g}", *best.fmr)
            : fmt::format("below {:.2g}", 1.0 / static_cast<double>(std::max<std::uint64_t>(1, matcher.non_mated))));
  }
  print_threshold(matcher);
  print_near_copies(matcher);
}

}  // namespace

void print_audit_summary(const ReportModel& model, const std::string& out) {
  fmt::print("train {} | synthetic {} | hold-out {} | {} {}, {} pairs\n", set_line(model.train),
             set_line(model.synthetic), model.holdout ? set_line(*model.holdout) : "none",
             model.matchers.size() > 1 ? "matchers" : "matcher", matcher_names(model),
             grouped(model.matchers.front().pairs_scored));
  if (model.verdict.p) {
    fmt::print("  verdict    leakage {} (p = {:.3g}, level {:g})\n", model.verdict.leakage, *model.verdict.p,
               model.verdict.alpha);
  } else {
    fmt::print("  verdict    none: no hold-out set\n");
  }
  for (const auto& matcher : model.matchers) print_matcher(model, matcher);
  if (model.consensus) {
    fmt::print("  consensus  {} people on whom at least {} matchers agree, at FDR {}\n",
               grouped(model.consensus->fdr.back().count), model.consensus->at_least,
               share(model.consensus->fdr.back().q));
  }
  fmt::print("  in words   {}\n", model.verdict.text);
  fmt::print("  report     {}\n", (std::filesystem::path(out) / "report.html").string());
}

}  // namespace semblance::cli
