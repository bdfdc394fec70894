#include "membership/inputs.hpp"

#include <fmt/format.h>

#include "base/rng.hpp"
#include "semblance/error.hpp"
#include "store/agreement.hpp"

namespace semblance::membership_stage {

using namespace store_stage;

namespace {

[[noreturn]] void refuse(const EmbeddingSet& set, const std::string& why) {
  throw Error(ErrorCode::input, "membership", set.location, why);
}

struct Role {
  const EmbeddingSet* set = nullptr;
  const char* option = "";
};

void check_labels(const Inputs& inputs) {
  check_labelled_alike(inputs.members, "members", inputs.nonmembers, "nonmembers",
                       "one vote a person can't be set against one vote a photograph");
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
    for (std::size_t j = i + 1; j < roles.size(); ++j) {
      check_same_matcher(*roles[i].set, *roles[j].set);
      check_distinct(*roles[i].set, roles[i].option, *roles[j].set, roles[j].option);
    }
  }
  check_labels(inputs);
  check_disjoint(inputs.members, inputs.nonmembers, "a person was either trained on or not: take them out of one side");
  if (inputs.reference) {
    const char* untrained = "the reference must be people who were not trained on";
    check_disjoint(inputs.members, *inputs.reference, untrained);
    check_disjoint(inputs.nonmembers, *inputs.reference,
                   "the attacks would know these non-members: take them out of one set");
    if (inputs.train) check_disjoint(*inputs.train, *inputs.reference, untrained);
  }
  if (inputs.train) {
    check_disjoint(*inputs.train, inputs.nonmembers, "non-members must be people who were not trained on");
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
