#pragma once
// The standard normal distribution, by Boost.Math, in one place: its headers take longer to compile than their users.

namespace semblance {

/// P(Z <= z).
double normal_cdf(double z);

/// The z with P(Z <= z) = p, 0 < p < 1. Throws std::domain_error outside [0, 1].
double normal_quantile(double p);

/// The z with P(Z > z) = p, exact for tiny p.
double normal_upper_quantile(double p);

}  // namespace semblance
