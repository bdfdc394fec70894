#pragma once
// Shares of images whose images come in clusters: the images of one synthetic identity resemble each other.

#include <cstdint>
#include <span>
#include <vector>

#include "semblance/assess.hpp"

namespace semblance::experiment_stage {

/// A share and the number of independent images that would know it as well: images / design effect.
struct ClusteredShare {
  double share = 0;
  double effective = 0;
};

/// Design effect: the variance of the share between clusters (ratio estimator) over that of independent images; at
/// least 1. Where all or none are hit the data can't tell, and every cluster counts as one image.
ClusteredShare clustered_share(const std::vector<bool>& hit, std::span<const std::uint32_t> cluster);

/// Wilson's interval at the effective size, two-sided 95%.
Interval share_interval(const ClusteredShare& share);

/// first - second by Newcombe's hybrid of Wilson intervals (1998, methods 10 of both papers); `correlation` of the
/// two indicators is 0 for other images.
Interval difference_interval(const ClusteredShare& first, const ClusteredShare& second, double correlation);

/// Correlation (phi) of two indicators over the same images; 0 where one of them never varies.
double correlation(const std::vector<bool>& x, const std::vector<bool>& y);

}  // namespace semblance::experiment_stage
