#include "gate/metrics.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <set>

namespace semblance::gate_stage {

namespace {

using Level = GateCondition::Level;
using Matcher = ReportModel::Matcher;

constexpr const char* kNoHoldout = "there was no hold-out set";
constexpr const char* kNoPictures = "no pictures were given";

Value missing(const char* why) { return {.number = {}, .text = {}, .missing = why, .note = {}}; }
Value number(double value, std::string note = {}) {
  if (!std::isfinite(value)) return missing("its value is not finite");
  return {.number = value, .text = {}, .missing = {}, .note = std::move(note)};
}
Value number(std::uint64_t value, std::string note = {}) { return number(static_cast<double>(value), std::move(note)); }
Value flag(bool fires) { return number(fires ? 1.0 : 0.0); }
Value maybe(const std::optional<double>& value, const char* why) { return value ? number(*value) : missing(why); }

Value listed(const std::vector<ReportModel::List>& lists, double q, const char* why) {
  const auto at = std::ranges::find_if(lists, [&](const auto& list) { return same_level(list.q, q); });
  return at == lists.end() ? missing(why) : number(std::uint64_t{at->count});
}

Value identities(const ReportModel&, const Matcher& m, double q) { return listed(m.identity_lists, q, kNoHoldout); }
Value images(const ReportModel&, const Matcher& m, double q) { return listed(m.image_lists, q, kNoHoldout); }

Value consensus(const ReportModel& model, double q) {
  if (model.matchers.size() < 2) return missing("a single matcher has no consensus");
  return model.consensus ? listed(model.consensus->fdr, q, kNoHoldout) : missing(kNoHoldout);
}

const ReportModel::Threshold* threshold(const Matcher& m, double fmr) {
  const auto at = std::ranges::find_if(m.thresholds, [&](const auto& row) { return same_level(row.fmr, fmr); });
  return at == m.thresholds.end() ? nullptr : &*at;
}

// What weakens a threshold weakens the count at it.
std::string weakness(const ReportModel::Threshold& row) {
  if (row.extrapolated) return "the threshold is extrapolated, not measured";
  if (!row.resolved) return "the threshold lies just above all non-mated pairs, which are too few for this rate";
  if (!row.rule_of_30) return "the threshold rests on fewer than 30 false matches";
  return {};
}

Value pairs(const ReportModel&, const Matcher& m, double fmr) {
  const auto* row = threshold(m, fmr);
  return row == nullptr ? missing("this matcher has no such threshold") : number(row->pairs, weakness(*row));
}

Value excess_pairs(const ReportModel&, const Matcher& m, double fmr) {
  const auto* row = threshold(m, fmr);
  if (row == nullptr) return missing("this matcher has no such threshold");
  if (!row->expected_from_holdout) return missing(kNoHoldout);
  return number(static_cast<double>(row->pairs) - *row->expected_from_holdout, weakness(*row));
}

Value rate(const Matcher& m, double ReportModel::LeakRate::*member) {
  return m.leak_rate ? number((*m.leak_rate).*member) : missing(kNoHoldout);
}
Value leak_rate(const ReportModel&, const Matcher& m, double) { return rate(m, &ReportModel::LeakRate::estimate); }
Value leak_rate_low(const ReportModel&, const Matcher& m, double) { return rate(m, &ReportModel::LeakRate::low); }
Value leak_rate_high(const ReportModel&, const Matcher& m, double) { return rate(m, &ReportModel::LeakRate::high); }
Value leak_rate_upper95(const ReportModel&, const Matcher& m, double) {
  return rate(m, &ReportModel::LeakRate::upper95);
}
Value minimum_detectable(const ReportModel&, const Matcher& m, double) {
  if (!m.leak_rate) return missing(kNoHoldout);
  return maybe(m.leak_rate->minimum_detectable, "the audit is too small to find even a generator that leaks everybody");
}

Value verdict(const ReportModel& model, double) {
  return {.number = {}, .text = model.verdict.leakage, .missing = {}, .note = {}};
}
Value p_of_report(const ReportModel& model, double) { return maybe(model.verdict.p, kNoHoldout); }
Value p_of_matcher(const ReportModel&, const Matcher& m, double) { return maybe(m.global_p, kNoHoldout); }

Value best_score(const ReportModel&, const Matcher& m, double) {
  return m.top.empty() ? missing("no pairs are listed") : number(m.top.front().score);
}

// Copies among pictures that couldn't be read would not have been counted.
Value copies(const Matcher& m, const ReportModel::Guards::NearCopies::Count& count) {
  const std::size_t unreadable = m.guards.near_copies->unreadable;
  if (count.near_copies == 0 && count.checked == 0 && unreadable > 0)
    return missing("no picture of a pair could be read");
  return number(std::uint64_t{count.near_copies},
                unreadable > 0 ? fmt::format("{} pictures could not be read", unreadable) : std::string());
}
Value near_copies(const ReportModel&, const Matcher& m, double) {
  return m.guards.near_copies ? copies(m, m.guards.near_copies->pairs) : missing(kNoPictures);
}
Value near_copy_people(const ReportModel&, const Matcher& m, double) {
  return m.guards.near_copies ? copies(m, m.guards.near_copies->people) : missing(kNoPictures);
}

Value hubs_fired(const ReportModel&, const Matcher& m, double) { return flag(m.guards.train.fires); }
Value hub_share(const ReportModel&, const Matcher& m, double) { return number(m.guards.train.top_percent); }
Value control_fired(const ReportModel&, const Matcher& m, double) {
  return m.guards.control ? flag(m.guards.control->fires) : missing(kNoHoldout);
}
Value bias_fired(const ReportModel&, const Matcher& m, double) {
  return m.guards.matcher_bias ? flag(m.guards.matcher_bias->fires) : missing("no matcher's card was given");
}
Value overlaps(const ReportModel&, const Matcher& m, double) {
  if (!m.guards.overlap_threshold) return missing("overlap of training and held-out people was not looked for");
  return number(std::uint64_t{m.guards.overlaps.size()});
}

Value rejected_share(const ReportModel& model, double) {
  double worst = 0;
  const char* of = "training";
  const auto look = [&](const ReportModel::Set& set, const char* name) {
    const auto all = static_cast<double>(set.items) + static_cast<double>(set.rejected);
    const double share = all > 0 ? static_cast<double>(set.rejected) / all : 0;
    if (share <= worst) return;
    worst = share;
    of = name;
  };
  look(model.train, "training");
  look(model.synthetic, "synthetic");
  if (model.holdout) look(*model.holdout, "hold-out");
  return number(worst, worst > 0 ? fmt::format("of the {} set", of) : std::string());
}

template <class Keep>
Value removed(const ReportModel& model, Keep keep) {
  if (!model.holdout) return missing(kNoHoldout);
  std::set<std::string_view> ids;
  for (const auto& row : model.removal) {
    if (keep(row)) ids.insert(row.id);
  }
  return number(std::uint64_t{ids.size()});
}
Value removal(const ReportModel& model, double) {
  return removed(model, [](const auto&) { return true; });
}
Value removal_by(const ReportModel& model, const Matcher& m, double) {
  return removed(model, [&](const auto& row) { return row.matcher == m.name; });
}

constexpr std::array kMetrics = {
    Metric{"verdict", Level::none, "the verdict: found, not-found or no-control", verdict, nullptr},
    Metric{"p", Level::none, "p-value of the global test: of the verdict, after Holm; of a matcher, its own",
           p_of_report, p_of_matcher},
    Metric{"leaked_identities", Level::fdr, "training people listed at a false discovery rate", nullptr, identities},
    Metric{"leaked_images", Level::fdr, "synthetic images listed at a false discovery rate", nullptr, images},
    Metric{"consensus_identities", Level::fdr, "training people on whom the matchers agree", consensus, nullptr},
    Metric{"leak_rate", Level::none, "estimated share of the training people who leaked", nullptr, leak_rate},
    Metric{"leak_rate_low", Level::none, "lower end of its 95% interval", nullptr, leak_rate_low},
    Metric{"leak_rate_high", Level::none, "upper end of its 95% interval", nullptr, leak_rate_high},
    Metric{"leak_rate_upper95", Level::none, "one-sided 95% upper bound of the leak rate", nullptr, leak_rate_upper95},
    Metric{"minimum_detectable", Level::none, "smallest leak rate that the audit would find 95 times in 100", nullptr,
           minimum_detectable},
    Metric{"pairs", Level::fmr, "pairs at or over the threshold at a false match rate", nullptr, pairs},
    Metric{"excess_pairs", Level::fmr, "those pairs less what the hold-out set, scaled to the training set, gives",
           nullptr, excess_pairs},
    Metric{"best_score", Level::none, "score of the best pair", nullptr, best_score},
    Metric{"near_copies", Level::none, "best pairs whose pictures are near-copies", nullptr, near_copies},
    Metric{"near_copy_people", Level::none, "people listed whose best pair is a near-copy", nullptr, near_copy_people},
    Metric{"hubs_fired", Level::none, "1 if the guard against hubs fires, else 0", nullptr, hubs_fired},
    Metric{"hub_share", Level::none, "share of all best matches that the top 1% of the training images hold", nullptr,
           hub_share},
    Metric{"control_fired", Level::none, "1 if the hold-out set is no fair control, else 0", nullptr, control_fired},
    Metric{"bias_fired", Level::none, "1 if the matcher was trained on the training set, else 0", nullptr, bias_fired},
    Metric{"overlaps", Level::none, "held-out people who seem to be in the training set, too", nullptr, overlaps},
    Metric{"rejected_share", Level::none,
           "largest share of any set's images that have no embedding by one matcher or another", rejected_share,
           nullptr},
    Metric{"removal", Level::none, "synthetic images that should not be published", removal, removal_by},
};

}  // namespace

std::span<const Metric> all_metrics() { return kMetrics; }

const Metric* find_metric(std::string_view name) {
  const auto* at = std::ranges::find_if(kMetrics, [&](const Metric& metric) { return metric.name == name; });
  return at == kMetrics.end() ? nullptr : at;
}

std::vector<double> levels_of(const ReportModel& model, GateCondition::Level level) {
  std::vector<double> levels;
  const auto add = [&](double at) {
    if (std::isnan(at)) return;  // no level: a report may have been edited
    if (std::ranges::none_of(levels, [&](double known) { return same_level(known, at); })) levels.push_back(at);
  };
  for (const Matcher& m : model.matchers) {
    if (level == Level::fdr) {
      for (const auto& list : m.identity_lists) add(list.q);
      for (const auto& list : m.image_lists) add(list.q);
    } else if (level == Level::fmr) {
      for (const auto& row : m.thresholds) add(row.fmr);
    }
  }
  return levels;
}

std::string level_text(GateCondition::Level level, double at) {
  if (level == Level::none) return {};
  return level == Level::fdr ? fmt::format("@fdr{:g}", 100 * at) : fmt::format("@fmr{:g}", at);
}

bool same_level(double x, double y) { return std::abs(x - y) <= 1e-9 * std::max(std::abs(x), std::abs(y)); }

const char* operator_text(GateCondition::Operator op) {
  constexpr std::array<const char*, 6> kTexts = {">", ">=", "<", "<=", "==", "!="};
  return kTexts.at(static_cast<std::size_t>(op));
}

}  // namespace semblance::gate_stage
