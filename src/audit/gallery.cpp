#include "audit/gallery.hpp"

#include <algorithm>
#include <limits>
#include <map>
#include <set>
#include <string_view>
#include <tuple>
#include <unordered_map>

#include "audit/roles.hpp"
#include "semblance/calibrate.hpp"
#include "semblance/score.hpp"

namespace semblance::audit_stage {
namespace {

using Gallery = ReportModel::Gallery;
using Matcher = ReportModel::Matcher;

constexpr std::size_t kMostPeople = 500;
constexpr std::size_t kMostLooks = 1000;     // of all people together: two pictures each
constexpr std::size_t kMostLooksEach = 6;    // of a person
constexpr std::size_t kMostCandidates = 50;  // people shown where nobody is listed

/// What stands for a person before the choice is made.
struct Candidate {
  std::string id;
  std::size_t images = 0;
  std::size_t lists = 0;  ///< matchers that list the person, or an image that matches the person best
  double q = std::numeric_limits<double>::infinity();
  double p = std::numeric_limits<double>::infinity();
  double best = -std::numeric_limits<double>::infinity();  ///< under the first matcher
  std::vector<Gallery::Standing> standings;
  std::vector<Gallery::Look> looks;
  std::set<std::pair<std::string, std::string>> seen;

  void look_at(const std::string& train, const std::string& synthetic, std::optional<double> similarity,
               const std::string& kind) {
    if (looks.size() >= kMostLooksEach || !seen.emplace(train, synthetic).second) return;
    looks.push_back({.train = train,
                     .synthetic = synthetic,
                     .sights = {},
                     .similarity = similarity,
                     .kind = kind,
                     .train_picture = {},
                     .synthetic_picture = {}});
  }
};

/// People by id, in the order in which the matchers' rows name them.
class Candidates {
 public:
  explicit Candidates(const ReportModel& model) : model_(model) {
    for (const auto& row : model.matchers.front().identities) {
      Candidate& candidate = people_[row.id];
      candidate.id = row.id;
      candidate.images = row.images;
      candidate.best = row.best;
      candidate.standings.resize(model.matchers.size());
    }
    for (std::size_t m = 0; m < model.matchers.size(); ++m) judge(m);
  }

  /// Everybody on a list; with `anybody`, the people of the best pairs instead.
  std::vector<Candidate*> chosen(bool anybody) {
    std::vector<Candidate*> chosen;
    for (auto& [id, candidate] : people_) {
      if (anybody || candidate.lists > 0) chosen.push_back(&candidate);
    }
    std::sort(chosen.begin(), chosen.end(), [](const Candidate* x, const Candidate* y) {
      const auto key = [](const Candidate& c) {
        return std::make_tuple(-static_cast<double>(c.lists), c.q, c.p, -c.best);
      };
      const auto of_x = key(*x);
      const auto of_y = key(*y);
      return of_x != of_y ? of_x < of_y : x->id < y->id;
    });
    return chosen;
  }

  /// Pairs that any matcher ranked: each one's best, then its best pairs, then the listed images.
  void add_looks() {
    for (const Matcher& matcher : model_.matchers) {
      for (const auto& row : matcher.identities) {
        if (Candidate* person = find(row.id)) {
          person->look_at(row.best_train, row.best_synthetic, row.similarity, row.kind);
        }
      }
    }
    for (const Matcher& matcher : model_.matchers) {
      for (const auto& pair : matcher.top) {
        if (Candidate* person = find(pair.train_identity)) {
          person->look_at(pair.train, pair.synthetic, pair.similarity, pair.kind);
        }
      }
      for (const auto& image : matcher.images) {
        if (!image.listed_at_fdr) continue;
        if (Candidate* person = find(image.best_train_identity)) {
          person->look_at(image.best_train, image.id, std::nullopt, {});
        }
      }
    }
  }

  /// Only these are asked for pairs from here on.
  void keep(const std::vector<Candidate*>& chosen) {
    kept_.clear();
    for (Candidate* candidate : chosen) kept_.emplace(candidate->id, candidate);
  }

 private:
  Candidate* find(const std::string& id) {
    const auto at = kept_.find(id);
    return at == kept_.end() ? nullptr : at->second;
  }

