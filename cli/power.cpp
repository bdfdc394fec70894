// semblance power: what an audit of the user's people would find.

#include "semblance/power.hpp"

#include <fmt/format.h>

#include <memory>

#include "base/output_folder.hpp"
#include "cli/common.hpp"

namespace semblance::cli {
namespace {

struct PowerArguments {
  std::string train, train_items, holdout, holdout_items, synthetic, synthetic_items;
  std::string out;
  bool overwrite = false;
  const CLI::Option* comparison = nullptr;
  PowerOptions options;
};

std::string power_text(double share) { return fmt::format("{:.1f}%", 100 * share); }

void print_power_summary(const PowerStudy& study, const std::string& out) {
  fmt::print("{} training people, {} held-out people, {} background images ({}); {} repetitions, level {:g}\n",
             grouped(study.train_people), grouped(study.holdout_people), grouped(study.background_images),
             study.background, grouped(study.repetitions), study.alpha);
  fmt::print("  {:12} {:>7} {:>7}   {:24} {:>16} {:>6}\n", "leaks", "rate", "people", "leakage found (95%)",
             fmt::format("named at FDR {:g}%", 100 * study.fdr), "wrong");
  for (const PowerPoint& point : study.points) {
    fmt::print("  {:12} {:>7} {:>7}   {:24} {:>16} {:>6}\n", point.strength ? power_leak_name(*point.strength) : "none",
               point.strength ? fmt::format("{:.4g}%", 100 * point.rate) : "0", grouped(point.leaked),
               fmt::format("{:>6} ({} to {})", power_text(point.power), power_text(point.interval.low),
                           power_text(point.interval.high)),
               point.strength ? power_text(point.named) : "-", power_text(point.wrong));
  }
  if (!out.empty()) fmt::print("  page       {}\n", (std::filesystem::path(out) / "page.html").string());
}

EmbeddingSource source(const std::string& location, const std::string& items) {
  EmbeddingSource source{.location = location, .items = {}};
  if (!items.empty()) source.items = items;
  return source;
}

void run_power(const PowerArguments& arguments, const Context& context) {
  PowerOptions options = arguments.options;
  settle_comparison(*arguments.comparison, {arguments.train, arguments.holdout, arguments.synthetic},
                    options.comparison);
  options.train = source(arguments.train, arguments.train_items);
  options.holdout = source(arguments.holdout, arguments.holdout_items);
  if (!arguments.synthetic.empty()) options.synthetic = source(arguments.synthetic, arguments.synthetic_items);
  options.progress = [&context](const std::string& label, const std::string& unit) {
    return make_progress(context, label, unit);
  };
  std::optional<OutputFolder> folder;
  if (!arguments.out.empty()) folder.emplace(arguments.out, arguments.overwrite);
  const PowerStudy study = estimate_power(options);
  if (folder) {
    write_power(study, folder->staging());
    folder->commit();
  }
  clear_progress(context);
  if (context.json) {
    fmt::print("{}", power_json(study));
  } else if (!context.quiet) {
    print_power_summary(study, arguments.out);
  }
}

}  // namespace

void add_power(CLI::App& app, Context& context) {
  auto arguments = std::make_shared<PowerArguments>();
  PowerOptions& options = arguments->options;
  CLI::App* command =
      app.add_subcommand("power", "What would an audit of these people find? Leaks planted in your data");
  command->add_option("--train", arguments->train, "R: embeddings of the images a generator is or will be trained on")
      ->required();
  command->add_option("--train-items", arguments->train_items, "CSV with id and identity of every row of --train");
  command->add_option("--holdout", arguments->holdout, "H: embeddings of other people of the same source")->required();
  command->add_option("--holdout-items", arguments->holdout_items,
                      "CSV with id and identity of every row of --holdout");
  command->add_option("--synthetic", arguments->synthetic,
                      "G: what leaks are planted among; without it the images of half of the held-out people");
  command->add_option("--synthetic-items", arguments->synthetic_items, "CSV with the id of every row of --synthetic");
  command->add_option("--rates", options.rates, "Shares of the training people who leak")
      ->delimiter(',')
      ->capture_default_str();
  command->add_option("--strengths", options.strengths, "same-person, near-copy or both")
      ->delimiter(',')
      ->transform(CLI::CheckedTransformer(std::map<std::string, PowerLeak>{{"same-person", PowerLeak::same_person},
                                                                           {"near-copy", PowerLeak::near_copy}},
                                          CLI::ignore_case))
      ->default_str("same-person,near-copy");
  command->add_option("--near-copy-cosine", options.near_copy_cosine, "Cosine of a near-copy with its training image")
      ->capture_default_str();
  command->add_option("--repetitions", options.repetitions, "Trials of every rate and strength")->capture_default_str();
  arguments->comparison =
      command
          ->add_option("--comparison", options.comparison, "How embeddings are compared: cosine, inner-product or l2")
          ->transform(CLI::CheckedTransformer(comparison_names(), CLI::ignore_case))
          ->default_str(kComparisonDefault);
  command->add_option("--alpha", options.alpha, "Level of the verdict")->capture_default_str();
  command->add_option("--fdr", options.fdr, "False discovery rate of the list of people")->capture_default_str();
  command->add_option("--permutations", options.permutations, "Draws behind each verdict")->capture_default_str();
  command->add_option("--seed", options.seed, "Seed of everything random")->capture_default_str();
  add_threads_option(*command, options.threads);
  command->add_option("--out", arguments->out, "Folder to write power.json, power.csv and page.html to");
  command->add_flag("--overwrite", arguments->overwrite, "Replace --out if it is there");
  command->footer(R"(Examples:
  semblance power --train r/ --holdout h/ --rates 0.001,0.01 --strengths same-person,near-copy
  semblance power --train r.npy --train-items r.csv --holdout h.npy --holdout-items h.csv --synthetic g.npy --out power/)");
  command->callback([arguments, &context] { run_power(*arguments, context); });
}

}  // namespace semblance::cli
