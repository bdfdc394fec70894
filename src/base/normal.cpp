#include "base/normal.hpp"

#include <boost/math/distributions/normal.hpp>

namespace semblance {

double normal_cdf(double z) { return boost::math::cdf(boost::math::normal(), z); }

double normal_quantile(double p) { return boost::math::quantile(boost::math::normal(), p); }

double normal_upper_quantile(double p) {
  return boost::math::quantile(boost::math::complement(boost::math::normal(), p));
}

}  // namespace semblance
