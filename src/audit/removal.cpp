#include "audit/removal.hpp"

#include <algorithm>
#include <limits>
#include <map>
#include <string_view>

namespace semblance::audit_stage {
namespace {

// Every listed person with the smallest level at which the list holds them.
std::map<std::string_view, double> listed_people(const std::vector<ReportModel::List>& lists) {
  std::map<std::string_view, double> people;
  for (const auto& list : lists) {
    for (const std::string& id : list.ids) {
      const auto [at, added] = people.try_emplace(id, list.q);
      if (!added) at->second = std::min(at->second, list.q);
    }
  }
  return people;
}

// The weakest best score with which anybody was listed: what resembles a listed person less than that is no evidence.
double weakest_evidence(const ReportModel::Matcher& matcher, const std::map<std::string_view, double>& people) {
  double weakest = std::numeric_limits<double>::infinity();
  for (const auto& row : matcher.identities) {
    if (people.contains(row.id)) weakest = std::min(weakest, row.best);
  }
  return weakest;
}

}  // namespace

std::vector<ReportModel::Removal> removal_list(const ReportModel& model) {
  std::vector<ReportModel::Removal> removals;
  for (const auto& matcher : model.matchers) {
    const auto people = listed_people(matcher.identity_lists);
    const double weakest = weakest_evidence(matcher, people);
    for (const auto& image : matcher.images) {
      const auto person = people.find(image.best_train_identity);
      const bool shows_listed = person != people.end() && image.best_train_score >= weakest;
      if (!image.listed_at_fdr && !shows_listed) continue;
      removals.push_back({.id = image.id,
                          .reason = image.listed_at_fdr ? "image-listed" : "identity-listed",
                          .q = image.listed_at_fdr ? *image.listed_at_fdr : person->second,
                          .train = image.best_train,
                          .train_identity = image.best_train_identity,
                          .score = image.best_train_score,
                          .matcher = matcher.name});
    }
  }
  return removals;
}

}  // namespace semblance::audit_stage
