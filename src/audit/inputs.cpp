#include "audit/inputs.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <iterator>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "audit/subset.hpp"
#include "semblance/error.hpp"
#include "store/agreement.hpp"

namespace semblance::audit_stage {

using namespace store_stage;

namespace {

[[noreturn]] void refuse(const EmbeddingSet& set, const std::string& why) {
  throw Error(ErrorCode::input, "audit", set.location, why);
}

void check_size(const EmbeddingSet& set, const char* role) {
  if (set.matrix.rows >= 2) return;
  refuse(set, fmt::format("holds one row only; an audit needs at least two {} images (`semblance score` compares "
                          "single ones)",
                          role));
}

MatcherCard read_card(const std::filesystem::path& file, const EmbeddingSet& train) {
  MatcherCard card = read_matcher_card(file);
  const auto other = [&](const std::string& what) {
    throw Error(
        ErrorCode::input, "audit", file.string(),
        fmt::format("is the card of another matcher: {}; give the card of the matcher that made the embeddings", what));
  };
  if (card.dimension != 0 && card.dimension != train.matrix.cols) {
    other(
        fmt::format("its embeddings have {} dimensions, {} has {}", card.dimension, train.location, train.matrix.cols));
  }
  if (!card.name.empty() && !train.matcher.empty() && card.name != train.matcher) {
    other(fmt::format("it is of '{}', {} was embedded by '{}'", card.name, train.location, train.matcher));
  }
  return card;
}

}  // namespace

Sets read_sets(const MatcherInput& input, std::optional<Comparison> comparison) {
  if (!comparison && input.card) comparison = read_matcher_card(*input.card).comparison;
  // An inner product or a distance is defined for the zero vector; a direction isn't.
  const ReadOptions read{.allow_zero_rows = comparison && *comparison != Comparison::cosine};
  Sets sets;
  sets.train = read_embeddings(input.train, read);
  sets.synthetic = read_embeddings(input.synthetic, read);
  if (input.holdout) sets.holdout = read_embeddings(*input.holdout, read);

  sets.comparison = comparison.value_or(sets.train.comparison.value_or(Comparison::cosine));
  check_size(sets.train, "training");
  check_size(sets.synthetic, "synthetic");
  check_same_matcher(sets.train, sets.synthetic);
  check_distinct(sets.train, "--train", sets.synthetic, "--synthetic");
  if (sets.holdout) {
    check_size(*sets.holdout, "hold-out");
    check_control(sets.train, *sets.holdout);
    check_distinct(sets.synthetic, "--synthetic", *sets.holdout, "--holdout");
  }
  sets.matcher = !input.name.empty() ? input.name : !sets.train.matcher.empty() ? sets.train.matcher : "embeddings";
  if (input.cohort) {
    sets.cohort = read_embeddings(*input.cohort, read);
    check_same_matcher(sets.train, *sets.cohort);
  }
  if (input.card) sets.card = read_card(*input.card, sets.train);
  if (input.calibration) {
    sets.calibration = read_calibration(*input.calibration);
    std::string known = !input.name.empty() ? input.name : sets.train.matcher;
    if (known.empty() && sets.card) known = sets.card->name;
    if (!sets.calibration->comparison) {
      throw Error(ErrorCode::input, "audit", input.calibration->string(),
                  "is of imported scores, whose scale embeddings needn't share; calibrate the matcher's embeddings "
                  "(`semblance calibrate --store`)");
    }
    sets.unchecked = check_calibration_matches(*sets.calibration,
                                               {.name = known,
                                                .sha256 = sets.card ? sets.card->sha256 : std::string(),
                                                .dimension = sets.train.matrix.cols,
                                                .comparison = sets.comparison},
                                               input.calibration->string());
  }
  return sets;
}

namespace {

// Whom only one of two matchers shows, for instance since it rejected all their pictures.
std::string first_difference(const Sets& first, const Sets& other) {
  const auto& ours = first.train.identity_names;
  const auto& theirs = other.train.identity_names;
  std::vector<std::string> only;
  std::ranges::set_symmetric_difference(ours, theirs, std::back_inserter(only));
  const bool first_has = std::ranges::binary_search(ours, only.front());
  return fmt::format(" ({} of them, such as '{}', whom only {} has)", only.size(), only.front(),
                     first_has ? first.matcher : other.matcher);
}

}  // namespace

void check_same_people(const Sets& first, const Sets& other) {
  if (first.train.identity_names == other.train.identity_names) return;
  refuse(other.train,
         fmt::format("shows other people by matcher {} than {} by matcher {}{}; every matcher needs the same training "
                     "people, under the same names. Images that a matcher rejected are left out for all if every "
                     "matcher's items file names them, by the same ids",
                     other.matcher, first.train.location, first.matcher, first_difference(first, other)));
}

void check_same_sets(const Sets& first, const Sets& other) {
  if (first.synthetic.matrix.rows + first.synthetic.rejected !=
      other.synthetic.matrix.rows + other.synthetic.rejected) {
    refuse(other.synthetic,
           fmt::format("holds {} images but {} holds {}; every matcher needs the same synthetic images",
                       other.synthetic.matrix.rows + other.synthetic.rejected, first.synthetic.location,
                       first.synthetic.matrix.rows + first.synthetic.rejected));
  }
  if (first.holdout.has_value() != other.holdout.has_value()) {
    refuse(first.holdout ? other.train : first.train,
           "has no hold-out beside it, though another matcher has; give every "
           "matcher its --holdout");
  }
}

void leave_out(std::vector<Sets>& sets, const std::vector<std::string>& ids) {
  if (ids.empty()) return;
  std::unordered_map<std::string_view, bool> met;
  for (const std::string& id : ids) met.emplace(id, false);
  for (Sets& one : sets) {
    std::vector<bool> kept(one.synthetic.matrix.rows, true);
    for (std::size_t row = 0; row < kept.size(); ++row) {
      const auto at = met.find(one.synthetic.ids[row]);
      if (at == met.end()) continue;
      at->second = true;
      kept[row] = false;
    }
    one.synthetic = only_rows(one.synthetic, kept);
    if (one.synthetic.matrix.rows >= 2) continue;
    refuse(one.synthetic, fmt::format("has {} images left once {} are left out; an audit needs at least two",
                                      one.synthetic.matrix.rows, ids.size()));
  }
  for (const std::string& id : ids) {
    if (met.at(id)) continue;
    refuse(sets.front().synthetic, fmt::format("holds no image '{}', which is to be left out", id));
  }
}

void drop_embeddings(Sets& sets) {
  const auto drop = [](EmbeddingSet& set) {
    set.matrix.data = nullptr;
    set.keep.reset();
  };
  drop(sets.train);
  drop(sets.synthetic);
  if (sets.holdout) drop(*sets.holdout);
  sets.cohort.reset();
  sets.tables.reset();
}

}  // namespace semblance::audit_stage
