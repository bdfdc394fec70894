#include "membership/conclusion.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace semblance::membership_stage {
namespace {

constexpr std::size_t kFewPeople = 20;

struct Counts {
  std::size_t members = 0, nonmembers = 0, set_aside = 0;
  std::size_t member_queries = 0, nonmember_queries = 0;
};

Counts count(const MembershipStudy& study) {
  Counts counts;
  for (const auto& person : study.people) {
    ++(person.member ? counts.members : counts.nonmembers);
    (person.member ? counts.member_queries : counts.nonmember_queries) += person.queries;
    if (person.set_aside) ++counts.set_aside;
  }
  return counts;
}

const MembershipStudy::Set* set_of(const MembershipStudy& study, const char* role) {
  const auto at = std::find_if(study.sets.begin(), study.sets.end(), [&](const auto& set) { return set.role == role; });
  return at == study.sets.end() ? nullptr : &*at;
}

void note_people(const MembershipStudy& study, const Counts& counts, std::vector<std::string>& notes) {
  const bool labelled = set_of(study, "members")->labelled;
  if (!labelled) {
    notes.emplace_back(
        "The queries have no identity labels, so every photograph counts as a person of its own: intervals "
        "and p-values are too narrow where a person has several, and a person on both sides goes unseen.");
  } else if (counts.member_queries == counts.members && counts.nonmember_queries == counts.nonmembers) {
    notes.emplace_back("Every person has one photograph, so votes a person and votes a photograph are the same.");
  }
  const std::size_t judged = counts.nonmembers - counts.set_aside;
  if (std::min(counts.members, judged) < kFewPeople) {
    notes.push_back(
        fmt::format("Fewer than {} people on a side ({} members, {} non-members): intervals are wide and, "
                    "resting on so few, only rough.",
                    kFewPeople, counts.members, judged));
  }
  for (const double fpr : kMembershipFpr) {
    if (fpr * static_cast<double>(judged) >= 1) continue;
    notes.push_back(
        fmt::format("An FPR of {:g}% can't be resolved with {} non-members: the TPR there counts members above "
                    "every non-member, and its interval is rough.",
                    100 * fpr, judged));
  }
  if (counts.set_aside > 0) {
    notes.push_back(
        fmt::format("No reference set: {} of {} non-members serve as reference and are judged only by attacks "
                    "that need none.",
                    counts.set_aside, counts.nonmembers));
  }
  const MembershipStudy::Set* reference = set_of(study, "reference");
  if (labelled && reference != nullptr && !reference->labelled) {
    notes.emplace_back("The reference has no identity labels, so a person who is also a query goes unseen there.");
  }
  const double per_member = static_cast<double>(counts.member_queries) / static_cast<double>(counts.members);
  const double per_other = static_cast<double>(counts.nonmember_queries) / static_cast<double>(counts.nonmembers);
  if (std::max(per_member, per_other) > 1.1 * std::min(per_member, per_other)) {
    notes.push_back(
        fmt::format("Members have {:.2f} photographs a person, non-members {:.2f}: the largest of a person's "
                    "scores grows with their number, so read the mean.",
                    per_member, per_other));
  }
}

void note_scores(const MembershipStudy& study, std::vector<std::string>& notes) {
  for (const auto& attack : study.attacks) {
    double low = INFINITY;
    double high = -INFINITY;
    for (const double score : attack.scores) {
      if (std::isnan(score)) continue;
      low = std::min(low, score);
      high = std::max(high, score);
    }
    if (low == high) notes.push_back(fmt::format("All scores of {} are equal: it says nothing.", attack.name));
  }
}

void note_training(const MembershipStudy& study, std::vector<std::string>& notes) {
  if (!study.over_representation) return;
  if (const std::size_t missing = study.over_representation->without_training_images; missing > 0) {
    notes.push_back(
        fmt::format("{} members are not named in the training set and are left out of the over-representation "
                    "curve; check that both use the same names.",
                    missing));
  }
  if (std::isnan(study.over_representation->curves.front().rho.value)) {
    notes.emplace_back(
        "All members have the same number of training images or the same score: over-representation can't "
        "be seen.");
  }
}

}  // namespace

void conclude(MembershipStudy& study) {
  const Counts counts = count(study);
  note_people(study, counts, study.notes);
  note_scores(study, study.notes);
  note_training(study, study.notes);

  const auto best = std::min_element(study.attacks.begin(), study.attacks.end(), [](const auto& a, const auto& b) {
    return a.p_holm != b.p_holm ? a.p_holm < b.p_holm : a.person_mean.auc.value > b.person_mean.auc.value;
  });
  const bool apart = best->p_holm <= study.alpha;
  study.conclusion = !apart ? "not-detected" : study.blind.confounded ? "confounded" : "detected";
  const MembershipEstimate& auc = best->person_mean.auc;
  const std::string figures = fmt::format(
      "strongest: {}, AUC {:.3f}, 95% interval {:.3f} to {:.3f}, p = {:.2g} after Holm "
      "over {} attacks",
      best->name, auc.value, auc.interval.low, auc.interval.high, best->p_holm, study.attacks.size());
  if (!apart) {
    study.text = fmt::format(
        "No attack tells the {} members from the non-members at level {:g} ({}). That is no proof of "
        "their safety: a stronger attack or more people might.",
        counts.members, study.alpha, figures);
    if (study.blind.confounded) study.text += " " + study.blind.text;
  } else if (study.blind.confounded) {
    study.text =
        fmt::format("The {} members are told from the non-members ({}), but this is no evidence of membership. {}",
                    counts.members, figures, study.blind.text);
  } else {
    study.text = fmt::format(
        "The synthetic images tell whether a person was trained on, from other photographs of that "
        "person ({}; one vote a person). {}",
        figures, study.blind.text);
  }
}

}  // namespace semblance::membership_stage
