#pragma once
// Intervals of shares and of their ratios.

#include "semblance/assess.hpp"

namespace semblance {

/// Standard normal quantile z with P(|Z| <= z) = level.
double two_sided_z(double level);

/// Wilson score interval of a share observed among `n` units; `n` may be an effective (not whole) number, > 0.
Interval wilson_share(double share, double n, double z);

/// An estimate with the interval of its own.
struct Measured {
  double value = 0;
  Interval interval;
};

/// Interval of x / y for independent x >= 0 and y > 0 from their own intervals (MOVER-R: Donner and Zou 2012, Newcombe
/// 2016). y.interval.low must be positive.
Interval ratio_interval(const Measured& x, const Measured& y);

/// Interval of x - y for independent x and y from their own intervals, which hold them (MOVER: Zou and Donner 2008).
Interval difference_interval(const Measured& x, const Measured& y);

}  // namespace semblance
