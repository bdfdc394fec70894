#include "audit/near_copies.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "audit/mated_pictures.hpp"
#include "base/parallel.hpp"
#include "semblance/error.hpp"

namespace semblance::audit_stage {
namespace {

namespace fs = std::filesystem;
using NearCopies = ReportModel::Guards::NearCopies;

constexpr std::size_t kMatedPairs = 2000;
constexpr std::size_t kMostNames = 20;

// Some rows of one set against some of another.
struct PictureRows {
  const EmbeddingSet& set;
  const fs::path& folder;
};

std::vector<RowPair> rows_of(const std::vector<PairScore>& pairs) {
  std::vector<RowPair> rows;
  rows.reserve(pairs.size());
  for (const PairScore& pair : pairs) rows.emplace_back(pair.a, pair.b);
  return rows;
}

class Comparer {
 public:
  Comparer(const AuditOptions& options, Album& album) : options_(options), album_(album) {}

  // Similarities of pairs; none where a picture is missing or broken.
  std::vector<std::optional<double>> compare(const PictureRows& a, const PictureRows& b,
                                             const std::vector<RowPair>& pairs) {
    load(a, pairs, [](const RowPair& pair) { return pair.first; });
    load(b, pairs, [](const RowPair& pair) { return pair.second; });
    std::vector<std::optional<double>> similarities(pairs.size());
    parallel_for(pairs.size(), options_.threads, [&](std::size_t i, unsigned) {
      const auto* first = album_.find(a.folder, a.set, pairs[i].first);
      const auto* second = album_.find(b.folder, b.set, pairs[i].second);
      if (first != nullptr && second != nullptr) similarities[i] = picture_similarity(*first, *second);
    });
    return similarities;
  }

  [[nodiscard]] const std::set<std::string>& unreadable() const { return unreadable_; }

 private:
  template <class Side>
  void load(const PictureRows& rows, const std::vector<RowPair>& pairs, Side side) {
    std::vector<RowIndex> wanted;
    wanted.reserve(pairs.size());
    for (const RowPair& pair : pairs) wanted.push_back(side(pair));
    std::sort(wanted.begin(), wanted.end());
    wanted.erase(std::unique(wanted.begin(), wanted.end()), wanted.end());
    album_.load(rows.set, rows.folder, wanted,
                options_.progress ? options_.progress("reading pictures", "pictures") : Progress{});
    for (const RowIndex row : wanted) {
      if (album_.find(rows.folder, rows.set, row) == nullptr) {
        unreadable_.insert(album_.reason(rows.folder, rows.set, row));
      }
    }
  }

