#include "base/numpy_random.hpp"

#include <boost/random/mersenne_twister.hpp>
#include <cmath>

namespace semblance {
namespace {

double uniform(boost::random::mt19937& bits) {
  const std::uint32_t high = bits() >> 5U;
  const std::uint32_t low = bits() >> 6U;
  return (high * 67108864.0 + low) / 9007199254740992.0;
}

}  // namespace

void numpy_randn(std::uint32_t seed, std::span<double> values) {
  boost::random::mt19937 bits(seed);
  for (std::size_t i = 0; i < values.size(); i += 2) {
    double x = 0;
    double y = 0;
    double squares = 0;
    do {
      x = 2.0 * uniform(bits) - 1.0;
      y = 2.0 * uniform(bits) - 1.0;
      squares = x * x + y * y;
    } while (squares >= 1.0 || squares == 0.0);
    const double factor = std::sqrt(-2.0 * std::log(squares) / squares);
    values[i] = factor * y;
    if (i + 1 < values.size()) values[i + 1] = factor * x;
  }
}

}  // namespace semblance
