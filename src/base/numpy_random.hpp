#pragma once
// Normal numbers as NumPy's RandomState draws them, since that is what gives a seed its latent code in the tools that
// generators come with.

#include <cstdint>
#include <span>

namespace semblance {

/// numpy.random.RandomState(seed).randn(values.size()), to the last bit where the C library's logarithm is the one that
/// NumPy uses. MT19937 (Matsumoto and Nishimura 1998, their init_genrand), 53-bit uniform numbers, and the polar method
/// (Marsaglia and Bray 1964), whose second number of each pair comes first. NumPy keeps this stream unchanged for ever
/// (NEP 19).
void numpy_randn(std::uint32_t seed, std::span<double> values);

}  // namespace semblance
