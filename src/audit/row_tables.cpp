#include "audit/row_tables.hpp"

#include <algorithm>
#include <numeric>
#include <utility>

namespace semblance::audit_stage {
namespace {

using Shared = std::shared_ptr<const Sets>;

/// Everybody of a set with their best pairs.
struct People {
  std::vector<PairScore> row_bests;
  std::vector<RowIndex> best_row;      ///< by identity
  std::vector<std::uint32_t> images;   ///< by identity
  std::vector<IdentityIndex> ordered;  ///< as the table shows them

  People(const EmbeddingSet& set, std::vector<PairScore> bests)
      : row_bests(std::move(bests)),
        best_row(best_rows(set, row_bests)),
        images(set.identity_names.size(), 0),
        ordered(set.identity_names.size()) {
    for (const IdentityIndex k : set.identity) ++images[k];
    std::iota(ordered.begin(), ordered.end(), IdentityIndex{0});
  }
  [[nodiscard]] const PairScore& best(IdentityIndex k) const { return row_bests[best_row[k]]; }
};

Rows<ReportModel::IdentityRow> identity_table(const Shared& sets, std::vector<PairScore> row_bests,
                                              const LeakageAssessment* assessment, PeopleLooks looks) {
  struct Table {
    People people;
    std::vector<IdentityEvidence> evidence;
    PeopleLooks looks;
  };
  const auto table = std::make_shared<Table>(
      Table{.people = People(sets->train, std::move(row_bests)),
            .evidence = assessment != nullptr ? assessment->identities : std::vector<IdentityEvidence>(),
            .looks = std::move(looks)});
  // Names are sorted, so their numbers break ties as the names would.
  std::sort(table->people.ordered.begin(), table->people.ordered.end(), [&](IdentityIndex x, IdentityIndex y) {
    if (!table->evidence.empty() && table->evidence[x].p != table->evidence[y].p) {
      return table->evidence[x].p < table->evidence[y].p;
    }
    const double of_x = table->people.best(x).score;
    const double of_y = table->people.best(y).score;
    return of_x != of_y ? of_x > of_y : x < y;
  });
  const std::size_t size = table->people.ordered.size();
  return {size, [sets, table = std::shared_ptr<const Table>(table)](std::size_t index) {
            const People& people = table->people;
            const IdentityIndex k = people.ordered[index];
            const PairScore& pair = people.best(k);
            ReportModel::IdentityRow row;
            row.id = sets->train.identity_names[k];
            row.images = people.images[k];
            row.best = pair.score;
            row.best_train = sets->train.ids[people.best_row[k]];
            row.best_synthetic = sets->synthetic.ids[pair.b];
            if (!table->evidence.empty()) {
              const IdentityEvidence& evidence = table->evidence[k];
              row.images_used = evidence.images_used;
              row.controls = evidence.controls;
              row.p = evidence.p;
              row.q = evidence.q;
            }
            if (const auto look = table->looks.find(k); look != table->looks.end()) {
              row.similarity = look->second.similarity;
              row.kind = look->second.kind;
            }
            return row;
          }};
}

Rows<ReportModel::HoldoutPerson> holdout_table(const Shared& sets, std::vector<PairScore> row_bests) {
  const auto people = std::make_shared<People>(*sets->holdout, std::move(row_bests));
  std::sort(people->ordered.begin(), people->ordered.end(), [&](IdentityIndex x, IdentityIndex y) {
    const double of_x = people->best(x).score;
    const double of_y = people->best(y).score;
    return of_x != of_y ? of_x > of_y : x < y;
  });
  const std::size_t size = people->ordered.size();
  return {size, [sets, people = std::shared_ptr<const People>(people)](std::size_t index) {
            const IdentityIndex k = people->ordered[index];
            const PairScore& pair = people->best(k);
            return ReportModel::HoldoutPerson{.id = sets->holdout->identity_names[k],
                                              .images = people->images[k],
                                              .best = pair.score,
                                              .best_holdout = sets->holdout->ids[people->best_row[k]],
                                              .best_synthetic = sets->synthetic.ids[pair.b]};
          }};
}

// Of every listed image the smallest level.
std::map<RowIndex, double> listed_images(const LeakageAssessment* assessment) {
  std::map<RowIndex, double> listed;
  if (assessment == nullptr) return listed;
  for (const FdrList& list : assessment->image_lists) {
    for (const std::uint32_t j : list.ids) {
      const auto [at, added] = listed.try_emplace(j, list.q);
      if (!added) at->second = std::min(at->second, list.q);
    }
  }
  return listed;
}

Rows<ReportModel::ImageRow> image_table(const Shared& sets, std::vector<PairScore> in_train,
                                        std::vector<PairScore> in_holdout, const LeakageAssessment* assessment) {
  struct Table {
    std::vector<PairScore> train, holdout;
    std::map<RowIndex, double> listed;
  };
  const auto table = std::make_shared<const Table>(
      Table{.train = std::move(in_train), .holdout = std::move(in_holdout), .listed = listed_images(assessment)});
  return {table->train.size(), [sets, table](std::size_t j) {
            const PairScore& train = table->train[j];
            ReportModel::ImageRow row;
            row.id = sets->synthetic.ids[j];
            row.best_train_score = train.score;
            row.best_train = sets->train.ids[train.a];
            row.best_train_identity = sets->train.identity_names[sets->train.identity[train.a]];
            if (!table->holdout.empty()) {
              row.best_holdout_score = table->holdout[j].score;
              row.best_holdout = sets->holdout->ids[table->holdout[j].a];
            }
            if (const auto at = table->listed.find(static_cast<RowIndex>(j)); at != table->listed.end()) {
              row.listed_at_fdr = at->second;
            }
            return row;
          }};
}

}  // namespace

std::vector<RowIndex> best_rows(const EmbeddingSet& set, const std::vector<PairScore>& row_bests) {
  std::vector<RowIndex> rows(set.identity_names.size(), kNoRow);
  const auto beats = [&](RowIndex x, RowIndex y) {
    if (row_bests[x].score != row_bests[y].score) return row_bests[x].score > row_bests[y].score;
    return set.order[x] < set.order[y];
  };
  for (RowIndex i = 0; i < set.matrix.rows; ++i) {
    RowIndex& best = rows[set.identity[i]];
    if (best == kNoRow || beats(i, best)) best = i;
  }
  return rows;
}

void add_row_tables(ReportModel::Matcher& matcher, const std::shared_ptr<const Sets>& sets, Passes passes,
                    const LeakageAssessment* assessment, PeopleLooks looks) {
  matcher.identities = identity_table(sets, std::move(passes.train.row_bests), assessment, std::move(looks));
  std::vector<PairScore> in_holdout;
  if (passes.holdout) {
    matcher.holdout_people = holdout_table(sets, std::move(passes.holdout->row_bests));
    in_holdout = std::move(passes.holdout->column_bests);
  }
  matcher.images = image_table(sets, std::move(passes.train.column_bests), std::move(in_holdout), assessment);
}

}  // namespace semblance::audit_stage
