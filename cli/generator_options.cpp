#include "cli/generator_options.hpp"

#include <fmt/format.h>

#include "semblance/error.hpp"

namespace semblance::cli {

void add_generator_options(CLI::App& command, GeneratorArguments& arguments) {
  command.add_option("--samples", arguments.samples, "With --synthetic card:FILE: pictures to make")
      ->check(CLI::Range(std::size_t{2}, std::size_t{10'000'000}));
  command.add_option("--seed-start", arguments.seed_start, "With --samples: the first seed; the others follow it")
      ->capture_default_str();
  command.add_option("--truncation", arguments.truncation, "With --samples: the generator's psi")
      ->capture_default_str();
  command.add_option("--class", arguments.label, "With --samples: class, from 0, for a generator that has classes");
  command.add_option(
      "--keep-pictures", arguments.keep,
      "With --samples: folder to keep the pictures in, as `semblance generate` writes them; with several "
      "matchers they are then made once and not once a matcher");
}

GeneratorOptions generator_options(const GeneratorArguments& arguments, const std::string& synthetic) {
  const auto refuse = [](const char* option, const std::string& why) {
    throw Error(ErrorCode::usage, "cli", option, why);
  };
  GeneratorOptions options{.seeds = {}, .truncation = arguments.truncation, .label = arguments.label};
  if (!generator_of(synthetic)) {
    const auto needs = [&](const char* option, bool given) {
      if (given) refuse(option, "needs --synthetic card:FILE, a generator's card");
    };
    needs("--samples", arguments.samples != 0);
    needs("--seed-start", arguments.seed_start != 0);
    needs("--truncation", arguments.truncation != 1);
    needs("--class", arguments.label.has_value());
    needs("--keep-pictures", !arguments.keep.empty());
    return options;
  }
  if (arguments.samples == 0) refuse("--samples", "is missing: how many pictures is the generator to make?");
  const std::uint64_t last = std::uint64_t{arguments.seed_start} + arguments.samples - 1;
  options.seeds = parse_seeds(fmt::format("{}-{}", arguments.seed_start, last));
  return options;
}

}  // namespace semblance::cli
