#pragma once
// The parts of review.html, generated from template/.

#include <string_view>

namespace semblance::review_stage {

extern const std::string_view kPage;    ///< the shell, with places for the rest: @style@, @data@, ...
extern const std::string_view kStyle;   ///< CSS
extern const std::string_view kScript;  ///< shows the pairs and takes the answers

}  // namespace semblance::review_stage
