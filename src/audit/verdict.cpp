#include "audit/verdict.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <span>

#include "audit/near_copies.hpp"

namespace semblance::audit_stage {
namespace {

std::string percent(double share) {
  if (share > 0 && share < 0.0995) return fmt::format("{:.2g}%", 100 * share);
  return fmt::format("{:.1f}%", 100 * share);
}

std::string people(const ReportModel& model, std::size_t count) {
  if (!model.train.labelled) return count == 1 ? "training image" : "training images";
  return count == 1 ? "training person" : "training people";
}

const ReportModel::List* laxest(const std::vector<ReportModel::List>& lists) {
  const auto at = std::max_element(lists.begin(), lists.end(), [](const auto& x, const auto& y) { return x.q < y.q; });
  return at == lists.end() ? nullptr : &*at;
}

std::string who(const ReportModel& model, const ReportModel::Matcher& matcher) {
  const auto* list = laxest(matcher.identity_lists);
  if (list == nullptr) return {};
  if (list->count == 0) {
    return fmt::format(" No single one of the {} {} stands out enough to be named at a false discovery rate of {}.",
                       matcher.identities_tested, people(model, 2), percent(list->q));
  }
  return fmt::format(
      " {} of {} {} can be named at a false discovery rate of {} (about {:.1f} of the names are expected "
      "to be wrong).",
      list->count, matcher.identities_tested, people(model, 2), percent(list->q),
      list->q * static_cast<double>(list->count));
}

std::string bound(const ReportModel& model, const ReportModel::LeakRate& rate) {
  std::string text;
  if (rate.minimum_detectable) {
    text = fmt::format(
        " Had the synthetic set held {} of the {} or more, each as recognisable as {}, this audit would "
        "have found it 95 times in 100; less would often be missed.",
        percent(*rate.minimum_detectable), people(model, 2),
        rate.sensitivity_assumed ? "a copy of a training image" : "another photograph of the person");
  } else {
    text = " This audit is too small to have found even a generator that leaks everybody.";
  }
  return text + fmt::format(" From the scores themselves, at most {} leak (95% upper bound).", percent(rate.upper95));
}

// The matcher that the verdict rests on: the one whose global test is strongest.
const ReportModel::Matcher& decisive(const ReportModel& model) {
  return *std::min_element(model.matchers.begin(), model.matchers.end(), [](const auto& x, const auto& y) {
    return x.global_p.value_or(1) < y.global_p.value_or(1);
  });
}

// What a hold-out that differs from the training set takes from the verdict.
std::string weak_control(const ReportModel& model) {
  const auto fires = [](const ReportModel::Matcher& m) { return m.guards.control && m.guards.control->fires; };
  const auto matcher = std::ranges::find_if(model.matchers, fires);
  if (matcher == model.matchers.end()) return {};
  return fmt::format(
      " But training and held-out people differ even without the synthetic images (AUC {:.2f}, p = {:.2g}): {}.",
      matcher->guards.control->auc, matcher->guards.control->p,
      model.verdict.leakage == "found" ? "what was found may be that difference, not leakage"
                                       : "leakage may be hidden behind that difference");
}

std::string agreement(const ReportModel& model) {
  if (!model.consensus) return {};
  const auto* list = laxest(model.consensus->fdr);
  return fmt::format(" On {} {} at least {} of {} matchers agree (false discovery rate {}).", list->count,
                     people(model, list->count), model.consensus->at_least, model.matchers.size(), percent(list->q));
}

}  // namespace

std::string verdict_text(const ReportModel& model) {
  const auto& matcher = decisive(model);
  const std::string by = model.matchers.size() > 1 ? fmt::format(" By matcher {}:", matcher.name) : std::string();
  if (model.verdict.leakage == "no-control") {
    return fmt::format(
               "Without a hold-out set (--holdout) this report cannot tell leaks from look-alikes: among {} pairs "
               "high scores occur by chance alone. It lists the best pairs and how many of them chance explains, "
               "and names nobody.",
               matcher.pairs_scored) +
           near_copy_words(matcher);
  }
  if (model.verdict.leakage == "found") {
    std::string text = fmt::format(
        "Leakage found (p = {:.2g}, level {:g}): {} are more like the synthetic images than "
        "held-out people of the same source are.",
        *model.verdict.p, model.verdict.alpha, people(model, 2));
    text += by + who(model, matcher);
    if (matcher.leak_rate) {
      const auto& rate = *matcher.leak_rate;
      text += fmt::format(" The synthetic set is estimated to hold {} of them (95% interval {} to {}).",
                          percent(rate.estimate), percent(rate.low), percent(rate.high));
    }
    return text + near_copy_words(matcher) + agreement(model) + weak_control(model);
  }
  std::string text = fmt::format(
      "No leakage found (p = {:.2g}, level {:g}): {} are no more like the synthetic images "
      "than held-out people of the same source are, as far as this audit can see.",
      *model.verdict.p, model.verdict.alpha, people(model, 2));
  const auto* list = laxest(matcher.identity_lists);
  if (list != nullptr && list->count > 0) {
    text += fmt::format(" Even so, {} {} stand out at a false discovery rate of {} and deserve a look.", list->count,
                        people(model, list->count), percent(list->q));
  }
  if (matcher.leak_rate) text += by + bound(model, *matcher.leak_rate);
  return text + near_copy_words(matcher) + weak_control(model);
}

std::vector<std::string> limits_of(const ReportModel& model) {
  std::vector<std::string> limits;
  if (!model.holdout) {
    limits.emplace_back(
        "There is no hold-out set, so no verdict, no list of leaked identities and no leak rate: give "
        "--holdout real images of other people from the same source.");
  }
  if (!model.train.labelled) {
    limits.emplace_back(
        "The training images carry no identity labels: every image counts as a person of its own, and "
        "the false match rates rest on all pairs of training images, some of which may show the same "
        "person (--train-items gives labels).");
  }
  const auto lost = [&](const ReportModel::Set& set, const char* of) {
    constexpr std::size_t kNamed = 5;
    if (set.lost_people.empty()) return;
    const auto named = std::span(set.lost_people).first(std::min(kNamed, set.lost_people.size()));
    limits.push_back(fmt::format("{} {} {} not compared at all, since every image was rejected{}: {}{}.",
                                 set.lost_people.size(), of, set.lost_people.size() == 1 ? "person was" : "people were",
                                 model.matchers.size() > 1 ? " by one matcher or another" : "", fmt::join(named, ", "),
                                 set.lost_people.size() > kNamed ? ", ..." : ""));
  };
  lost(model.train, "training");
  if (model.holdout) lost(*model.holdout, "held-out");
  for (const auto& matcher : model.matchers) {
    for (const auto& threshold : matcher.thresholds) {
      if (threshold.resolved && threshold.rule_of_30) continue;
      if (threshold.extrapolated) {
        limits.push_back(
            fmt::format("The threshold at FMR {:g} is extrapolated: a tail fitted to the calibration's scores "
                        "puts it there, no measurement does.",
                        threshold.fmr));
        continue;
      }
      limits.push_back(
          threshold.resolved
              ? fmt::format("The threshold at FMR {:g} rests on {} false matches, fewer than the 30 that a "
                            "reliable rate needs.",
                            threshold.fmr, threshold.false_matches)
              : fmt::format("FMR {:g} is beyond what {} non-mated pairs can show; its threshold "
                            "lies just above the best of them.",
                            threshold.fmr, matcher.non_mated));
    }
    limits.insert(limits.end(), matcher.notes.begin(), matcher.notes.end());
  }
  if (model.matchers.size() == 1) {
    limits.emplace_back("One matcher's view: what this matcher does not see as the same person is not counted.");
  }
  return limits;
}

}  // namespace semblance::audit_stage
