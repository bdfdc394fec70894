#include "semblance/compare.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <system_error>

#include "assess/intervals.hpp"
#include "base/sha256.hpp"
#include "compare/notes.hpp"
#include "report/text.hpp"
#include "semblance/error.hpp"
#include "semblance/report_file.hpp"

namespace semblance {

using namespace compare_stage;
namespace fs = std::filesystem;

namespace {

[[noreturn]] void misused(const char* option, const std::string& why) {
  throw Error(ErrorCode::usage, "compare", option, why);
}

// "runs/a/" -> "a"
std::string last_part(const fs::path& folder) {
  const fs::path path = folder.lexically_normal();
  const std::string name = path.filename().empty() ? path.parent_path().filename().string() : path.filename().string();
  return name.empty() || name == "." || name == ".." ? folder.string() : name;
}

std::vector<std::string> names_of(const std::vector<fs::path>& folders, const std::vector<std::string>& given) {
  std::vector<std::string> names = given;
  if (given.empty()) {
    for (const fs::path& folder : folders) names.push_back(last_part(folder));
    if (std::set<std::string>(names.begin(), names.end()).size() == names.size()) return names;
    names.clear();
    for (const fs::path& folder : folders) names.push_back(folder.string());
    return names;
  }
  if (given.size() != folders.size()) {
    misused("--name", fmt::format("is given {} times for {} reports; name each or none", given.size(), folders.size()));
  }
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (names[i].empty()) misused("--name", "is empty");
    if (std::ranges::count(names, names[i]) > 1) misused("--name", "'" + names[i] + "' is given twice");
  }
  return names;
}

Measured measured(const ReportModel::LeakRate& rate) { return {rate.estimate, {rate.low, rate.high}}; }

std::string percent(double share) { return fmt::format("{:.3g}%", 100 * share); }
std::string points(double share) { return fmt::format("{:+.3g}", 100 * share); }
std::string rate_text(const ReportModel::LeakRate& rate) {
  return fmt::format("{} ({} to {})", percent(rate.estimate), percent(rate.low), percent(rate.high));
}

std::string rate_sentence(const RateDifference& d, const ReportModel::LeakRate& x, const ReportModel::LeakRate& y) {
  std::string text =
      fmt::format("By matcher {}, an estimated {} of the training people leaked in {} and {} in {}: ", d.matcher,
                  rate_text(x), d.first, rate_text(y), d.second);
  if (d.unnamed) {
    text +=
        "the reports don't name the matcher (audit --matcher) and rest on other embeddings, so these may be two "
        "matchers "
        "and neither can be said to leak more.";
  } else if (d.overlap) {
    text += "the 95% intervals overlap, so neither can be said to leak more.";
  } else {
    text += fmt::format("the 95% intervals do not overlap, so {} leaks more.", d.difference > 0 ? d.first : d.second);
  }
  text += fmt::format(" The difference is {} points ({} to {}) if the two are independent, ", points(d.difference),
                      points(d.low), points(d.high));
  if (!d.same_train && !d.same_holdout) return text + "as they are if no image is in the sets of both.";
  return text + fmt::format("which they are not: both rest on the same {}.", d.same_train && d.same_holdout
                                                                                 ? "training and hold-out set"
                                                                             : d.same_train ? "training set"
                                                                                            : "hold-out set");
}

RateDifference difference_of(const ComparedReport& x, std::size_t i, const ComparedReport& y, std::size_t j) {
  const auto& first = *x.model.matchers[i].leak_rate;
  const auto& second = *y.model.matchers[j].leak_rate;
  const Interval interval = difference_interval(measured(first), measured(second));
  const auto same = [&](const char* role) {
    const std::string digest = input_sha256(x.model, i, role);
    return !digest.empty() && digest == input_sha256(y.model, j, role);
  };
  RateDifference d{.matcher = x.model.matchers[i].name,
                   .first = x.name,
                   .second = y.name,
                   .difference = first.estimate - second.estimate,
                   .low = interval.low,
                   .high = interval.high,
                   // Not apart: an interval that isn't finite ranks nothing.
                   .overlap = !(first.low > second.high || second.low > first.high),
                   .same_train = same("train"),
                   .same_holdout = same("holdout"),
                   .sentence = {}};
  d.unnamed = d.matcher == "embeddings" && !d.same_train;
  d.sentence = rate_sentence(d, first, second);
  return d;
}

template <class Each>
void each_pair_with_a_matcher(const std::vector<ComparedReport>& reports, Each each) {
  for (const std::string& matcher : matcher_names(reports)) {
    for (std::size_t a = 0; a < reports.size(); ++a) {
      for (std::size_t b = a + 1; b < reports.size(); ++b) {
        const std::size_t i = matcher_index(reports[a].model, matcher), j = matcher_index(reports[b].model, matcher);
        if (i != std::string::npos && j != std::string::npos) each(reports[a], i, reports[b], j);
      }
    }
  }
}

std::set<std::string_view> ids_at(const ReportModel::Matcher& matcher, double q) {
  std::set<std::string_view> ids;
  for (const auto& list : matcher.identity_lists) {
    if (list.q == q) ids.insert(list.ids.begin(), list.ids.end());
  }
  return ids;
}

void add_people(const ComparedReport& x, std::size_t i, const ComparedReport& y, std::size_t j,
                std::vector<ListedPeople>& people) {
  if (!same_people(x.model, y.model)) return;
  const auto& second = y.model.matchers[j];
  for (const auto& list : x.model.matchers[i].identity_lists) {
    if (std::ranges::find(second.identity_lists, list.q, &ReportModel::List::q) == second.identity_lists.end())
      continue;
    const auto in_first = ids_at(x.model.matchers[i], list.q), in_second = ids_at(second, list.q);
    const auto both = static_cast<std::size_t>(
        std::ranges::count_if(in_first, [&](std::string_view id) { return in_second.contains(id); }));
    people.push_back({.matcher = second.name,
                      .first = x.name,
                      .second = y.name,
                      .q = list.q,
                      .both = both,
                      .only_first = in_first.size() - both,
                      .only_second = in_second.size() - both});
  }
}

// The reports whose training people carry the labels of another's.
std::vector<const ComparedReport*> alike(const std::vector<ComparedReport>& reports) {
  for (const ComparedReport& report : reports) {
    std::vector<const ComparedReport*> same;
    for (const ComparedReport& other : reports) {
      if (&other == &report || same_people(report.model, other.model)) same.push_back(&other);
    }
    if (same.size() > 1) return same;
  }
  return {};
}

std::vector<ListedPerson> listed_persons(const std::vector<const ComparedReport*>& reports) {
  std::set<std::string> anywhere;
  for (const ComparedReport* report : reports) {
    for (const auto& matcher : report->model.matchers) {
      for (const auto& list : matcher.identity_lists) anywhere.insert(list.ids.begin(), list.ids.end());
    }
  }
  std::vector<ListedPerson> rows;
  for (const ComparedReport* report : reports) {
    for (const auto& matcher : report->model.matchers) {
      std::map<std::string_view, double> listed;
      for (const auto& list : matcher.identity_lists) {
        for (const std::string& id : list.ids) {
          const auto [at, added] = listed.try_emplace(id, list.q);
          if (!added) at->second = std::min(at->second, list.q);
        }
      }
      for (const auto& row : matcher.identities) {
        const std::string id = report_stage::valid_utf8(row.id);  // as the lists of report.json have it
        if (!anywhere.contains(id)) continue;
        const auto at = listed.find(id);
        rows.push_back({.person = row.id,
                        .report = report->name,
                        .matcher = matcher.name,
                        .listed_at_fdr = at == listed.end() ? std::nullopt : std::optional(at->second),
                        .p = row.p,
                        .q = row.q,
                        .best = row.best});
      }
    }
  }
  std::ranges::stable_sort(rows, {}, &ListedPerson::person);
  return rows;
}

// Does anything connect the two?
bool connected(const ComparedReport& x, const ComparedReport& y) {
  for (std::size_t i = 0; i < x.model.matchers.size(); ++i) {
    if (matcher_index(y.model, x.model.matchers[i].name) != std::string::npos) return true;
    const std::string train = input_sha256(x.model, i, "train");
    for (std::size_t j = 0; j < y.model.matchers.size(); ++j) {
      if (!train.empty() && train == input_sha256(y.model, j, "train")) return true;
    }
  }
  return same_people(x.model, y.model);
}

}  // namespace

