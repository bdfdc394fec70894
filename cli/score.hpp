#pragma once

#include "cli/common.hpp"

namespace semblance::cli {

void add_score(CLI::App& app, Context& context);

}  // namespace semblance::cli
