#include "store/agreement.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <vector>

#include "store/refuse.hpp"

namespace semblance::store_stage {
namespace {

constexpr std::size_t kMostNames = 5;

std::string first_names(const std::vector<std::string>& names) {
  std::string text;
  for (std::size_t i = 0; i < std::min(kMostNames, names.size()); ++i) {
    text += (i == 0 ? "'" : ", '") + names[i] + "'";
  }
  return names.size() > kMostNames ? text + fmt::format(" and {} more", names.size() - kMostNames) : text;
}

}  // namespace

void check_same_matcher(const EmbeddingSet& reference, const EmbeddingSet& other) {
  if (reference.matrix.cols != other.matrix.cols) {
    refuse(other.location, "has {} dimensions but {} has {}; embed both with the same matcher", other.matrix.cols,
           reference.location, reference.matrix.cols);
  }
  if (!reference.matcher.empty() && !other.matcher.empty() && reference.matcher != other.matcher) {
    refuse(other.location, "was embedded by matcher '{}' but {} by '{}'; embed both with the same matcher",
           other.matcher, reference.location, reference.matcher);
  }
}

void check_distinct(const EmbeddingSet& first, const std::string& first_option, const EmbeddingSet& second,
                    const std::string& second_option) {
  if (first.sha256 != second.sha256) return;
  refuse(second.location,
         "{} and {} hold the same embeddings (sha256 {}...); every image would match itself, give "
         "each set its own file",
         first_option, second_option, first.sha256.substr(0, 12));
}

void check_disjoint(const EmbeddingSet& first, const EmbeddingSet& second, const std::string& why) {
  if (!first.labelled || !second.labelled) return;
  std::vector<std::string> shared;
  std::ranges::set_intersection(first.identity_names, second.identity_names, std::back_inserter(shared));
  if (shared.empty()) return;
  refuse(second.location, "shares {} {} with {}: {}; {}", shared.size(), shared.size() == 1 ? "identity" : "identities",
         first.location, first_names(shared), why);
}

void check_labelled_alike(const EmbeddingSet& first, const std::string& role, const EmbeddingSet& second,
                          const std::string& other_role, const std::string& why) {
  if (first.labelled == second.labelled) return;
  const EmbeddingSet& bare = first.labelled ? second : first;
  const EmbeddingSet& labelled = first.labelled ? first : second;
  refuse(bare.location, "has no identity labels but {} has; label both (--{}-items) or neither, since {}",
         labelled.location, first.labelled ? other_role : role, why);
}

void check_control(const EmbeddingSet& train, const EmbeddingSet& holdout) {
  check_same_matcher(train, holdout);
  check_distinct(train, "--train", holdout, "--holdout");
  check_labelled_alike(train, "train", holdout, "holdout", "people with more images have higher best scores");
  // People of the control who were trained on would make every leak look like chance.
  check_disjoint(train, holdout,
                 "the hold-out must be people whom the generator never saw: take them out of the hold-out");
}

}  // namespace semblance::store_stage
