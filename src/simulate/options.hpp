#pragma once

#include "semblance/simulate.hpp"

namespace semblance::simulation {

/// The options with every 0-means-default replaced. Throws Error{usage} naming the option that is out of range.
SimulateOptions checked(const SimulateOptions& options);

/// Training people that the generator leaks: round(leak_rate * identities).
std::size_t leaked_people(const SimulateOptions& options);

inline constexpr std::size_t kMostImages = 500;

}  // namespace semblance::simulation
