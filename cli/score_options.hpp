#pragma once
// Options of audit for imported scores.

#include <CLI/CLI.hpp>
#include <string>
#include <utility>
#include <vector>

#include "semblance/audit.hpp"

namespace semblance::cli {

/// Each "NAME=PATH" or, for a single matcher, "PATH".
struct ScoreArguments {
  std::vector<std::string> train, holdout, self;  ///< R x G, H x G, R x R
  bool distances = false;
};

/// Adds --scores, --holdout-scores, --train-scores and --distances.
void add_score_options(CLI::App& command, ScoreArguments& arguments);

/// Gives them to the matchers that they name. Throws Error{usage} for one that --train doesn't name.
void add_scores(const ScoreArguments& arguments, std::vector<MatcherInput>& inputs);

/// Name and path of such an argument; a path that exists wins over a name.
std::pair<std::string, std::string> named_path(const std::string& text);

}  // namespace semblance::cli
