#pragma once
// Protocol files: pairs of images, imported scores.

#include <filesystem>
#include <string>
#include <vector>

#include "semblance/calibrate.hpp"

namespace semblance::calibrate_stage {

struct ListedPair {
  RowIndex row_a = kNoRow, row_b = kNoRow;
  bool mated = false;
  std::uint32_t fold = 0;
};

struct PairsProtocol {
  std::vector<ListedPair> pairs;
  std::vector<IdentityIndex> person;  ///< of every row of the set; below `people`
  std::size_t people = 0;
  std::string note;  ///< what the intervals rest on, where that needs saying
};

/// LFW's pairs.txt or a CSV with id_a, id_b, same[, fold]. People are the set's identities; without labels LFW's names,
/// or the groups that mated pairs tie together. Throws Error{input} naming the line.
PairsProtocol read_pairs(const std::filesystem::path& file, const EmbeddingSet& set);

struct ScoresProtocol {
  std::vector<LabelledScore> scores;
  std::size_t people = 0;
  std::string note;
};

/// A CSV with score, mated[, identity_a, identity_b][, fold].
ScoresProtocol read_scores(const std::filesystem::path& file);

}  // namespace semblance::calibrate_stage
