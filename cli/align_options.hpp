#pragma once
// Options of every command that aligns faces.

#include <CLI/CLI.hpp>
#include <string>

#include "semblance/align.hpp"

namespace semblance::cli {

/// What a summary says of pictures that were taken as they came; empty where they were aligned.
std::string as_they_came(const AlignOptions& options);

/// Adds --landmarks, --detector and what may be asked of a face. `when` starts each description, e.g. "With cards: ".
void add_align_options(CLI::App& command, AlignOptions& options, const std::string& when = {});

}  // namespace semblance::cli
