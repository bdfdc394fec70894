#include "simulate/options.hpp"

#include <fmt/format.h>

#include <cmath>

#include "semblance/error.hpp"

namespace semblance::simulation {

namespace {

constexpr double kDefaultIntraClass = 0.7;

[[noreturn]] void refuse(const char* option, const std::string& why) {
  throw Error(ErrorCode::usage, "simulate", option, why);
}

void check_count(const char* option, std::size_t value, std::size_t low, std::size_t high) {
  if (value < low || value > high) refuse(option, fmt::format("must lie in [{}, {}]; got {}", low, high, value));
}

void check_real(const char* option, double value, double low, double high) {
  const bool inside = value >= low && value <= high;  // false for NaN
  if (!inside) refuse(option, fmt::format("must lie in [{}, {}]; got {}", low, high, value));
}

}  // namespace

std::size_t leaked_people(const SimulateOptions& options) {
  return static_cast<std::size_t>(std::llround(options.leak_rate * static_cast<double>(options.identities)));
}

SimulateOptions checked(const SimulateOptions& options) {
  constexpr std::size_t kMostPeople = 10'000'000;
  constexpr std::size_t kMostSynthetic = 1'000'000'000;
  SimulateOptions o = options;
  if (o.holdout_identities == 0) o.holdout_identities = o.identities;
  if (o.intra_class == 0) o.intra_class = kDefaultIntraClass;
  check_count("--identities", o.identities, 1, kMostPeople);
  check_count("--holdout-identities", o.holdout_identities, 1, kMostPeople);
  check_count("--images", o.images, 1, kMostImages);
  check_real("--images-spread", o.images_spread, 0, 3);
  check_count("--synthetic", o.synthetic, 1, kMostSynthetic);
  check_count("--dimension", o.dimension, 2, 65'536);
  check_real("--spectrum", o.spectrum, 0, 4);
  check_real("--intra-class", o.intra_class, 1e-6, 100);
  check_real("--leak-rate", o.leak_rate, 0, 1);
  check_count("--images-per-leak", o.images_per_leak, 1, kMostSynthetic);
  check_real("--hubs", o.hubs, 0, 1);
  check_real("--shift", o.shift, 0, 100);
  const std::size_t leaks = leaked_people(o);
  if (leaks * o.images_per_leak > o.synthetic) {
    refuse("--synthetic", fmt::format("{} images cannot hold {} leaked people with {} each; raise it, or lower "
                                      "--leak-rate or --images-per-leak",
                                      o.synthetic, leaks, o.images_per_leak));
  }
  return o;
}

}  // namespace semblance::simulation
