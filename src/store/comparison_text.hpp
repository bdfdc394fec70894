#pragma once
// What comparisons are called on the command line and in files.

#include <optional>
#include <string>

#include "semblance/types.hpp"

namespace semblance {

/// "cosine", "inner-product" or "l2".
std::string comparison_text(Comparison comparison);
/// The comparison of that name; none if there is none.
std::optional<Comparison> comparison_named(const std::string& text);

}  // namespace semblance
