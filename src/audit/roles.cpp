#include "audit/roles.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/rng.hpp"
#include "score/sets.hpp"
#include "semblance/error.hpp"

namespace semblance::audit_stage {
namespace {

// Drawn from R and H where no cohort was given: one image each of so many people.
constexpr std::size_t kDrawnPeople = 1000;
constexpr std::size_t kFewestCohort = 20;

void check_cohort_size(std::size_t images, const std::string& source) {
  if (images >= kFewestCohort) return;
  throw Error(ErrorCode::input, "audit", source,
              fmt::format("is a cohort of {} images; {} at least are needed, some hundred people are better", images,
                          kFewestCohort));
}

}  // namespace

Roles::Roles(const Sets& sets, const AuditOptions& options)
    : sets_(sets), comparison_(sets.comparison), norm_(options.score_norm), threads_(options.threads) {
  if (!normalised()) return;
  const std::vector<IdentityIndex> people = persons(sets.train, "train");
  if (sets.cohort) {
    take_cohort(*sets.cohort);
  } else {
    draw_cohort(options.seed);
  }
  const CohortStatistics train = statistics(sets.train, people);
  train_ = rows(sets.train, train, ScoreRole::reference);
  train_probe_ = rows(sets.train, train, ScoreRole::probe);
  synthetic_ = rows(sets.synthetic, statistics(sets.synthetic, {}), ScoreRole::probe);
  read_holdout_again();
}

void Roles::read_holdout_again() {
  if (!normalised() || !sets_.holdout) return;
  holdout_ = rows(*sets_.holdout, statistics(*sets_.holdout, persons(*sets_.holdout, "holdout")), ScoreRole::reference);
}

ScoreSide Roles::side(const EmbeddingSet& set, const NormalisedRows& rows) const {
  ScoreSide result = side_of(set);
  if (normalised()) result.matrix = rows.view();
  return result;
}

IdentityIndex Roles::number(const std::string& name) {
  return numbers_.try_emplace(name, static_cast<IdentityIndex>(numbers_.size())).first->second;
}

// Without labels every row is a person of its own, whom only its set and place name.
std::vector<IdentityIndex> Roles::persons(const EmbeddingSet& set, const char* role) {
  std::vector<IdentityIndex> of_identity;
  of_identity.reserve(set.identity_names.size());
  for (const std::string& name : set.identity_names) {
    of_identity.push_back(number(set.labelled ? "person " + name : fmt::format("{} row {}", role, name)));
  }
  std::vector<IdentityIndex> result;
  result.reserve(set.identity.size());
  for (const IdentityIndex identity : set.identity) result.push_back(of_identity[identity]);
  return result;
}

void Roles::take_cohort(const EmbeddingSet& given) {
  check_cohort_size(given.matrix.rows, given.location);
  cohort_.rows = given.matrix;
  cohort_.person = persons(given, "cohort");
  cohort_.source = given.location;
}

// R's and H's people are drawn alike, so that normalised scores stay exchangeable between them.
void Roles::draw_cohort(std::uint64_t seed) {
  struct Person {
    const EmbeddingSet* set = nullptr;
    std::vector<RowIndex> rows;
    IdentityIndex number = kNobody;
  };
  std::vector<Person> people;
  const auto add = [&](const EmbeddingSet& set, const char* role) {
    const std::vector<IdentityIndex> numbers = persons(set, role);
    const std::size_t first = people.size();
    people.resize(first + set.identity_names.size());
    for (std::size_t row = 0; row < set.identity.size(); ++row) {
      Person& person = people[first + set.identity[row]];
      person.set = &set;
      person.number = numbers[row];
      person.rows.push_back(static_cast<RowIndex>(row));
    }
  };
  add(sets_.train, "train");
  if (sets_.holdout) add(*sets_.holdout, "holdout");

  Rng rng(derive_seed(seed, "cohort"));
  std::vector<std::size_t> order = random_permutation(people.size(), rng);
  order.resize(std::min(order.size(), kDrawnPeople));
  for (const std::size_t k : order) {
    const Person& person = people[k];
    if (person.rows.empty()) continue;
    const auto row = person.set->matrix.row(person.rows[uniform_index(rng, person.rows.size())]);
    cohort_.drawn.insert(cohort_.drawn.end(), row.begin(), row.end());
    cohort_.person.push_back(person.number);
  }
  const std::size_t dim = sets_.train.matrix.cols;
  cohort_.rows = {cohort_.drawn.data(), cohort_.person.size(), dim, dim};
  cohort_.source = sets_.holdout ? "the training and held-out people" : "the training people";
  check_cohort_size(cohort_.rows.rows, cohort_.source);
}

CohortStatistics Roles::statistics(const EmbeddingSet& set, std::span<const IdentityIndex> person) const {
  return cohort_statistics(side_of(set), person, {.matrix = cohort_.rows, .order = {}, .identity = {}}, cohort_.person,
                           comparison_, threads_);
}

NormalisedRows Roles::rows(const EmbeddingSet& set, const CohortStatistics& statistics, ScoreRole role) const {
  return normalised_rows(side_of(set), statistics, norm_, role, comparison_, threads_);
}

std::optional<std::array<double, 2>> Roles::histogram_range() const {
  if (!normalised()) {
    std::vector<MatrixView> sets = {sets_.train.matrix, sets_.synthetic.matrix};
    if (sets_.holdout) sets.push_back(sets_.holdout->matrix);
    return common_range(sets, comparison());
  }
  double real = largest_norm(train().matrix);
  if (sets_.holdout) real = std::max(real, largest_norm(holdout().matrix));
  const double most = real * std::max(largest_norm(synthetic().matrix), largest_norm(train_as_probe().matrix));
  return std::array{-most, most};
}

std::string Roles::words() const {
  if (!normalised()) return {};
  const char* whose = norm_ == ScoreNorm::z   ? "the training image's"
                      : norm_ == ScoreNorm::t ? "the synthetic image's"
                                              : "each of the two images'";
  return fmt::format(
      "Scores are {}-normalised: they say how many standard deviations a pair lies above {} own scores against a "
      "cohort, {} images of {}. Both orders of two training images count as pairs.",
      score_norm_name(norm_), whose, cohort_.rows.rows, cohort_.source);
}

}  // namespace semblance::audit_stage
