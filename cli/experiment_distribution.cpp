// semblance experiment distribution: how the scores of whole sets shift.

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <memory>

#include "base/output_folder.hpp"
#include "cli/experiment.hpp"
#include "semblance/error.hpp"
#include "semblance/experiment.hpp"

namespace semblance::cli {
namespace {

struct ExperimentDistributionArguments {
  std::vector<std::string> train, train_items, synthetic, synthetic_items, holdout, holdout_items;
  const CLI::Option* comparison = nullptr;
  DistributionOptions options;
  std::string out;
  bool overwrite = false;
};

/// "NAME=PATH" or "PATH" (a path that exists wins over a name).
std::pair<std::string, std::string> named(const std::string& text) {
  const auto equals = text.find('=');
  if (equals == std::string::npos || equals == 0 || std::filesystem::exists(text) || text.find('/') < equals) {
    return {{}, text};
  }
  return {text.substr(0, equals), text.substr(equals + 1)};
}

using Matcher = DistributionOptions::Matcher;

Matcher& matcher_of(std::vector<Matcher>& matchers, const char* option, const std::string& name) {
  const auto at = std::ranges::find(matchers, name, &Matcher::name);
  if (at == matchers.end()) {
    refuse(option, name.empty()
                       ? "needs the name of a matcher, as --train has one: NAME=PATH, or MATCHER:NAME=PATH for "
                         "--synthetic"
                       : fmt::format("names matcher '{}', which has no --train", name));
  }
  return *at;
}

/// A place on the axis and its matcher: "NAME", or "MATCHER:NAME" where matchers have names.
std::pair<std::string, std::string> axis_place(const std::vector<Matcher>& matchers, const std::string& name) {
  if (matchers.size() == 1 && matchers.front().name.empty()) return {{}, name};
  const auto colon = name.find(':');
  if (colon != std::string::npos) return {name.substr(0, colon), name.substr(colon + 1)};
  // One synthetic set a matcher needs no name of its own.
  if (std::ranges::find(matchers, name, &Matcher::name) != matchers.end()) return {name, {}};
  if (matchers.size() == 1) return {matchers.front().name, name};
  return {name, {}};
}

std::vector<Matcher> matchers_of(const ExperimentDistributionArguments& arguments) {
  std::vector<Matcher> matchers;
  for (const std::string& text : arguments.train) {
    const auto [name, path] = named(text);
    if (std::ranges::find(matchers, name, &Matcher::name) != matchers.end()) {
      refuse("--train", name.empty() ? "is given twice; with several matchers name each: --train NAME=PATH"
                                     : fmt::format("names matcher '{}' twice", name));
    }
    matchers.push_back({.name = name, .train = {.location = path, .items = {}}, .holdout = {}, .synthetic = {}});
  }
  if (matchers.empty()) refuse("--train", "is missing");
  for (const std::string& text : arguments.train_items) {
    const auto [name, path] = named(text);
    matcher_of(matchers, "--train-items", name).train.items = path;
  }
  for (const std::string& text : arguments.holdout) {
    const auto [name, path] = named(text);
    matcher_of(matchers, "--holdout", name).holdout = EmbeddingSource{.location = path, .items = {}};
  }
  for (const std::string& text : arguments.holdout_items) {
    const auto [name, path] = named(text);
    Matcher& matcher = matcher_of(matchers, "--holdout-items", name);
    if (!matcher.holdout) refuse("--holdout-items", "is given without --holdout");
    matcher.holdout->items = path;
  }
  for (const std::string& text : arguments.synthetic) {
    const auto [name, path] = named(text);
    const auto [matcher, place] = axis_place(matchers, name);
    matcher_of(matchers, "--synthetic", matcher)
        .synthetic.push_back({place.empty() ? "synthetic" : place, {.location = path, .items = {}}});
  }
  for (const std::string& text : arguments.synthetic_items) {
    const auto [name, path] = named(text);
    const auto [matcher, place] = axis_place(matchers, name);
    auto& sets = matcher_of(matchers, "--synthetic-items", matcher).synthetic;
    const auto at = std::ranges::find(sets, place.empty() ? "synthetic" : place, &DistributionOptions::Synthetic::name);
    if (at == sets.end()) refuse("--synthetic-items", fmt::format("names '{}', which has no --synthetic", name));
    at->source.items = path;
  }
  return matchers;
}

void print_distribution_study(const DistributionStudy& study, const std::string& out) {
  for (const auto& matcher : study.matchers) {
    for (const auto& cell : matcher.cells) {
      const auto& c = cell.comparisons.front();
      fmt::print("{}, {}: {} against {}\n", matcher.name, cell.synthetic, c.first, c.second);
      fmt::print("  KS {:.4f}  AUC {:.4f}  d' {:+.3f}  Wasserstein-1 {:.4f}  {}\n", c.ks.value, c.auc.value,
                 c.d_prime.value, c.wasserstein.value,
                 c.wasserstein.exact() ? "(exact)" : "(binned; bounds in experiment.json)");
      fmt::print("  shifts: median {:+.4f}  q90 {:+.4f}  q99 {:+.4f}  q99.9 {:+.4f}  max {:+.4f}\n", c.shift_q50.value,
                 c.shift_q90.value, c.shift_q99.value, c.shift_q999.value, c.shift_max.value);
      if (cell.test) {
        fmt::print(
            "  p = {:.3g} by permuting {} people, corrected for the {} distances; {:.3g} over all sets and matchers\n",
            cell.test->p_min, grouped(cell.test->people_train + cell.test->people_holdout), cell.test->p.size(),
            cell.test->p_adjusted);
      } else {
        fmt::print("  no p-value: needs a hold-out and identity labels\n");
      }
    }
  }
  fmt::print("page: {}\n", (std::filesystem::path(out) / "page.html").string());
}

void run_experiment_distribution(const ExperimentDistributionArguments& arguments, const Context& context) {
  DistributionOptions options = arguments.options;
  options.matchers = matchers_of(arguments);
  std::vector<std::string> locations;
  for (const auto& matcher : options.matchers) locations.push_back(matcher.train.location);
  settle_comparison(*arguments.comparison, locations, options.comparison);
  options.progress = [&context](const std::string& label, const std::string& unit) {
    return make_progress(context, label, unit);
  };
  OutputFolder folder(arguments.out, arguments.overwrite);
  const DistributionStudy study = study_distribution(options);
  write_study(study, folder.staging());
  folder.commit();
  clear_progress(context);
  if (context.json) {
    print_file(std::filesystem::path(arguments.out) / "experiment.json");
  } else if (!context.quiet) {
    print_distribution_study(study, arguments.out);
  }
}

}  // namespace

void add_experiment_distribution(CLI::App& group, Context& context) {
  auto arguments = std::make_shared<ExperimentDistributionArguments>();
  DistributionOptions& options = arguments->options;
  CLI::App* command = group.add_subcommand(
      "distribution", "How scores against synthetic images are distributed, for training and held-out people");
  command
      ->add_option("--train", arguments->train, "R: embeddings of training images; MATCHER=PATH with several matchers")
      ->allow_extra_args(false)
      ->required();
  command->add_option("--train-items", arguments->train_items, "CSV with id and identity of every row of --train")
      ->allow_extra_args(false);
  command
      ->add_option("--synthetic", arguments->synthetic,
                   "NAME=PATH: synthetic images and their place on the axis; again for every place "
                   "(MATCHER:NAME=PATH with several matchers)")
      ->allow_extra_args(false)
      ->required();
  command
      ->add_option("--synthetic-items", arguments->synthetic_items,
                   "NAME=CSV with id and identity of --synthetic's rows")
      ->allow_extra_args(false);
  command->add_option("--holdout", arguments->holdout, "H: embeddings of other people of the same source")
      ->allow_extra_args(false);
  command->add_option("--holdout-items", arguments->holdout_items, "CSV with id and identity of every row of --holdout")
      ->allow_extra_args(false);
  arguments->comparison =
      command
          ->add_option("--comparison", options.comparison, "How embeddings are compared: cosine, inner-product or l2")
          ->transform(CLI::CheckedTransformer(comparison_names(), CLI::ignore_case))
          ->default_str(kComparisonDefault);
  command->add_option("--permutations", options.permutations, "Times that people change sides")
      ->capture_default_str()
      ->check(CLI::Range(99U, 10'000'000U));
  command
      ->add_option("--exact-pairs", options.exact_pairs,
                   "Compare distributions of up to so many pairs exactly; larger ones by histograms, with bounds")
      ->capture_default_str()
      ->check(CLI::Range(std::uint64_t{0}, std::uint64_t{500'000'000}));
  command->add_option("--seed", options.seed, "Seed of everything random")->capture_default_str();
  add_threads_option(*command, options.threads);
  add_output_options(*command, arguments->out, arguments->overwrite);
  command->footer(R"(Writes page.html, experiment.json and CSVs. After Tinsley, Czajka and Flynn, arXiv 2101.05084;
docs/experiments.md has the definitions. p-values permute whole people, so they need a hold-out and identities.

Examples:
  semblance experiment distribution --train R/ --holdout H/ --synthetic G/ --out distribution/
  semblance experiment distribution --train R/ --holdout H/ --synthetic psi0.5=G05/ --synthetic psi1.0=G10/ --out psi/
  semblance experiment distribution --train a=RA/ --train b=RB/ --holdout a=HA/ --holdout b=HB/ \
                                    --synthetic a:psi0.5=GA/ --synthetic b:psi0.5=GB/ --out matchers/)");
  command->callback([arguments, &context] { run_experiment_distribution(*arguments, context); });
}

}  // namespace semblance::cli
