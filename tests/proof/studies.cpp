// The worlds: each breaks one assumption that a careless audit would make.

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "proof/study.hpp"

namespace semblance::proof {
namespace {

SimulateOptions plain() {
  SimulateOptions world;
  world.identities = 300;
  world.holdout_identities = 300;
  world.images = 3;
  world.synthetic = 1000;
  world.dimension = 128;
  world.leak_rate = 0;
  return world;
}

constexpr double kLeakRate = 0.1;

class Builder {
 public:
  explicit Builder(double scale) : scale_(scale) {}

  void add(std::string name, std::string words, const SimulateOptions& world, unsigned repetitions = 1000) {
    const auto scaled = static_cast<unsigned>(std::lround(scale_ * repetitions));
    studies_.push_back({std::move(name), std::move(words), world, std::max(4U, scaled)});
  }

  /// The world without leaks, and with them.
  void add_both(const std::string& name, const std::string& words, SimulateOptions world) {
    world.leak_rate = 0;
    add(name + "/none", words + ", nobody leaked", world);
    world.leak_rate = kLeakRate;
    add(name + "/leaks", fmt::format("{}, each person leaked with chance {:g}", words, kLeakRate), world);
  }

  std::vector<Study> take() { return std::move(studies_); }

 private:
  double scale_;
  std::vector<Study> studies_;
};

const char* name_of(LeakStrength strength) {
  switch (strength) {
    case LeakStrength::near_copy:
      return "near-copy";
    case LeakStrength::same_person:
      return "same-person";
    case LeakStrength::blend:
      return "blend";
    case LeakStrength::mixed:
      return "mixed";
  }
  return "";
}

}  // namespace

std::vector<Study> all_studies(double scale) {
  Builder builder(scale);
  builder.add_both("independent", "300 + 300 people, 3 images each", plain());
  {
    SimulateOptions world = plain();
    world.images = 10;
    world.images_spread = 1.3;
    builder.add_both("unequal", "1 to 500 images a person", world);
  }
  {
    SimulateOptions world = plain();
    world.hubs = 0.5;
    builder.add_both("hubs", "one real image in 200 is near everybody", world);
  }
  {
    SimulateOptions world = plain();
    world.images_per_leak = 10;
    builder.add_both("several", "ten synthetic images of each leaked person", world);
  }
  for (const std::size_t people : {std::size_t{50}, std::size_t{1000}, std::size_t{10'000}}) {
    SimulateOptions world = plain();
    world.holdout_identities = people;
    if (people > 1000) world.images = 2;
    builder.add_both(fmt::format("holdout-{}", people), fmt::format("{} held-out people", people), world);
  }
  for (const double shift : {0.1, 0.4, 1.0}) {
    SimulateOptions world = plain();
    world.shift = shift;
    builder.add(fmt::format("shift-{:g}/none", shift),
                fmt::format("R and H {:g} apart, where a person's own images are 0.7 apart; nobody leaked", shift),
                world);
  }
  for (const LeakStrength strength : {LeakStrength::near_copy, LeakStrength::same_person, LeakStrength::blend}) {
    for (const std::size_t people : {std::size_t{50}, std::size_t{300}, std::size_t{2000}}) {
      for (const double rate : {0.005, 0.01, 0.02, 0.05, 0.1, 0.2}) {
        SimulateOptions world = plain();
        world.leak = strength;
        world.holdout_identities = people;
        world.leak_rate = rate;
        builder.add(fmt::format("power/{}/{}/{:g}", name_of(strength), people, rate), "power", world, 100);
      }
    }
  }
  return builder.take();
}

}  // namespace semblance::proof