std::vector<ComparedReport> read_compared(const std::vector<fs::path>& folders, const std::vector<std::string>& names) {
  if (folders.size() < 2)
    misused("reports", "are fewer than two; give two or more folders that `semblance audit` wrote");
  std::set<fs::path> seen;
  for (const fs::path& folder : folders) {
    std::error_code ignored;
    const fs::path real = fs::weakly_canonical(folder / "report.json", ignored);
    if (!real.empty() && !seen.insert(real).second) misused("reports", "'" + folder.string() + "' is given twice");
  }
  const std::vector<std::string> shown = names_of(folders, names);
  std::vector<ComparedReport> reports;
  for (std::size_t i = 0; i < folders.size(); ++i) {
    ReportModel model = read_report(folders[i], {.removal = false, .identities = true});
    reports.push_back({.name = shown[i],
                       .location = folders[i].string(),
                       .sha256 = sha256_file(folders[i] / "report.json"),
                       .model = std::move(model)});
  }
  return reports;
}

ReportComparison compare_reports(std::vector<ComparedReport> reports) {
  ReportComparison result;
  result.reports = std::move(reports);
  const auto& all = result.reports;
  bool any = false;
  for (std::size_t a = 0; a < all.size(); ++a) {
    for (std::size_t b = a + 1; b < all.size(); ++b) any = any || connected(all[a], all[b]);
  }
  if (!any) {
    throw Error(
        ErrorCode::input, "compare", all.front().location,
        "has neither a matcher nor a training set in common with any other report given, so there is nothing to "
        "compare; audit with the same matcher (--matcher NAME) or the same training set");
  }
  result.notes = comparability_notes(all);
  for (std::size_t a = 0; a < all.size(); ++a) {
    for (std::size_t b = a + 1; b < all.size(); ++b) {
      if (all[a].sha256 != all[b].sha256) continue;
      result.notes.push_back(fmt::format("{} and {} hold the same report, byte for byte.", all[a].name, all[b].name));
    }
  }
  each_pair_with_a_matcher(all, [&](const auto& x, std::size_t i, const auto& y, std::size_t j) {
    add_people(x, i, y, j, result.people);
    if (!x.model.matchers[i].leak_rate || !y.model.matchers[j].leak_rate) return;
    result.differences.push_back(difference_of(x, i, y, j));
  });
  if (result.differences.size() > 1) {
    result.notes.push_back(fmt::format(
        "{} pairs of leak rates are compared, each at 95%: the more pairs, the likelier that one misleads by chance.",
        result.differences.size()));
  }
  const auto same = alike(all);
  result.persons = listed_persons(same);
  if (same.size() < all.size()) {
    result.notes.push_back(
        same.empty() ? std::string("Who is listed can't be compared: the training people carry other labels or none.")
                     : fmt::format("Who is listed is compared in {} of {} reports alone: in the others the training "
                                   "people carry other labels or none.",
                                   same.size(), all.size()));
  }
  return result;
}

}  // namespace semblance
