// semblance experiment pairs: the best pairs of real and synthetic images, beside what chance gives.

#include "cli/experiment.hpp"

namespace semblance::cli {

void add_experiment_pairs(CLI::App& group, Context&) {
  group.add_subcommand("pairs", "The best pairs of real and synthetic images, beside what chance and a hold-out give");
}

}  // namespace semblance::cli
