#pragma once
// The subcommands of `semblance experiment`, one function a study.

#include <CLI/CLI.hpp>

#include "cli/common.hpp"

namespace semblance::cli {

void add_experiment_pairs(CLI::App& group, Context& context);
void add_experiment_distribution(CLI::App& group, Context& context);
void add_experiment_membership(CLI::App& group, Context& context);

}  // namespace semblance::cli
