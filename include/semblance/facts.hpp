#pragma once
// What is to be said of how something was made.

#include <string>
#include <utility>
#include <vector>

namespace semblance {

/// Names and values, in order.
using Facts = std::vector<std::pair<std::string, std::string>>;

}  // namespace semblance
