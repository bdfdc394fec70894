#pragma once
// What every subcommand needs: global options, the progress meter, text helpers. The command line parses, calls the
// library and prints; it decides nothing.

#include <CLI/CLI.hpp>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "semblance/types.hpp"

namespace semblance::cli {

/// Options that stand before or after any subcommand.
struct Context {
  bool json = false;   ///< machine-readable result on standard output
  bool quiet = false;  ///< no progress, no summary
  int exit_code = 0;   ///< of a run that finished: 0, or kGateFailed
};

/// Exit code where a report was finished and a --fail-if holds: no error, so apart from ErrorCode's values.
inline constexpr int kGateFailed = 10;

/// A progress function that draws "label  42%  1.3e9 pairs/s  ETA 12 s" on standard error while that is a terminal
/// and says stop once the user pressed Ctrl-C (SIGTERM too). `unit` names what is counted.
Progress make_progress(const Context& context, const std::string& label, const std::string& unit);

/// Wipes the progress line, before anything else is printed.
void clear_progress(const Context& context);

/// SIGINT and SIGTERM ask running work to stop instead of killing the process.
void install_interrupt_handler();
[[nodiscard]] bool interrupted();

/// What --comparison is if it isn't given.
inline constexpr const char* kComparisonDefault = "what the matcher's card or store says, else cosine";
/// Sets `comparison` to what the stores among `locations` say, unless the option `given` was; cosine where none says
/// anything. Throws Error{usage} if two say different things.
void settle_comparison(const CLI::Option& given, const std::vector<std::string>& locations, Comparison& comparison);

/// "cosine", "inner-product", "l2" for CLI11's transformers.
const std::map<std::string, Comparison>& comparison_names();
std::string comparison_name(Comparison comparison);

/// Throws Error{usage}: the option, why it can't be so, and the way out.
[[noreturn]] void refuse(const std::string& option, const std::string& why);

/// 1234567 -> "1,234,567".
std::string grouped(std::uint64_t value);

/// 75 -> "1 min 15 s".
std::string duration_text(double seconds);

/// Copies a text file to standard output.
void print_file(const std::filesystem::path& file);

/// Where checkpoints go: where the user says, else beside the output, hidden.
std::filesystem::path checkpoint_folder(const std::string& given, const std::string& out);

/// Adds --threads with its help.
void add_threads_option(CLI::App& command, unsigned& threads);

/// Adds --out (required) and --overwrite.
void add_output_options(CLI::App& command, std::string& out, bool& overwrite);

void add_audit(CLI::App& app, Context& context);
void add_embed(CLI::App& app, Context& context);
void add_generate(CLI::App& app, Context& context);
void add_models(CLI::App& app, Context& context);
void add_simulate(CLI::App& app, Context& context);
void add_compare(CLI::App& app, Context& context);
void add_gate(CLI::App& app, Context& context);
void add_doctor(CLI::App& app, Context& context);
void add_info(CLI::App& app, Context& context);
void add_experiment(CLI::App& app, Context& context);
void add_power(CLI::App& app, Context& context);
void add_review(CLI::App& app, Context& context);
void add_purge(CLI::App& app, Context& context);

}  // namespace semblance::cli
