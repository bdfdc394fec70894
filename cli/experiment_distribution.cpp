// semblance experiment distribution: how the scores of whole sets shift.

#include "cli/experiment.hpp"

namespace semblance::cli {

void add_experiment_distribution(CLI::App& group, Context&) {
  group.add_subcommand("distribution", "How scores against synthetic images are distributed, for training and held-out people");
}

}  // namespace semblance::cli
