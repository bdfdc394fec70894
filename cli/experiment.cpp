// semblance experiment: published studies, by name.

#include "cli/experiment.hpp"

namespace semblance::cli {

void add_experiment(CLI::App& app, Context& context) {
  CLI::App* group = app.add_subcommand("experiment", "Run a published study, with the controls that it lacks");
  group->require_subcommand(1);
  group->fallthrough();
  add_experiment_pairs(*group, context);
  add_experiment_distribution(*group, context);
  add_experiment_membership(*group, context);
}

}  // namespace semblance::cli
