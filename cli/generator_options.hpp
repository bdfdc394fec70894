#pragma once
// An audit's synthetic set that a generator makes.

#include <CLI/CLI.hpp>
#include <optional>
#include <string>

#include "semblance/generate.hpp"

namespace semblance::cli {

struct GeneratorArguments {
  std::size_t samples = 0;  ///< 0: not said
  std::uint32_t seed_start = 0;
  double truncation = 1;
  std::optional<std::size_t> label;
  std::string keep;  ///< folder for the pictures; empty: they aren't kept
};

/// Adds --samples, --seed-start, --truncation, --class and --keep-pictures.
void add_generator_options(CLI::App& command, GeneratorArguments& arguments);

/// What the arguments ask of the generator that `synthetic` ("card:FILE") names. Throws Error{usage} if they contradict
/// each other or it names none.
GeneratorOptions generator_options(const GeneratorArguments& arguments, const std::string& synthetic);

}  // namespace semblance::cli
