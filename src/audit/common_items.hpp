#pragma once
// What several matchers could all see.

#include <vector>

#include "audit/inputs.hpp"

namespace semblance::audit_stage {

/// Takes out of every matcher's sets the images that another matcher rejected, so that all compare the same images and
/// people; imported scores along with them. What a matcher can't see it can't find, and a person whom one matcher sees
/// on fewer images than another would be tested on other evidence. An image goes by its rejection alone, in R and H
/// alike and whatever its scores, so training and held-out people stay exchangeable.
///
/// Sets whose ids don't name the same images to every matcher, embedded or rejected, stay as they are. Fills `views`,
/// and makes `rejected` and its reasons those of all matchers together: an image counts once, for the first matcher
/// that rejected it. One matcher alone stays as it is. Throws Error{input} where fewer than two images are left.
void keep_common_items(std::vector<Sets>& sets);

}  // namespace semblance::audit_stage
