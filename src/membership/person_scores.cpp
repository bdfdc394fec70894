#include "membership/person_scores.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace semblance::membership_stage {

PersonScores by_person(const std::vector<double>& scores, const std::vector<std::uint32_t>& person,
                       std::size_t people) {
  PersonScores result{std::vector<double>(people, 0),
                      std::vector<double>(people, -std::numeric_limits<double>::infinity())};
  std::vector<std::size_t> count(people);
  for (std::size_t i = 0; i < scores.size(); ++i) {
    if (std::isnan(scores[i])) continue;
    ++count[person[i]];
    result.mean[person[i]] += scores[i];
    result.max[person[i]] = std::max(result.max[person[i]], scores[i]);
  }
  for (std::size_t p = 0; p < people; ++p) {
    if (count[p] == 0) {
      result.mean[p] = result.max[p] = std::nan("");
    } else {
      result.mean[p] /= static_cast<double>(count[p]);
    }
  }
  return result;
}

Sample sample_of(const std::vector<double>& scores, const std::vector<std::uint32_t>& person, std::size_t members,
                 std::size_t people) {
  std::vector<std::uint8_t> scored(people, 0);
  for (std::size_t i = 0; i < scores.size(); ++i) {
    if (!std::isnan(scores[i])) scored[person[i]] = 1;
  }
  std::vector<std::uint32_t> number(people);
  Sample sample;
  for (std::size_t p = 0; p < people; ++p) {
    number[p] = static_cast<std::uint32_t>(sample.members + sample.nonmembers);
    if (scored[p] != 0) ++(p < members ? sample.members : sample.nonmembers);
  }
  for (std::size_t i = 0; i < scores.size(); ++i) {
    if (std::isnan(scores[i])) continue;
    sample.score.push_back(scores[i]);
    sample.person.push_back(number[person[i]]);
  }
  return sample;
}

}  // namespace semblance::membership_stage
