#pragma once

#include <CLI/CLI.hpp>

#include "cli/common.hpp"

namespace semblance::cli {

/// Adds `models convert` to `models`.
void add_models_convert(CLI::App& models, Context& context);

}  // namespace semblance::cli
