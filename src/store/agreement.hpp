#pragma once
// Do sets go together? Each check throws Error{input} that names the second set.

#include <string>

#include "semblance/store.hpp"

namespace semblance::store_stage {

/// Equal dimensions, and where both say so the same matcher.
void check_same_matcher(const EmbeddingSet& reference, const EmbeddingSet& other);

/// Other embeddings. `first_option` and `second_option` are what the user gave the sets with.
void check_distinct(const EmbeddingSet& first, const std::string& first_option, const EmbeddingSet& second,
                    const std::string& second_option);

/// No person in both, where both are labelled; `why` says why not and what to do.
void check_disjoint(const EmbeddingSet& first, const EmbeddingSet& second, const std::string& why);

/// Both labelled or neither; `role` and `other_role` are the options' names ("train": --train-items).
void check_labelled_alike(const EmbeddingSet& first, const std::string& role, const EmbeddingSet& second,
                          const std::string& other_role, const std::string& why);

/// R and H, the control: all of the above.
void check_control(const EmbeddingSet& train, const EmbeddingSet& holdout);

}  // namespace semblance::store_stage
