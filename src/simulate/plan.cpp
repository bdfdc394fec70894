#include "simulate/plan.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "semblance/error.hpp"
#include "semblance/types.hpp"
#include "simulate/options.hpp"

namespace semblance::simulation {
namespace {

std::size_t images_of(const SimulateOptions& options, std::size_t number) {
  if (options.images_spread == 0) return options.images;
  Rng rng = stream(options, "image count", number);
  const double sigma = options.images_spread;
  const double log_mean = std::log(static_cast<double>(options.images)) - sigma * sigma / 2;
  const double drawn = std::exp(log_mean + sigma * boost::random::normal_distribution<double>()(rng));
  return static_cast<std::size_t>(std::llround(std::clamp(drawn, 1.0, static_cast<double>(kMostImages))));
}

std::vector<std::size_t> rows_of(const SimulateOptions& options, std::size_t first_person, std::size_t people) {
  std::vector<std::size_t> rows(people + 1, 0);
  for (std::size_t p = 0; p < people; ++p) rows[p + 1] = rows[p] + images_of(options, first_person + p);
  return rows;
}

}  // namespace

CasePlan plan_case(const SimulateOptions& options) {
  CasePlan plan;
  plan.train_rows = rows_of(options, 0, options.identities);
  plan.holdout_rows = rows_of(options, options.identities, options.holdout_identities);
  Rng who = stream(options, "leaked people", 0);
  plan.leaked = random_permutation(options.identities, who);
  plan.leaked.resize(leaked_people(options));
  std::sort(plan.leaked.begin(), plan.leaked.end());
  Rng places = stream(options, "synthetic order", 0);
  plan.order = random_permutation(options.synthetic, places);
  return plan;
}

LeakStrength strength_of_leak(const SimulateOptions& options, std::size_t number) {
  if (options.leak != LeakStrength::mixed) return options.leak;
  const bool even = number / options.images_per_leak % 2 == 0;
  return even ? LeakStrength::near_copy : LeakStrength::same_person;
}

std::string person_name(std::size_t number) { return fmt::format("person-{:06}", number + 1); }

std::string real_id(std::string_view set, std::size_t number, std::size_t image) {
  return fmt::format("{}-{:06}-{:02}", set, number + 1, image + 1);
}

std::string synthetic_id(std::size_t place) { return fmt::format("synthetic-{:06}", place + 1); }

void check_rows(std::size_t rows) {
  if (rows >= kNoRow) {
    throw Error(ErrorCode::usage, "simulate", "--identities", fmt::format("{} images are more than a set holds", rows));
  }
}

}  // namespace semblance::simulation
