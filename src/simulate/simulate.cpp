#include "semblance/simulate.hpp"

#include <fmt/format.h>

#include <new>

#include "base/parallel.hpp"
#include "base/rng.hpp"
#include "semblance/error.hpp"
#include "simulate/options.hpp"
#include "simulate/plan.hpp"
#include "simulate/population.hpp"

namespace semblance {

namespace {

using simulation::CasePlan;
using simulation::Population;

// One real image in 200 is a hub where hubs are asked for, among R and H alike.
constexpr double kHubShare = 0.005;

constexpr double kBlendLeast = 0.4;  // the leaked person's share of a blend is uniform between this and 1 - this

/// Every value is drawn from a stream of its own (purpose, number), so a case does not depend on threads, and R, H
/// and the strangers in G do not depend on who leaks.
class CaseBuilder {
 public:
  explicit CaseBuilder(const SimulateOptions& options)
      : options_(options),
        population_(options.dimension, options.spectrum, options.intra_class),
        plan_(simulation::plan_case(options)) {}

  SimulatedCase build() {
    SimulatedCase out;
    draw_real("train", 0, plan_.train_rows, 0, out.train);
    draw_real("holdout", options_.identities, plan_.holdout_rows, options_.shift, out.holdout);
    draw_synthetic(out);
    return out;
  }

 private:
  [[nodiscard]] Rng stream(std::string_view purpose, std::uint64_t index) const {
    return simulation::stream(options_, purpose, index);
  }

  [[nodiscard]] std::vector<double> person(std::size_t number, double offset) const {
    Rng rng = stream("person", number);
    return population_.person(rng, offset);
  }

  static void reserve(SimulatedSet& set, std::size_t rows, std::size_t dimension) {
    simulation::check_rows(rows);
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
  void draw_real(std::string_view set_name, std::size_t first_person, const std::vector<std::size_t>& rows,
                 double offset, SimulatedSet& set) const {
    reserve(set, rows.back(), options_.dimension);
    parallel_for(rows.size() - 1, 0, [&](std::size_t p, unsigned) {
      const std::size_t number = first_person + p;
      const std::vector<double> centre = person(number, offset);
      Rng images = stream("images", number);
      Rng hubs = stream("hubs", number);
      for (std::size_t i = rows[p]; i < rows[p + 1]; ++i) {
        population_.image(centre, images, row(set, i));
        if (options_.hubs > 0 && uniform_unit(hubs) < kHubShare) simulation::pull_to_axis(options_.hubs, row(set, i));
        set.ids[i] = simulation::real_id(set_name, number, i - rows[p]);
        set.identity[i] = simulation::person_name(number);
      }
    });
  }

  /// The leaks and, for the rest, images of strangers, in an order that tells nothing.
  void draw_synthetic(SimulatedCase& out) const {
    reserve(out.synthetic, options_.synthetic, options_.dimension);
    out.truth.resize(plan_.leaked.size() * options_.images_per_leak);
    parallel_for(options_.synthetic, 0, [&](std::size_t number, unsigned) {
      const std::size_t place = plan_.order[number];
      out.synthetic.ids[place] = simulation::synthetic_id(place);
      if (number >= out.truth.size()) {
        draw_stranger(number, row(out.synthetic, place));
        return;
      }
      const std::size_t person_number = plan_.leaked[number / options_.images_per_leak];
      PlantedLeak& leak = out.truth[number];
      leak.identity = simulation::person_name(person_number);
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
    const LeakStrength strength = simulation::strength_of_leak(options_, number);
    if (strength == LeakStrength::same_person) {
      population_.image(person(person_number, 0), rng, to);
      return;
    }
    const std::size_t images = plan_.train_rows[person_number + 1] - plan_.train_rows[person_number];
    const std::size_t source = plan_.train_rows[person_number] + uniform_index(rng, images);
    leak.source_id = train.ids[source];
    if (strength == LeakStrength::near_copy) {
      simulation::near_copy(row(train, source), rng, to);
      return;
    }
    draw_stranger(number, to);
    const double share = kBlendLeast + (1 - 2 * kBlendLeast) * uniform_unit(rng);
    simulation::mix(row(train, source), to, share, to);
  }

  const SimulateOptions& options_;
  Population population_;
  CasePlan plan_;
};

}  // namespace

SimulatedCase simulate(const SimulateOptions& options) {
  const SimulateOptions valid = simulation::checked(options);
  return CaseBuilder(valid).build();
}

}  // namespace semblance
