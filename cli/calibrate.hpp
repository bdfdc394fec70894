#pragma once

#include "cli/common.hpp"

namespace semblance::cli {

void add_calibrate(CLI::App& app, Context& context);

}  // namespace semblance::cli
