#include "audit/common_items.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "audit/subset.hpp"
#include "semblance/error.hpp"

namespace semblance::audit_stage {
namespace {

using Role = EmbeddingSet* (*)(Sets&);
using Part = ReportModel::View& (*)(ReportModel::Views&);
using Reasons = std::map<std::string, std::size_t>;

constexpr std::size_t kSeen = static_cast<std::size_t>(-1);

/// Where an id stands with one matcher: kSeen, or the place of its rejection.
using Standing = std::unordered_map<std::string_view, std::size_t>;

Standing standing_of(const EmbeddingSet& set) {
  Standing standing;
  for (const std::string& id : set.ids) standing.emplace(id, kSeen);
  for (std::size_t k = 0; k < set.rejected_items.size(); ++k) standing.emplace(set.rejected_items[k].id, k);
  return standing;
}

// Every id once and known to all.
bool name_the_same(const std::vector<EmbeddingSet*>& sets, const std::vector<Standing>& standings) {
  for (std::size_t m = 0; m < sets.size(); ++m) {
    if (standings[m].size() != sets[m]->ids.size() + sets[m]->rejected_items.size()) return false;
    if (standings[m].size() != standings[0].size()) return false;
    for (const auto& [id, place] : standings[m]) {
      if (!standings[0].contains(id)) return false;
    }
  }
  return true;
}

std::vector<std::pair<std::string, std::size_t>> by_frequency(const Reasons& reasons) {
  std::vector<std::pair<std::string, std::size_t>> sorted(reasons.begin(), reasons.end());
  std::ranges::stable_sort(sorted, [](const auto& x, const auto& y) { return x.second > y.second; });
  return sorted;
}

/// One set as all matchers hold it.
class CommonSet {
 public:
  CommonSet(std::vector<Sets>& all, Role role) {
    for (Sets& one : all) {
      sets_.push_back(role(one));
      names_.push_back(one.matcher);
      standings_.push_back(standing_of(*sets_.back()));
    }
    joined_ = name_the_same(sets_, standings_);
  }

  [[nodiscard]] bool joined() const { return joined_; }

  /// Of matcher `m`'s rows, those that nobody rejected.
  [[nodiscard]] std::vector<bool> kept(std::size_t m) const {
    std::vector<bool> kept;
    for (const std::string& id : sets_[m]->ids) kept.push_back(first_rejection(id).first == names_.size());
    return kept;
  }

  [[nodiscard]] ReportModel::View view(std::size_t m) const {
    const EmbeddingSet& set = *sets_[m];
    ReportModel::View view{
        .location = set.location, .rejected = set.rejected, .rejections = by_frequency(set.rejections), .left_out = {}};
    std::map<std::pair<std::size_t, std::string>, std::size_t> left_out;
    for (const std::string& id : set.ids) {
      const auto [by, place] = first_rejection(id);
      if (by < names_.size()) ++left_out[{by, sets_[by]->rejected_items[place].why}];
    }
    for (const auto& [key, items] : left_out) view.left_out.push_back({names_[key.first], key.second, items});
    return view;
  }

  /// Whatever any matcher rejected, in the order of ids.
  [[nodiscard]] std::vector<EmbeddingSet::Rejection> rejections() const {
    std::vector<EmbeddingSet::Rejection> all;
    for (const auto& [id, place] : standings_[0]) {
      const auto [by, at] = first_rejection(id);
      if (by < names_.size()) all.push_back(sets_[by]->rejected_items[at]);
    }
    std::ranges::sort(all, {}, &EmbeddingSet::Rejection::id);
    return all;
  }

 private:
  /// The first matcher that rejected it, and where; as many as there are matchers if none did.
  [[nodiscard]] std::pair<std::size_t, std::size_t> first_rejection(std::string_view id) const {
    for (std::size_t m = 0; m < standings_.size(); ++m) {
      const std::size_t place = standings_[m].at(id);
      if (place != kSeen) return {m, place};
    }
    return {names_.size(), 0};
  }

