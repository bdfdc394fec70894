#include "compare/notes.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <functional>
#include <map>
#include <set>

namespace semblance::compare_stage {

namespace {

/// A value and the reports that have it, in the reports' order.
using Shared = std::vector<std::pair<std::string, std::vector<std::string>>>;

Shared by_value(const std::vector<ComparedReport>& reports,
                const std::function<std::optional<std::string>(const ComparedReport&)>& value_of) {
  Shared shared;
  for (const ComparedReport& report : reports) {
    const auto value = value_of(report);
    if (!value) continue;
    const auto at = std::ranges::find(shared, *value, &Shared::value_type::first);
    if (at == shared.end()) {
      shared.emplace_back(*value, std::vector<std::string>{report.name});
    } else {
      at->second.push_back(report.name);
    }
  }
  return shared;
}

// "0.01 in a, b; 0.05 in c"
std::string spelled(const Shared& shared) {
  std::vector<std::string> parts;
  parts.reserve(shared.size());
  for (const auto& [value, names] : shared) {
    parts.push_back(fmt::format("{} in {}", value.empty() ? std::string("none") : value, fmt::join(names, ", ")));
  }
  return fmt::format("{}", fmt::join(parts, "; "));
}

// Who has which, for values that say nothing to a reader (digests).
std::string grouped(const Shared& shared) {
  std::vector<std::string> groups;
  groups.reserve(shared.size());
  for (const auto& [value, names] : shared) {
    groups.push_back(fmt::format("{}{}", fmt::join(names, ", "), value.empty() ? " (none)" : ""));
  }
  return fmt::format("{}", fmt::join(groups, " | "));
}

struct Role {
  const char* role;
  const char* text;
};

// What an input's other digest means for a comparison.
constexpr std::array kRoles = {
    Role{"train",
         "The training set's embeddings differ ({0}, matcher {1}): the rates are of other people or other images."},
    Role{"train-items", "The training set's labels differ ({0}, matcher {1}): people may be counted otherwise."},
    Role{"holdout", "The hold-out set's embeddings differ ({0}, matcher {1}): verdicts rest on other controls."},
    Role{"holdout-items", "The hold-out set's labels differ ({0}, matcher {1})."},
    Role{"card", "The matcher's card differs under one name ({0}, matcher {1}): it may be another matcher."},
    Role{"calibration",
         "The calibration differs ({0}, matcher {1}): thresholds at a false match rate are not the same."},
    Role{"cohort", "The cohort of the score normalisation differs ({0}, matcher {1}): scores are on other scales."}};

std::optional<std::string> option(const ReportModel& model, const std::string& name) {
  const auto at = std::ranges::find(model.options, name, &std::pair<std::string, std::string>::first);
  return at == model.options.end() ? std::nullopt : std::optional(at->second);
}

void add_input_notes(const std::vector<ComparedReport>& reports, std::vector<std::string>& notes) {
  for (const std::string& matcher : matcher_names(reports)) {
    for (const Role& role : kRoles) {
      const Shared shared = by_value(reports, [&](const ComparedReport& report) -> std::optional<std::string> {
        const std::size_t at = matcher_index(report.model, matcher);
        return at == std::string::npos ? std::nullopt : std::optional(input_sha256(report.model, at, role.role));
      });
      if (shared.size() < 2) continue;
      notes.push_back(fmt::format(fmt::runtime(role.text), grouped(shared), matcher));
    }
  }
}

void add_option_notes(const std::vector<ComparedReport>& reports, std::vector<std::string>& notes) {
  for (const char* name :
       {"comparison", "score-norm", "fmr", "top", "alpha", "fdr", "permutations", "images-per-identity"}) {
    const Shared shared = by_value(reports, [&](const ComparedReport& report) { return option(report.model, name); });
    if (shared.size() < 2) continue;
    notes.push_back(fmt::format("The audits were run with other options: --{} is {}.", name, spelled(shared)));
  }
}

}  // namespace

std::string input_sha256(const ReportModel& model, std::size_t matcher, const std::string& role) {
  // The inputs of a matcher begin with its training set.
  std::size_t seen = 0;
  for (const ReportModel::Input& input : model.inputs) {
    if (input.role == "train") ++seen;
    if (seen == matcher + 1 && input.role == role) return input.sha256;
  }
  return {};
}

std::size_t matcher_index(const ReportModel& model, const std::string& name) {
  const auto at = std::ranges::find(model.matchers, name, &ReportModel::Matcher::name);
  return at == model.matchers.end() ? std::string::npos : static_cast<std::size_t>(at - model.matchers.begin());
}

std::vector<std::string> matcher_names(const std::vector<ComparedReport>& reports) {
  std::vector<std::string> names;
  for (const ComparedReport& report : reports) {
    for (const auto& matcher : report.model.matchers) {
      if (std::ranges::find(names, matcher.name) == names.end()) names.push_back(matcher.name);
    }
  }
  return names;
}

bool same_people(const ReportModel& x, const ReportModel& y) {
  if (!x.train.labelled || !y.train.labelled) return false;
  if (x.matchers.front().identities.size() != y.matchers.front().identities.size()) return false;
  const auto people = [](const ReportModel& model) {
    std::set<std::string> ids;
    for (const auto& row : model.matchers.front().identities) ids.insert(row.id);
    return ids;
  };
  return people(x) == people(y);
}

std::vector<std::string> comparability_notes(const std::vector<ComparedReport>& reports) {
  std::vector<std::string> notes;
  add_input_notes(reports, notes);
  add_option_notes(reports, notes);
  const Shared versions = by_value(reports, [](const ComparedReport& r) { return std::optional(r.model.version); });
  if (versions.size() > 1) {
    notes.push_back(fmt::format("The reports were written by other versions of Semblance: {}.", spelled(versions)));
  }
  const Shared controls = by_value(reports, [](const ComparedReport& r) -> std::optional<std::string> {
    return r.model.holdout ? std::nullopt : std::optional(std::string());
  });
  if (!controls.empty()) {
    notes.push_back(fmt::format("Without a hold-out set there is no verdict, no list and no rate: {}.",
                                fmt::join(controls.front().second, ", ")));
  }
  for (const ComparedReport& report : reports) {
    for (const auto& matcher : report.model.matchers) {
      if (!matcher.guards.control || !matcher.guards.control->fires) continue;
      notes.push_back(
          fmt::format("In {} (matcher {}) training and held-out people differ even without the synthetic "
                      "images, so its figures mix leakage with that difference.",
                      report.name, matcher.name));
    }
  }
  return notes;
}

}  // namespace semblance::compare_stage