  void judge(std::size_t m) {
    const Matcher& matcher = model_.matchers[m];
    std::set<std::string_view> listed;
    for (const auto& list : matcher.identity_lists) listed.insert(list.ids.begin(), list.ids.end());
    for (const auto& image : matcher.images) {
      if (image.listed_at_fdr) listed.insert(image.best_train_identity);
    }
    for (const auto& row : matcher.identities) {
      const auto at = people_.find(row.id);
      if (at == people_.end()) continue;
      Candidate& person = at->second;
      person.standings[m] = {.p = row.p, .q = row.q};
      person.lists += listed.contains(row.id) ? 1 : 0;
      person.q = std::min(person.q, row.q.value_or(person.q));
      person.p = std::min(person.p, row.p.value_or(person.p));
    }
  }

  const ReportModel& model_;
  std::map<std::string, Candidate, std::less<>> people_;
  std::unordered_map<std::string_view, Candidate*> kept_;
};

std::unordered_map<std::string_view, RowIndex> rows_by_id(const EmbeddingSet& set) {
  std::unordered_map<std::string_view, RowIndex> rows;
  for (RowIndex row = 0; row < set.matrix.rows; ++row) rows.emplace(set.ids[row], row);
  return rows;
}

/// What one matcher says of every pair; its scores are those of its passes.
void add_sights(Gallery& gallery, const Matcher& matcher, const Sets& sets, const AuditOptions& options) {
  const Roles roles(sets, options);
  const MatrixView train = roles.train().matrix;
  const MatrixView synthetic = roles.synthetic().matrix;
  const auto train_rows = rows_by_id(sets.train);
  const auto synthetic_rows = rows_by_id(sets.synthetic);
  Histogram non_mated;
  for (const auto& curve : matcher.curves) {
    if (curve.name != "R-R non-mated") continue;
    non_mated.low = curve.low;
    non_mated.high = curve.high;
    non_mated.counts = curve.counts;
  }
  const auto fmr = [&](double score) -> std::optional<double> {
    if (!sets.calibration) return fmr_of_score(non_mated, score);
    const auto calibrated = calibrated_fmr(*sets.calibration, score);
    return calibrated ? std::optional(calibrated->fmr) : std::nullopt;
  };
  for (Gallery::Person& person : gallery.people) {
    for (Gallery::Look& look : person.looks) {
      Gallery::Sight& sight = look.sights.emplace_back();
      const auto a = train_rows.find(look.train);
      const auto b = synthetic_rows.find(look.synthetic);
      if (a == train_rows.end() || b == synthetic_rows.end()) continue;
      sight.score = sets.tables ? sets.tables->train.at(a->second, b->second)
                                : reference_score(train.row(a->second), synthetic.row(b->second), roles.comparison());
      sight.fmr = fmr(*sight.score);
    }
  }
}

}  // namespace

ReportModel::Gallery make_gallery(const ReportModel& model, const std::vector<Sets>& sets,
                                  const AuditOptions& options) {
  Gallery gallery;
  Candidates candidates(model);
  std::vector<Candidate*> chosen = candidates.chosen(false);
  gallery.listed = !chosen.empty();
  if (chosen.empty()) {
    chosen = candidates.chosen(true);
    chosen.resize(std::min(chosen.size(), kMostCandidates));
  }
  if (chosen.size() > kMostPeople) {
    gallery.left_out = chosen.size() - kMostPeople;
    chosen.resize(kMostPeople);
  }
  candidates.keep(chosen);
  candidates.add_looks();
  std::size_t looks = 0;
  for (const Candidate* candidate : chosen) {
    const std::size_t rest = chosen.size() - gallery.people.size() - 1;  // everybody keeps a pair at least
    const std::size_t room = kMostLooks - std::min(kMostLooks, looks + rest);
    Gallery::Person& person = gallery.people.emplace_back(Gallery::Person{.id = candidate->id,
                                                                          .images = candidate->images,
                                                                          .standings = candidate->standings,
                                                                          .looks = candidate->looks});
    if (person.looks.size() > room) person.looks.resize(room);
    looks += person.looks.size();
  }
  for (std::size_t m = 0; m < sets.size(); ++m) add_sights(gallery, model.matchers[m], sets[m], options);
  return gallery;
}

}  // namespace semblance::audit_stage
