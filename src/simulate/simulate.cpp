#include "semblance/simulate.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <new>

#include "base/parallel.hpp"
#include "base/rng.hpp"
#include "semblance/error.hpp"
#include "simulate/options.hpp"
#include "simulate/population.hpp"

namespace semblance {

namespace {

using simulation::Population;

// One real image in 200 is a hub where hubs are asked for, among R and H alike.
constexpr double kHubShare = 0.005;

constexpr double kBlendLeast = 0.4;  // the leaked person's share of a blend is uniform between this and 1 - this

/// Every value is drawn from a stream of its own (purpose, number), so a case does not depend on threads, and R, H
/// and the strangers in G do not depend on who leaks.
class CaseBuilder {
 public:
  explicit CaseBuilder(const SimulateOptions& options)
      : options_(options), population_(options.dimension, options.spectrum, options.intra_class) {}

  SimulatedCase build() {
    SimulatedCase out;
    first_row_ = draw_real("train", 0, options_.identities, 0, out.train);
    draw_real("holdout", options_.identities, options_.holdout_identities, options_.shift, out.holdout);
    draw_synthetic(out);
    return out;
  }

 private:
  [[nodiscard]] Rng stream(std::string_view purpose, std::uint64_t index) const {
    return Rng(derive_seed(options_.seed, purpose, index));
  }

  static std::string person_name(std::size_t person) { return fmt::format("person-{:06}", person + 1); }

  [[nodiscard]] std::vector<double> person(std::size_t number, double offset) const {
    Rng rng = stream("person", number);
    return population_.person(rng, offset);
  }

  [[nodiscard]] std::size_t images_of(std::size_t number) const {
    if (options_.images_spread == 0) return options_.images;
    Rng rng = stream("image count", number);
    const double sigma = options_.images_spread;
    const double log_mean = std::log(static_cast<double>(options_.images)) - sigma * sigma / 2;
    const double drawn = std::exp(log_mean + sigma * boost::random::normal_distribution<double>()(rng));
    return static_cast<std::size_t>(std::llround(std::clamp(drawn, 1.0, static_cast<double>(simulation::kMostImages))));
  }

  static void reserve(SimulatedSet& set, std::size_t rows, std::size_t dimension) {
    if (rows >= kNoRow) {
      throw Error(ErrorCode::usage, "simulate", "--identities",
                  fmt::format("{} images are more than a set holds", rows));
    }
    try {
      set.values.resize(rows * dimension);
      set.ids.resize(rows);
      set.identity.resize(rows);
    } catch (const std::bad_alloc&) {
      throw Error(ErrorCode::resource, "simulate", "",
                  fmt::format("no memory for {} x {} values; ask for fewer people or images", rows, dimension));
    }
  }

  std::span<float> row(SimulatedSet& set, std::size_t i) const {
    return std::span(set.values).subspan(i * options_.dimension, options_.dimension);
  }

  /// R and H come from this one function; only the numbers of the people (and a shift that was asked for) differ.
  /// Returns each person's first row, and the number of rows last.
  std::vector<std::size_t> draw_real(std::string_view prefix, std::size_t first_person, std::size_t people,
                                     double offset, SimulatedSet& set) const {
    std::vector<std::size_t> first_row(people + 1, 0);
    for (std::size_t p = 0; p < people; ++p) first_row[p + 1] = first_row[p] + images_of(first_person + p);
    reserve(set, first_row[people], options_.dimension);
    parallel_for(people, 0, [&](std::size_t p, unsigned) {
      const std::size_t number = first_person + p;
      const std::vector<double> centre = person(number, offset);
      Rng images = stream("images", number);
      Rng hubs = stream("hubs", number);
      for (std::size_t i = first_row[p]; i < first_row[p + 1]; ++i) {
        population_.image(centre, images, row(set, i));
        if (options_.hubs > 0 && uniform_unit(hubs) < kHubShare) simulation::pull_to_axis(options_.hubs, row(set, i));
        set.ids[i] = fmt::format("{}-{:06}-{:02}", prefix, number + 1, i - first_row[p] + 1);
        set.identity[i] = person_name(number);
      }
    });
    return first_row;
  }

  /// The leaks and, for the rest, images of strangers, in an order that tells nothing.
  void draw_synthetic(SimulatedCase& out) const {
    Rng who = stream("leaked people", 0);
    std::vector<std::size_t> leaked = random_permutation(options_.identities, who);
    leaked.resize(simulation::leaked_people(options_));
    std::sort(leaked.begin(), leaked.end());
    Rng places = stream("synthetic order", 0);
    const std::vector<std::size_t> order = random_permutation(options_.synthetic, places);

    reserve(out.synthetic, options_.synthetic, options_.dimension);
    out.truth.resize(leaked.size() * options_.images_per_leak);
    parallel_for(options_.synthetic, 0, [&](std::size_t number, unsigned) {
      const std::size_t place = order[number];
      out.synthetic.ids[place] = fmt::format("synthetic-{:06}", place + 1);
      if (number >= out.truth.size()) {
        draw_stranger(number, row(out.synthetic, place));
        return;
      }
      const std::size_t person_number = leaked[number / options_.images_per_leak];
      PlantedLeak& leak = out.truth[number];
      leak.identity = person_name(person_number);
      leak.synthetic_id = out.synthetic.ids[place];
      draw_leak(out.train, person_number, number, leak, row(out.synthetic, place));
    });
  }

  void draw_stranger(std::size_t number, std::span<float> to) const {
    Rng rng = stream("stranger", number);
    population_.image(population_.person(rng, 0), rng, to);
  }

  void draw_leak(SimulatedSet& train, std::size_t person_number, std::size_t number, PlantedLeak& leak,
                 std::span<float> to) const {
    Rng rng = stream("leak", number);
    if (options_.leak == LeakStrength::same_person) {
      population_.image(person(person_number, 0), rng, to);
      return;
    }
    const std::size_t images = first_row_[person_number + 1] - first_row_[person_number];
    const std::size_t source = first_row_[person_number] + uniform_index(rng, images);
    leak.source_id = train.ids[source];
    if (options_.leak == LeakStrength::near_copy) {
      simulation::near_copy(row(train, source), rng, to);
      return;
    }
    draw_stranger(number, to);
    const double share = kBlendLeast + (1 - 2 * kBlendLeast) * uniform_unit(rng);
    simulation::mix(row(train, source), to, share, to);
  }

  const SimulateOptions& options_;
  Population population_;
  std::vector<std::size_t> first_row_;
};

}  // namespace

SimulatedCase simulate(const SimulateOptions& options) {
  const SimulateOptions valid = simulation::checked(options);
  return CaseBuilder(valid).build();
}

}  // namespace semblance
