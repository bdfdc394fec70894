#include "purge/selection.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <string_view>
#include <unordered_map>
#include <unordered_set>

#include "report/text.hpp"

namespace semblance::purge_stage {
namespace {

constexpr const char* kOtherDataset = "; give the dataset that was audited";

// Every image of a matcher as an item of the dataset.
std::vector<std::size_t> items_of(const ReportModel::Matcher& matcher, const Items& items) {
  std::vector<std::string> ids;
  ids.reserve(matcher.images.size());
  for (const auto& image : matcher.images) ids.push_back(image.id);
  std::vector<std::size_t> found = find_items(items, ids);
  const auto missing = std::ranges::find(found, kNoItem);
  if (missing != found.end()) {
    refuse(items.location.string(), fmt::format("has no image '{}', which the report is about{}",
                                                ids[static_cast<std::size_t>(missing - found.begin())], kOtherDataset));
  }
  return found;
}

void check_count(const ReportModel& model, const Items& items) {
  const std::size_t audited = model.synthetic.items + model.synthetic.rejected;
  if (items.items.size() == audited) return;
  refuse(items.location.string(),
         fmt::format("holds {} images but the report is about {}{}", items.items.size(), audited, kOtherDataset));
}

std::unordered_set<std::string_view> identities_of(const Items& items, const std::vector<bool>& chosen) {
  std::unordered_set<std::string_view> identities;
  for (std::size_t k = 0; k < chosen.size(); ++k) {
    if (chosen[k] && !items.items[k].identity.empty()) identities.insert(items.items[k].identity);
  }
  return identities;
}

}  // namespace

Selection select(const ReportModel& model, const Items& items, const PurgeOptions& options) {
  check_count(model, items);
  const std::size_t count = items.items.size();
  Selection selection;
  selection.removed.resize(count, false);
  selection.compared.resize(count, false);
  selection.entries.resize(count);
  std::unordered_map<std::string_view, std::size_t> matcher_index;
  const double none = std::numeric_limits<double>::quiet_NaN();
  std::vector<std::unordered_map<std::string, std::size_t>> item_by_id(model.matchers.size());
  for (std::size_t m = 0; m < model.matchers.size(); ++m) {
    const auto& matcher = model.matchers[m];
    matcher_index.emplace(matcher.name, m);
    const auto& at = selection.item_of.emplace_back(items_of(matcher, items));
    BestScores& scores = selection.scores.emplace_back();
    scores.matcher = matcher.name;
    scores.train.resize(count, none);
    scores.holdout.resize(count, none);
    scores.removed_by.resize(count, false);
    for (std::size_t j = 0; j < at.size(); ++j) {
      const ReportModel::ImageRow image = matcher.images[j];
      selection.compared[at[j]] = true;
      scores.train[at[j]] = image.best_train_score;
      scores.holdout[at[j]] = image.best_holdout_score.value_or(none);
      item_by_id[m].emplace(image.id, at[j]);
    }
  }
  if (!options.matcher.empty() && !matcher_index.contains(options.matcher)) {
    throw Error(ErrorCode::usage, "purge", "--matcher",
                fmt::format("names '{}', which the report doesn't have", options.matcher));
  }

  std::vector<bool> listed(count, false);
  for (std::size_t r = 0; r < model.removal.size(); ++r) {
    const auto& entry = model.removal[r];
    const std::string name = report_stage::valid_utf8(entry.matcher);
    const auto matcher = matcher_index.find(name);
    if (matcher == matcher_index.end()) {
      refuse((options.report / "removal.csv").string(),
             fmt::format("names the matcher '{}', which the report doesn't have", name));
    }
    const auto at = item_by_id[matcher->second].find(entry.id);
    if (at == item_by_id[matcher->second].end()) {
      refuse((options.report / "removal.csv").string(),
             fmt::format("lists '{}', which images.csv doesn't have", entry.id));
    }
    const std::size_t item = at->second;
    listed[item] = true;
    const bool wanted =
        (options.matcher.empty() || name == options.matcher) && (!options.max_q || entry.q <= *options.max_q);
    if (!wanted) continue;
    selection.removed[item] = true;
    selection.entries[item].push_back(r);
    selection.scores[matcher->second].removed_by[item] = true;
  }
  if (options.what == PurgeWhat::identities) {
    if (!items.labelled) {
      throw Error(
          ErrorCode::usage, "purge", "--what",
          fmt::format("is identities, but {} has no labels: only --what images is possible", items.location.string()));
    }
    const auto gone = identities_of(items, selection.removed);
    for (std::size_t k = 0; k < count; ++k) {
      if (selection.removed[k] || !gone.contains(items.items[k].identity)) continue;
      selection.removed[k] = true;
      ++selection.of_identity;
    }
  }
  for (std::size_t k = 0; k < count; ++k) selection.still_listed += listed[k] && !selection.removed[k] ? 1 : 0;
  return selection;
}

LeftOutItems leave_out_alike(const Selection& selection, const Items& items, PurgeWhat what) {
  const Symmetric cut = symmetric_cut(selection.scores);
  LeftOutItems left{.out = cut.out, .counts = {}};
  if (what == PurgeWhat::identities) {
    const auto gone = identities_of(items, cut.out);
    for (std::size_t k = 0; k < left.out.size(); ++k) {
      if (gone.contains(items.items[k].identity)) left.out[k] = true;
    }
  }
  for (std::size_t m = 0; m < cut.bars.size(); ++m) {
    if (cut.bars[m]) left.counts.bars.push_back({selection.scores[m].matcher, *cut.bars[m]});
  }
  for (std::size_t k = 0; k < left.out.size(); ++k) {
    if (!selection.compared[k]) continue;
    if (!left.out[k] && !selection.removed[k]) {
      ++left.counts.compared;
    } else if (selection.removed[k]) {
      ++left.counts.removed;
    } else if (cut.like_train[k]) {
      ++left.counts.like_train;
    } else if (cut.out[k]) {
      ++left.counts.like_holdout;
    } else {
      ++left.counts.same_identity;
    }
  }
  return left;
}

}  // namespace semblance::purge_stage
