#include "audit/inputs.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <vector>

#include "semblance/error.hpp"

namespace semblance::audit_stage {
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

void check_comparable(const EmbeddingSet& reference, const EmbeddingSet& other) {
  if (reference.matrix.cols != other.matrix.cols) {
    refuse(other, fmt::format("has {} dimensions but {} has {}; embed both with the same matcher", other.matrix.cols,
                              reference.location, reference.matrix.cols));
  }
  if (!reference.matcher.empty() && !other.matcher.empty() && reference.matcher != other.matcher) {
    refuse(other, fmt::format("was embedded by matcher '{}' but {} by '{}'; embed both with the same matcher",
                              other.matcher, reference.location, reference.matcher));
  }
}

void check_distinct(const EmbeddingSet& first, const char* first_role, const EmbeddingSet& second,
                    const char* second_role) {
  if (first.sha256 != second.sha256) return;
  refuse(second, fmt::format("{} and {} hold the same embeddings (sha256 {}...); every image would match itself, give "
                             "each set its own file",
                             first_role, second_role, first.sha256.substr(0, 12)));
}

// People of the control who were trained on would make every leak look like chance.
void check_disjoint(const EmbeddingSet& train, const EmbeddingSet& holdout) {
  if (!train.labelled || !holdout.labelled) return;
  std::vector<std::string> shared;
  std::set_intersection(train.identity_names.begin(), train.identity_names.end(), holdout.identity_names.begin(),
                        holdout.identity_names.end(), std::back_inserter(shared));
  if (shared.empty()) return;
  refuse(holdout,
         fmt::format("shares {} {} with {}, first '{}'; the hold-out must be people whom the generator never "
                     "saw: take them out of the hold-out",
                     shared.size(), shared.size() == 1 ? "identity" : "identities", train.location, shared.front()));
}

}  // namespace

ScoreSide side_of(const EmbeddingSet& set) { return {set.matrix, set.order, set.identity, set.identity_names.size()}; }

Sets read_sets(const MatcherInput& input, Comparison comparison) {
  // An inner product or a distance is defined for the zero vector; a direction isn't.
  const ReadOptions read{.allow_zero_rows = comparison != Comparison::cosine};
  Sets sets;
  sets.train = read_embeddings(input.train, read);
  sets.synthetic = read_embeddings(input.synthetic, read);
  if (input.holdout) sets.holdout = read_embeddings(*input.holdout, read);

  check_size(sets.train, "training");
  check_size(sets.synthetic, "synthetic");
  check_comparable(sets.train, sets.synthetic);
  check_distinct(sets.train, "--train", sets.synthetic, "--synthetic");
  if (sets.holdout) {
    check_size(*sets.holdout, "hold-out");
    check_comparable(sets.train, *sets.holdout);
    check_distinct(sets.train, "--train", *sets.holdout, "--holdout");
    check_distinct(sets.synthetic, "--synthetic", *sets.holdout, "--holdout");
    check_disjoint(sets.train, *sets.holdout);
    if (sets.train.labelled != sets.holdout->labelled) {
      const bool train_is = sets.train.labelled;
      refuse(train_is ? *sets.holdout : sets.train,
             fmt::format("has no identity labels but {} has; label both (--{}-items) or neither, since people with "
                         "more images have higher best scores",
                         train_is ? sets.train.location : sets.holdout->location, train_is ? "holdout" : "train"));
    }
  }
  sets.matcher = !input.name.empty() ? input.name : !sets.train.matcher.empty() ? sets.train.matcher : "embeddings";
  if (input.cohort) {
    sets.cohort = read_embeddings(*input.cohort, read);
    check_comparable(sets.train, *sets.cohort);
  }
  if (input.calibration) {
    sets.calibration = read_calibration(*input.calibration);
    const std::string known = !input.name.empty() ? input.name : sets.train.matcher;
    sets.unchecked = check_calibration_matches(
        *sets.calibration, {.name = known, .sha256 = {}, .dimension = sets.train.matrix.cols, .comparison = comparison},
        input.calibration->string());
  }
  return sets;
}

void check_same_people(const Sets& first, const Sets& other) {
  if (first.train.identity_names != other.train.identity_names) {
    refuse(other.train,
           fmt::format("shows other people than {}; every matcher needs the same training people, under the "
                       "same names",
                       first.train.location));
  }
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

}  // namespace semblance::audit_stage
