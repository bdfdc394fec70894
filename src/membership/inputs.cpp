#include "membership/inputs.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "base/rng.hpp"
#include "semblance/error.hpp"

namespace semblance::membership_stage {
namespace {

[[noreturn]] void refuse(const EmbeddingSet& set, const std::string& why) {
  throw Error(ErrorCode::input, "membership", set.location, why);
}

struct Role {
  const EmbeddingSet* set = nullptr;
  const char* option = "";
};

void check_comparable(const Role& first, const Role& other) {
  if (first.set->matrix.cols != other.set->matrix.cols) {
    refuse(*other.set, fmt::format("has {} dimensions but {} has {}; embed both with the same matcher",
                                   other.set->matrix.cols, first.set->location, first.set->matrix.cols));
  }
  if (!first.set->matcher.empty() && !other.set->matcher.empty() && first.set->matcher != other.set->matcher) {
    refuse(*other.set, fmt::format("was embedded by matcher '{}' but {} by '{}'; embed both with the same matcher",
                                   other.set->matcher, first.set->location, first.set->matcher));
  }
  if (first.set->sha256 == other.set->sha256) {
    refuse(*other.set, fmt::format("{} and {} hold the same embeddings (sha256 {}...); give each set its own file",
                                   first.option, other.option, first.set->sha256.substr(0, 12)));
  }
}

// Names up to five people whom two sets share.
void check_disjoint(const Role& first, const Role& other, const char* why) {
  if (!first.set->labelled || !other.set->labelled) return;
  std::vector<std::string> shared;
  std::set_intersection(first.set->identity_names.begin(), first.set->identity_names.end(),
                        other.set->identity_names.begin(), other.set->identity_names.end(), std::back_inserter(shared));
  if (shared.empty()) return;
  std::string names;
  constexpr std::size_t kNamed = 5;
  for (std::size_t i = 0; i < std::min(kNamed, shared.size()); ++i) names += (i == 0 ? "'" : ", '") + shared[i] + "'";
  if (shared.size() > kNamed) names += fmt::format(" and {} more", shared.size() - kNamed);
  refuse(*other.set, fmt::format("{} and {} share {} {}: {}; {}", first.option, other.option, shared.size(),
                                 shared.size() == 1 ? "person" : "people", names, why));
}

void check_labels(const Inputs& inputs) {
  if (inputs.members.labelled != inputs.nonmembers.labelled) {
    const bool members_are = inputs.members.labelled;
    refuse(members_are ? inputs.nonmembers : inputs.members,
           fmt::format("has no identity labels but {} has; label both (--{}-items) or neither, since one vote a person "
                       "can't be set against one vote a photograph",
                       members_are ? inputs.members.location : inputs.nonmembers.location,
                       members_are ? "nonmembers" : "members"));
  }
  if (!inputs.train) return;
  if (!inputs.train->labelled) {
    refuse(*inputs.train,
           "has no identity labels; the over-representation curve counts training images a person: give "
           "--train-items or leave --train out");
  }
  if (!inputs.members.labelled) {
    refuse(inputs.members,
           "has no identity labels; with --train the members need the names that the training set "
           "gives them: give --members-items");
  }
}

void check_people(const EmbeddingSet& set, const char* role) {
  if (set.identity_names.size() >= 2) return;
  refuse(set, fmt::format("shows one {} only; people can only be told apart from two a side on", role));
}

}  // namespace

Inputs read_inputs(const MembershipSources& sources, Comparison comparison) {
  // An inner product or a distance is defined for the zero vector; a direction isn't.
  const ReadOptions read{.allow_zero_rows = comparison != Comparison::cosine};
  Inputs inputs;
  inputs.synthetic = read_embeddings(sources.synthetic, read);
  inputs.members = read_embeddings(sources.members, read);
  inputs.nonmembers = read_embeddings(sources.nonmembers, read);
  if (sources.reference) inputs.reference = read_embeddings(*sources.reference, read);
  if (sources.train) inputs.train = read_embeddings(*sources.train, read);

  std::vector<Role> roles = {
      {&inputs.members, "--members"}, {&inputs.nonmembers, "--nonmembers"}, {&inputs.synthetic, "--synthetic"}};
  if (inputs.reference) roles.push_back({&*inputs.reference, "--reference"});
  if (inputs.train) roles.push_back({&*inputs.train, "--train"});
  for (std::size_t i = 0; i < roles.size(); ++i) {
    for (std::size_t j = i + 1; j < roles.size(); ++j) check_comparable(roles[i], roles[j]);
  }
  check_labels(inputs);
  check_disjoint(roles[0], roles[1], "a person was either trained on or not: take them out of one side");
  if (inputs.reference) {
    const Role reference{&*inputs.reference, "--reference"};
    check_disjoint(roles[0], reference, "the reference must be people who were not trained on");
    check_disjoint(roles[1], reference, "the attacks would know these non-members: take them out of one set");
    if (inputs.train) {
      check_disjoint({&*inputs.train, "--train"}, reference, "the reference must be people who were not trained on");
    }
  }
  if (inputs.train) {
    check_disjoint({&*inputs.train, "--train"}, roles[1], "non-members must be people who were not trained on");
  }
  check_people(inputs.members, "member");
  check_people(inputs.nonmembers, "non-member");
  return inputs;
}

Queries lay_out_queries(const Inputs& inputs, std::uint64_t seed) {
  Queries queries;
  queries.cols = inputs.members.matrix.cols;
  queries.member_rows = inputs.members.matrix.rows;
  queries.rows = queries.member_rows + inputs.nonmembers.matrix.rows;
  queries.members = inputs.member_people();
  queries.nonmembers = inputs.nonmember_people();
  queries.values.reserve(queries.rows * queries.cols);
  queries.person.reserve(queries.rows);
  std::size_t first_person = 0;
  for (const EmbeddingSet* set : {&inputs.members, &inputs.nonmembers}) {
    for (std::size_t i = 0; i < set->matrix.rows; ++i) {
      const auto row = set->matrix.row(i);
      queries.values.insert(queries.values.end(), row.begin(), row.end());
      queries.person.push_back(static_cast<std::uint32_t>(first_person + set->identity[i]));
    }
    first_person += set->identity_names.size();
  }

  queries.set_aside.assign(queries.people(), 0);
  if (inputs.reference) return queries;
  const std::size_t aside = queries.nonmembers / 2;
  if (queries.nonmembers - aside < 2 || aside < 1) {
    refuse(inputs.nonmembers, fmt::format("shows {} people; without --reference half of them are set aside, which "
                                          "leaves too few: give --reference or three non-members at least",
                                          queries.nonmembers));
  }
  Rng rng(derive_seed(seed, "membership reference people"));
  const std::vector<std::size_t> order = random_permutation(queries.nonmembers, rng);
  for (std::size_t i = 0; i < aside; ++i) queries.set_aside[queries.members + order[i]] = 1;
  return queries;
}

Reference reference_rows(const Inputs& inputs, const Queries& queries) {
  Reference reference;
  if (inputs.reference) {
    reference.view = inputs.reference->matrix;
    return reference;
  }
  const MatrixView all = queries.view();
  std::size_t rows = 0;
  for (std::size_t i = 0; i < queries.rows; ++i) {
    if (queries.set_aside[queries.person[i]] == 0) continue;
    const auto row = all.row(i);
    reference.values.insert(reference.values.end(), row.begin(), row.end());
    ++rows;
  }
  reference.view = {reference.values.data(), rows, queries.cols, queries.cols};
  return reference;
}

}  // namespace semblance::membership_stage