  std::vector<EmbeddingSet*> sets_;
  std::vector<std::string> names_;
  std::vector<Standing> standings_;
  bool joined_ = false;
};

std::vector<RowIndex> places(const std::vector<bool>& kept) {
  std::vector<RowIndex> rows;
  for (std::size_t row = 0; row < kept.size(); ++row) {
    if (kept[row]) rows.push_back(static_cast<RowIndex>(row));
  }
  return rows;
}

/// Rows of one matcher's sets; empty: all stay.
struct Kept {
  std::vector<bool> train, synthetic, holdout;
};

void cut(EmbeddingSet& set, const std::vector<bool>& kept, const std::vector<EmbeddingSet::Rejection>& rejections) {
  if (std::ranges::find(kept, false) != kept.end()) set = only_rows(set, kept);
  if (set.matrix.rows < 2) {
    throw Error(
        ErrorCode::input, "audit", set.location,
        fmt::format("has {} images that every matcher could see ({} rejected by one or another); an audit needs "
                    "at least two",
                    set.matrix.rows, rejections.size()));
  }
  set.rejected_items = rejections;
  set.rejected = rejections.size();
  set.rejections.clear();
  for (const auto& one : rejections) ++set.rejections[one.why];
}

// After the sets, whose ids name what is left.
void cut_tables(Sets& sets, const Kept& kept) {
  const auto all = [](const std::vector<bool>& of) { return std::ranges::find(of, false) == of.end(); };
  if (!sets.tables || (all(kept.train) && all(kept.synthetic) && all(kept.holdout))) return;
  Tables& tables = *sets.tables;
  const auto train = places(kept.train);
  const auto synthetic = places(kept.synthetic);
  tables.train = only_pairs(tables.train, train, synthetic, sets.train.ids, sets.synthetic.ids);
  if (tables.holdout) {
    tables.holdout =
        only_pairs(*tables.holdout, places(kept.holdout), synthetic, sets.holdout->ids, sets.synthetic.ids);
  }
  if (tables.real) tables.real = only_pairs(*tables.real, train, train, sets.train.ids, sets.train.ids, true);
}

}  // namespace

void keep_common_items(std::vector<Sets>& sets) {
  if (sets.size() < 2) return;
  const bool holdout = std::ranges::all_of(sets, [](const Sets& one) { return one.holdout.has_value(); });
  std::vector<std::pair<Role, Part>> roles = {
      {[](Sets& one) { return &one.train; }, [](ReportModel::Views& v) -> ReportModel::View& { return v.train; }},
      {[](Sets& one) { return &one.synthetic; },
       [](ReportModel::Views& v) -> ReportModel::View& { return v.synthetic; }}};
  if (holdout) {
    roles.emplace_back([](Sets& one) { return &*one.holdout; },
                       [](ReportModel::Views& v) -> ReportModel::View& { return *v.holdout; });
  }
  std::vector<CommonSet> common;
  for (const auto& role : roles) common.emplace_back(sets, role.first);
  if (!std::ranges::all_of(common, &CommonSet::joined)) return;

  // All is looked up before anything is cut.
  std::vector<std::vector<std::vector<bool>>> kept(sets.size());
  for (std::size_t m = 0; m < sets.size(); ++m) {
    sets[m].views.emplace();
    if (holdout) sets[m].views->holdout.emplace();
    for (std::size_t r = 0; r < roles.size(); ++r) {
      roles[r].second(*sets[m].views) = common[r].view(m);
      kept[m].push_back(common[r].kept(m));
    }
  }
  std::vector<std::vector<EmbeddingSet::Rejection>> rejections;
  for (const CommonSet& one : common) rejections.push_back(one.rejections());
  for (std::size_t m = 0; m < sets.size(); ++m) {
    for (std::size_t r = 0; r < roles.size(); ++r) cut(*roles[r].first(sets[m]), kept[m][r], rejections[r]);
    cut_tables(sets[m],
               {.train = kept[m][0], .synthetic = kept[m][1], .holdout = holdout ? kept[m][2] : std::vector<bool>()});
  }
}

}  // namespace semblance::audit_stage