  const AuditOptions& options_;
  Album& album_;
  std::set<std::string> unreadable_;
};

NearCopies::Count count(const std::vector<std::optional<double>>& similarities, double threshold) {
  NearCopies::Count result;
  for (const auto& similarity : similarities) {
    if (!similarity) continue;
    ++result.checked;
    if (*similarity > threshold) ++result.near_copies;
  }
  return result;
}

template <class Row>
void describe(Row& row, const std::optional<double>& similarity, double threshold) {
  row.similarity = similarity;
  row.kind = !similarity ? "unknown" : *similarity > threshold ? "near-copy" : "other-image";
}

// Everybody on a list, with their best pair.
std::vector<std::pair<IdentityIndex, RowPair>> listed_people(const ReportModel::Matcher& matcher, const Sets& sets,
                                                             const Passes& passes) {
  std::set<std::string_view> listed;
  for (const auto& list : matcher.identity_lists) listed.insert(list.ids.begin(), list.ids.end());
  if (listed.empty()) return {};
  const std::vector<RowIndex> best = best_rows(sets.train, passes.train.row_bests);
  const auto& names = sets.train.identity_names;
  std::vector<std::pair<IdentityIndex, RowPair>> people;
  people.reserve(listed.size());
  for (const std::string_view id : listed) {
    const auto k = static_cast<IdentityIndex>(std::lower_bound(names.begin(), names.end(), id) - names.begin());
    people.emplace_back(k, RowPair(best[k], passes.train.row_bests[best[k]].b));
  }
  return people;
}

// Best pairs of the people of a set who score best.
std::vector<RowPair> best_people(const EmbeddingSet& set, const std::vector<PairScore>& row_bests, std::size_t most) {
  std::vector<RowIndex> rows = best_rows(set, row_bests);
  std::sort(rows.begin(), rows.end(), [&](RowIndex x, RowIndex y) {
    if (row_bests[x].score != row_bests[y].score) return row_bests[x].score > row_bests[y].score;
    return set.order[x] < set.order[y];
  });
  rows.resize(std::min(rows.size(), most));
  std::vector<RowPair> pairs;
  pairs.reserve(rows.size());
  for (const RowIndex row : rows) pairs.emplace_back(row, row_bests[row].b);
  return pairs;
}

void check_location(const char* option, const EmbeddingSet& set, const fs::path& location) {
  std::error_code ignored;
  if (!generator_of(location) && !fs::exists(location, ignored))
    throw Error(ErrorCode::input, "audit", option, location.string() + " isn't there");
  // The first few tell nearly always, and names of millions take room.
  for (const std::size_t most : {std::size_t{1000}, set.matrix.rows}) {
    std::vector<WantedPicture> wanted;
    for (RowIndex row = 0; row < std::min(most, set.matrix.rows); ++row) wanted.push_back(wanted_picture(set, row));
    if (holds_any_picture(location, wanted)) return;
  }
  throw Error(ErrorCode::input, "audit", option,
              fmt::format("{} holds no picture of any item of {}, such as '{}'; in a folder pictures are found by the "
                          "items' column 'path', relative to it, or as <id>.jpg or <identity>/<id>.jpg, in an archive, "
                          "a record file or LMDB by id",
                          location.string(), set.location, set.ids.front()));
}

std::vector<std::string> notes_of(const NearCopies& found, bool has_holdout) {
  std::vector<std::string> notes;
  if (found.unreadable > 0) {
    notes.push_back(fmt::format("{} {} missing or broken and not compared, first {}.", found.unreadable,
                                found.unreadable == 1 ? "picture is" : "pictures are", found.unreadable_names.front()));
  }
  if (found.assumed) {
    notes.push_back(fmt::format(
        "Near-copies are told by a fixed threshold ({:.2f}, measured on other people's photographs): only {} pairs of "
        "photographs of one training person could be compared, fewer than a threshold of these data needs.",
        found.threshold, found.rests_on));
  }
  if (has_holdout && !found.holdout && found.pairs.near_copies > 0) {
    notes.emplace_back(
        "How many near-copies chance gives isn't known: the hold-out's pictures weren't given (--holdout-images).");
  }
  return notes;
}

}  // namespace

void check_pictures(const Sets& sets, const PictureFolders& folders) {
  check_location("--train-images", sets.train, folders.train);
  check_location("--synthetic-images", sets.synthetic, folders.synthetic);
  if (!folders.holdout) return;
  if (!sets.holdout) throw Error(ErrorCode::usage, "audit", "--holdout-images", "is given without --holdout");
  check_location("--holdout-images", *sets.holdout, *folders.holdout);
}

PeopleLooks add_near_copies(ReportModel::Matcher& matcher, const Sets& sets, const Passes& passes,
                            const AuditOptions& options, Album& album) {
  PeopleLooks looks;
  const PictureFolders& folders = *options.pictures;
  const PictureRows train{.set = sets.train, .folder = folders.train};
  const PictureRows synthetic{.set = sets.synthetic, .folder = folders.synthetic};
  Comparer comparer(options, album);
  NearCopies found;

  std::vector<double> mated;
  for (const auto& similarity :
       comparer.compare(train, train, draw_mated_pairs(sets.train, kMatedPairs, options.seed))) {
    if (similarity) mated.push_back(*similarity);
  }
  const NearCopyThreshold threshold = near_copy_threshold(std::move(mated));
  found.threshold = threshold.similarity;
  found.rests_on = threshold.rests_on;
  found.duplicates = threshold.duplicates;
  found.assumed = threshold.assumed;

  const auto pairs = comparer.compare(train, synthetic, rows_of(passes.train.top_pairs));
  found.pairs = count(pairs, found.threshold);
  for (std::size_t i = 0; i < pairs.size(); ++i) describe(matcher.top[i], pairs[i], found.threshold);

  const auto listed = listed_people(matcher, sets, passes);
  std::vector<RowPair> best;
  best.reserve(listed.size());
  for (const auto& [person, pair] : listed) best.push_back(pair);
  const auto people = comparer.compare(train, synthetic, best);
  found.people = count(people, found.threshold);
  for (std::size_t i = 0; i < people.size(); ++i) describe(looks[listed[i].first], people[i], found.threshold);

  if (folders.holdout) {
    const PictureRows holdout{.set = *sets.holdout, .folder = *folders.holdout};
    const auto control = comparer.compare(holdout, synthetic, rows_of(passes.holdout->top_pairs));
    found.holdout = count(control, found.threshold);
    for (std::size_t i = 0; i < control.size(); ++i) describe(matcher.holdout_top[i], control[i], found.threshold);
    found.holdout_people =
        count(comparer.compare(holdout, synthetic, best_people(holdout.set, passes.holdout->row_bests, listed.size())),
              found.threshold);
  }
  found.unreadable = comparer.unreadable().size();
  for (const std::string& reason : comparer.unreadable()) {
    if (found.unreadable_names.size() < kMostNames) found.unreadable_names.push_back(reason);
  }
  const auto notes = notes_of(found, sets.holdout.has_value());
  matcher.notes.insert(matcher.notes.end(), notes.begin(), notes.end());
  matcher.guards.near_copies = std::move(found);
  return looks;
}

std::string near_copy_words(const ReportModel::Matcher& matcher) {
  if (!matcher.guards.near_copies) return {};
  const NearCopies& found = *matcher.guards.near_copies;
  const auto control = [](const std::optional<NearCopies::Count>& count, const char* what) {
    if (!count) return std::string();
    return fmt::format("; of the {} best {} of the hold-out, {}", count->checked, what, count->near_copies);
  };
  std::string text;
  if (found.people.checked > 0) {
    text += fmt::format(
        " Of the {} named whose pictures could be compared, the best match of {} is a near-copy of a training picture "
        "and that of {} another image{}.",
        found.people.checked, found.people.near_copies, found.people.checked - found.people.near_copies,
        control(found.holdout_people, "people"));
  }
  if (found.pairs.checked > 0) {
    text += fmt::format(" Of the {} best pairs compared as pictures, {} {}, {} other images{}.", found.pairs.checked,
                        found.pairs.near_copies, found.pairs.near_copies == 1 ? "is a near-copy" : "are near-copies",
                        found.pairs.checked - found.pairs.near_copies, control(found.holdout, "pairs"));
  }
  return text;
}

}  // namespace semblance::audit_stage
