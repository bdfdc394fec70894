#include "cli/score_options.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "semblance/error.hpp"

namespace semblance::cli {

std::pair<std::string, std::string> named_path(const std::string& text) {
  const auto equals = text.find('=');
  const bool is_name =
      equals != std::string::npos && equals > 0 && !std::filesystem::exists(text) && text.find('/') > equals;
  if (!is_name) return {{}, text};
  return {text.substr(0, equals), text.substr(equals + 1)};
}

void add_scores(const ScoreArguments& arguments, std::vector<MatcherInput>& inputs) {
  const auto each = [&](const char* option, const std::vector<std::string>& values, auto assign) {
    for (const std::string& text : values) {
      const auto [name, path] = named_path(text);
      const auto at = std::find_if(inputs.begin(), inputs.end(), [&, &n = name](const auto& i) { return i.name == n; });
      if (at == inputs.end()) {
        throw Error(ErrorCode::usage, "cli", option, fmt::format("names matcher '{}', which has no --train", name));
      }
      assign(*at, path);
    }
  };
  each("--scores", arguments.train, [&](MatcherInput& i, const std::string& p) {
    i.scores = ImportedScores{
        .train_synthetic = p, .holdout_synthetic = {}, .train_train = {}, .distances = arguments.distances};
  });
  const auto needs = [](const MatcherInput& input, const char* option) {
    if (!input.scores) throw Error(ErrorCode::usage, "cli", option, "is given without --scores");
  };
  each("--holdout-scores", arguments.holdout, [&](MatcherInput& i, const std::string& p) {
    needs(i, "--holdout-scores");
    i.scores->holdout_synthetic = p;
  });
  each("--train-scores", arguments.self, [&](MatcherInput& i, const std::string& p) {
    needs(i, "--train-scores");
    i.scores->train_train = p;
  });
  if (arguments.distances && arguments.train.empty()) {
    throw Error(ErrorCode::usage, "cli", "--distances", "is given without --scores");
  }
}

void add_score_options(CLI::App& command, ScoreArguments& arguments) {
  command
      .add_option("--scores", arguments.train,
                  "A closed matcher's scores of --train (rows) against --synthetic (columns): .npy, or .csv "
                  "reference,probe,score. The sets are items files (CSV) then")
      ->allow_extra_args(false);
  command.add_option("--holdout-scores", arguments.holdout, "With --scores: of --holdout against --synthetic")
      ->allow_extra_args(false);
  command
      .add_option("--train-scores", arguments.self,
                  "With --scores: of --train against itself, for thresholds; not needed with --calibration")
      ->allow_extra_args(false);
  command.add_flag("--distances", arguments.distances, "With --scores: smaller means more alike");
}

}  // namespace semblance::cli
