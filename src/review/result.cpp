// From the reviewers' answers to rates.

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "review/agreement.hpp"
#include "review/answers.hpp"
#include "review/key.hpp"
#include "semblance/error.hpp"
#include "semblance/review.hpp"

namespace semblance {

using namespace review_stage;

namespace {

template <class Member>
ReviewGroup group_of(const std::string& name, const ReviewKey& key, const Answers& answers, const Member& member) {
  ReviewGroup group;
  group.name = name;
  for (std::size_t i = 0; i < key.pairs.size(); ++i) {
    if (!member(key.pairs[i])) continue;
    ++group.pairs;
    if (!answers[i]) continue;
    switch (*answers[i]) {
      case ReviewAnswer::same:
        ++group.same;
        break;
      case ReviewAnswer::different:
        ++group.different;
        break;
      case ReviewAnswer::cant_tell:
        ++group.cant_tell;
        break;
    }
  }
  add_rates(group);
  return group;
}

double best_control(const ReviewKey& key) {
  double best = -std::numeric_limits<double>::infinity();
  for (const ReviewPair& pair : key.pairs) {
    if (pair.control) best = std::max(best, pair.score);
  }
  return best;
}

ReviewReader reader_of(const std::string& name, Answers answers, const ReviewKey& key) {
  ReviewReader reader;
  reader.name = name;
  const double best = best_control(key);
  reader.groups.push_back(group_of("candidates", key, answers, [](const ReviewPair& pair) { return !pair.control; }));
  reader.groups.push_back(
      group_of("candidates-listed", key, answers, [](const ReviewPair& pair) { return !pair.control && pair.listed; }));
  reader.groups.push_back(group_of("candidates-in-range", key, answers,
                                   [&](const ReviewPair& pair) { return !pair.control && pair.score <= best; }));
  reader.groups.push_back(group_of("controls", key, answers, [](const ReviewPair& pair) { return pair.control; }));
  const ReviewGroup& candidates = reader.groups.front();
  const ReviewGroup& controls = reader.groups.back();
  if (candidates.rate && controls.rate) {
    reader.excess = *candidates.rate - *controls.rate;
    reader.excess_interval = difference_interval(candidates, controls);
  }
  reader.answers = std::move(answers);
  return reader;
}

Answers joint_answers(const std::vector<ReviewReader>& readers) {
  Answers joint(readers.front().answers.size());
  for (std::size_t i = 0; i < joint.size(); ++i) {
    const auto& first = readers.front().answers[i];
    if (std::any_of(readers.begin(), readers.end(), [&](const ReviewReader& r) { return !r.answers[i]; })) continue;
    const bool agreed =
        std::all_of(readers.begin(), readers.end(), [&](const ReviewReader& r) { return r.answers[i] == first; });
    joint[i] = agreed ? *first : ReviewAnswer::cant_tell;
  }
  return joint;
}

}  // namespace

ReviewResult evaluate_review(const std::filesystem::path& pack, const std::vector<std::filesystem::path>& answers) {
  ReviewResult result;
  KeyFile read = read_key(pack / "key.json");
  result.key = std::move(read.key);
  result.pack = read.sha256;
  for (const std::filesystem::path& file : answers) {
    AnswersFile given = read_answers(file, result.pack, result.key.pairs.size());
    for (const ReviewReader& other : result.readers) {
      if (other.name != given.reviewer) continue;
      throw Error(
          ErrorCode::input, "review", file.string(),
          fmt::format("is the second file of reviewer '{}'; every reviewer needs a name of their own", given.reviewer));
    }
    result.readers.push_back(reader_of(given.reviewer, std::move(given.answers), result.key));
  }
  for (std::size_t a = 0; a < result.readers.size(); ++a) {
    for (std::size_t b = a + 1; b < result.readers.size(); ++b) {
      ReviewAgreement agreement = agreement_of(result.readers[a].answers, result.readers[b].answers);
      agreement.first = result.readers[a].name;
      agreement.second = result.readers[b].name;
      result.agreements.push_back(std::move(agreement));
    }
  }
  if (result.readers.size() > 1) result.joint = reader_of("all", joint_answers(result.readers), result.key);
  return result;
}

}  // namespace semblance
