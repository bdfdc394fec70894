// semblance generate: pictures from a generator's network, named by seed.

#include "semblance/generate.hpp"

#include <fmt/format.h>

#include <memory>
#include <nlohmann/json.hpp>

#include "cli/cache.hpp"
#include "cli/common.hpp"
#include "cli/onnx_runtime.hpp"

namespace semblance::cli {
namespace {

struct GenerateArguments {
  GenerateOptions options;
  std::string card, seeds, out;
  RuntimeArguments runtime;
};

void print_generate_json(const GenerateSummary& summary, const std::string& out) {
  nlohmann::ordered_json result = {{"folder", out},
                                   {"generator", summary.generator},
                                   {"onnx_runtime", summary.runtime_version},
                                   {"engine", summary.engine},
                                   {"pictures", summary.pictures},
                                   {"rejected", summary.rejected},
                                   {"resumed", summary.resumed}};
  result["first_rejections"] = nlohmann::ordered_json::array();
  for (const RejectedSeed& seed : summary.first_rejections) {
    result["first_rejections"].push_back({{"seed", seed.seed}, {"why", seed.why}});
  }
  fmt::print("{}\n", result.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace));
}

void print_generate_summary(const GenerateSummary& summary, const std::string& out) {
  fmt::print("{}: {} pictures, {}\n", out, grouped(summary.pictures), summary.generator);
  if (summary.resumed > 0) fmt::print("{} of them were finished by the run before\n", grouped(summary.resumed));
  if (summary.rejected == 0) return;
  fmt::print("{} seeds gave no picture, all named in {}/images.csv:\n", grouped(summary.rejected), out);
  for (const RejectedSeed& seed : summary.first_rejections) fmt::print("  seed {}: {}\n", seed.seed, seed.why);
}

void run_generate(GenerateArguments& arguments, const Context& context) {
  GenerateOptions& options = arguments.options;
  options.generator.seeds = parse_seeds(arguments.seeds);
  options.generator.runtime = runtime_of(arguments.runtime);
  options.checkpoint = checkpoint_folder({}, arguments.out);
  options.progress = make_progress(context, "generating", "pictures");
  const GenerateSummary summary = generate_pictures(card_path(arguments.card), arguments.out, options);
  clear_progress(context);
  if (context.json) {
    print_generate_json(summary, arguments.out);
  } else if (!context.quiet) {
    print_generate_summary(summary, arguments.out);
  }
}

}  // namespace

void add_generate(CLI::App& app, Context& context) {
  auto arguments = std::make_shared<GenerateArguments>();
  GeneratorOptions& generator = arguments->options.generator;
  CLI::App* command = app.add_subcommand("generate", "Pictures from a generator's network, named by seed");
  command->add_option("--generator", arguments->card, std::string("The generator (docs/generators.md): ") + kCardHelp)
      ->required();
  command->add_option("--seeds", arguments->seeds, "Seeds and ranges of seeds: 0-9999, or 3,7,20-30")->required();
  command
      ->add_option("--truncation", generator.truncation,
                   "Psi: below 1 more typical pictures that differ less, 1 the generator as it was trained")
      ->capture_default_str();
  command->add_option("--class", generator.label, "Class, from 0, for a generator that has classes");
  add_runtime_options(*command, arguments->runtime);
  add_threads_option(*command, generator.threads);
  add_output_options(*command, arguments->out, arguments->options.overwrite);
  command->footer(
      R"(A seed's latent code is numpy.random.RandomState(seed).randn(1, z), as StyleGAN's own tools take it. Pictures are
PNG, seed0000.png and so on; images.csv lists them, generator.json says what made them. A run that was killed or
stopped goes on where it was with the same command.

Examples:
  semblance generate --generator stylegan3.toml --seeds 0-9999 --truncation 0.7 --out G/
  semblance generate --generator conditional.toml --seeds 3,7,20-30 --class 4 --out some/)");
  command->callback([arguments, &context] { run_generate(*arguments, context); });
}

}  // namespace semblance::cli
