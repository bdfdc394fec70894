#pragma once
// semblance models check: does a card's network do what the card promises?

#include "cli/common.hpp"

namespace semblance::cli {

void add_models_check(CLI::App& models, Context& context);

}  // namespace semblance::cli
