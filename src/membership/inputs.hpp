#pragma once
// The sets of a membership study: read, and refused where they would make its answer worthless.

#include <optional>
#include <string>
#include <vector>

#include "semblance/membership.hpp"

namespace semblance::membership_stage {

struct Inputs {
  EmbeddingSet synthetic, members, nonmembers;
  std::optional<EmbeddingSet> reference, train;

  [[nodiscard]] std::size_t member_people() const { return members.identity_names.size(); }
  [[nodiscard]] std::size_t nonmember_people() const { return nonmembers.identity_names.size(); }
};

/// Reads and checks: equal dimension and matcher; no set given twice; members, non-members and reference without a
/// person in common; no non-member or reference person in the training set; labels on both sides or on neither; two
/// people a side at least. Throws Error{input} naming the set at fault.
Inputs read_inputs(const MembershipSources& sources, Comparison comparison);

/// All queries as one set: members' rows, then non-members'; people likewise.
struct Queries {
  std::vector<float> values;
  std::size_t rows = 0, cols = 0;
  std::vector<std::uint32_t> person;  ///< of each row; members come first
  std::size_t member_rows = 0;
  std::size_t members = 0, nonmembers = 0;  ///< people
  std::vector<std::uint8_t> set_aside;      ///< per person: serves as reference

  [[nodiscard]] MatrixView view() const { return {values.data(), rows, cols, cols}; }
  [[nodiscard]] std::size_t people() const { return members + nonmembers; }
};

/// Lays the queries out. Without a reference set, half of the non-members' people are set aside, drawn by seed.
/// Throws Error{input} if that leaves fewer than two people.
Queries lay_out_queries(const Inputs& inputs, std::uint64_t seed);

/// Real faces that were not trained on: the reference set, or the queries set aside.
struct Reference {
  std::vector<float> values;  ///< empty where `view` is the reference set's own
  MatrixView view;
};
Reference reference_rows(const Inputs& inputs, const Queries& queries);

}  // namespace semblance::membership_stage
