#pragma once
// From one score a photograph to one vote a person.

#include <vector>

#include "membership/ranking.hpp"

namespace semblance::membership_stage {

/// Mean and largest of each person's scores; NaN for people without any (a NaN score counts as none).
struct PersonScores {
  std::vector<double> mean, max;
};
PersonScores by_person(const std::vector<double>& scores, const std::vector<std::uint32_t>& person, std::size_t people);

/// The units to rank: those with a score. Persons are numbered anew without the ones that have none; the first
/// `members` people of `person` are members.
Sample sample_of(const std::vector<double>& scores, const std::vector<std::uint32_t>& person, std::size_t members,
                 std::size_t people);

}  // namespace semblance::membership_stage
