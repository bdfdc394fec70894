#pragma once
// What the page exports.

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "semblance/review.hpp"

namespace semblance::review_stage {

struct AnswersFile {
  std::string reviewer;
  std::vector<std::optional<ReviewAnswer>> answers;  ///< one a pair of the pack
};

/// `pack`: the hash of the key that the answers must name; `pairs`: how many it has. Throws Error{input} naming the
/// file and what is wrong with it.
AnswersFile read_answers(const std::filesystem::path& file, const std::string& pack, std::size_t pairs);

/// "same", "different", "cant-tell".
const char* answer_name(ReviewAnswer answer);

}  // namespace semblance::review_stage
