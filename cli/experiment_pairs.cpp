// semblance experiment pairs: the best pairs of real and synthetic images, beside what chance gives.

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <memory>

#include "base/output_folder.hpp"
#include "cli/experiment.hpp"
#include "semblance/error.hpp"
#include "semblance/experiment.hpp"

namespace semblance::cli {
namespace {

struct ExperimentPairsArguments {
  const CLI::Option* comparison = nullptr;
  PairsOptions options;
  std::string train_items, synthetic_items, holdout, holdout_items;
  std::vector<std::string> best_matches;
  std::string control;
  std::size_t gallery = 0;
  std::string out;
  bool overwrite = false;
};

std::string share_text(double share) { return fmt::format("{:.2f}%", 100 * share); }

std::string expected(double count) {
  return count >= 100 ? grouped(static_cast<std::uint64_t>(std::llround(count))) : fmt::format("{:.1f}", count);
}

void print_published(const PublishedStudy& study, const std::string& out) {
  const BestMatchSummary& control = study.sets.front();
  fmt::print("best matches of {} sets beside {} (control): 0.1% of its images reach {:.4f}\n", study.sets.size() - 1,
             control.name, study.control_threshold);
  fmt::print("  {:<16} {:>7} {:>7} {:>7}  {:>8}  {:<30} {:>9} {:>7}  hub\n", "set", "median", "q99.9", "max", "share",
             "excess (95% interval)", "synthetic", "real");
  for (const BestMatchSummary& set : study.sets) {
    const BestMatchShare& s = set.shares.front();
    const std::string excess = s.excess ? fmt::format("{:+.2f}% ({:+.2f}% to {:+.2f}%)", 100 * *s.excess,
                                                      100 * s.excess_interval->low, 100 * s.excess_interval->high)
                                        : std::string("control");
    fmt::print("  {:<16} {:>7.4f} {:>7.4f} {:>7.4f}  {:>8}  {:<30} {:>9} {:>7}  {}\n", set.name, set.median, set.q999,
               set.max, share_text(s.share), excess, grouped(s.synthetic_identities), grouped(s.real_identities),
               share_text(set.hubs.top1));
  }
  fmt::print(
      "  share: images at or over the control's upper 0.1%; synthetic, real: people in them; hub: best matches on one "
      "image\n  page: {}\n",
      (std::filesystem::path(out) / "page.html").string());
}

void print_threshold(const PairsStudy& study, const PairsStudy::Threshold& row) {
  const std::string name = row.fmr ? fmt::format("FMR {:g}", *row.fmr) : std::string("given");
  std::string text = fmt::format("  {:<10} {:.4f}: {} pairs, by chance {}", name, row.score, grouped(row.train.pairs),
                                 expected(row.expected_by_chance));
  if (row.expected_from_holdout) text += fmt::format(", from the hold-out {}", expected(*row.expected_from_holdout));
  if (study.sets.front().labelled) text += fmt::format("; {} training people", grouped(row.train.real_identities));
  fmt::print("{}{}\n", text, row.resolved ? "" : "; this FMR can't be measured");
}

void print_pairs_study(const PairsStudy& study, const std::string& out) {
  fmt::print("train {} | synthetic {} | hold-out {} | {}, {} pairs\n", grouped(study.sets[0].items),
             grouped(study.sets[1].items), study.sets.size() > 2 ? grouped(study.sets[2].items) : "none", study.matcher,
             grouped(study.pairs));
  const PairsStudy::Top& top = study.top;
  fmt::print("  top {}    {:.4f} to {:.4f}; {} training images{}, {} synthetic images\n", grouped(top.count.pairs),
             top.pairs.back().score, top.pairs.front().score, grouped(top.count.real_items),
             study.sets[0].labelled ? fmt::format(" of {} people", grouped(top.count.real_identities)) : std::string(),
             grouped(top.count.synthetic_items));
  fmt::print("  so high    by chance {} pairs{}\n",
             top.pairs.back().fmr ? expected(study.top_expected_by_chance)
                                  : fmt::format("fewer than {}", expected(static_cast<double>(study.pairs) /
                                                                          static_cast<double>(study.non_mated))),
             study.top_expected_from_holdout
                 ? fmt::format(", from the hold-out {}", expected(*study.top_expected_from_holdout))
                 : std::string("; no hold-out: look-alikes can't be told from leaks"));
  std::size_t shown = 0;
  for (const auto& row : study.thresholds) {
    if (++shown <= 5) print_threshold(study, row);
  }
  if (study.equal_train) {
    const auto& train = study.equal_train->shares;
    const auto& strict = train.back();
    fmt::print(
        "  images     {} have a best match of {:.4f} or more among training people, {:+.2f}% (95% interval {:+.2f}% to "
        "{:+.2f}%) more than among as many held-out images\n",
        share_text(strict.share), strict.threshold, 100 * strict.excess.value_or(0), 100 * strict.excess_interval->low,
        100 * strict.excess_interval->high);
  }
  fmt::print("  hubs       {} of the best matches fall on one training image, {} on ten\n",
             share_text(study.best.hubs.top1), share_text(study.best.hubs.top10));
  fmt::print("  page       {}\n", (std::filesystem::path(out) / "page.html").string());
}

PublishedOptions published_options(const ExperimentPairsArguments& arguments) {
  const auto named = [](const char* option, const std::string& text) {
    const auto equals = text.find('=');
    if (equals == std::string::npos || equals == 0) refuse(option, fmt::format("'{}' is not NAME=FILE.csv", text));
    return std::pair<std::string, std::filesystem::path>(text.substr(0, equals), text.substr(equals + 1));
  };
  PublishedOptions options;
  for (const std::string& text : arguments.best_matches) options.sets.push_back(named("--best-matches", text));
  if (arguments.control.empty()) {
    refuse("--control", "is missing: best matches say something only beside a set that can't leak (NAME=FILE.csv)");
  }
  options.control = named("--control", arguments.control);
  if (!arguments.options.thresholds.empty()) options.thresholds = arguments.options.thresholds;
  options.gallery = arguments.gallery;
  return options;
}

PairsOptions pairs_options(const ExperimentPairsArguments& arguments, const Context& context) {
  PairsOptions options = arguments.options;
  if (options.train.location.empty()) refuse("--train", "is missing (or give --best-matches NAME=FILE.csv)");
  if (options.synthetic.location.empty()) refuse("--synthetic", "is missing");
  if (!arguments.train_items.empty()) options.train.items = arguments.train_items;
  if (!arguments.synthetic_items.empty()) options.synthetic.items = arguments.synthetic_items;
  if (!arguments.holdout.empty()) options.holdout = EmbeddingSource{.location = arguments.holdout, .items = {}};
  if (!arguments.holdout_items.empty()) {
    if (!options.holdout) refuse("--holdout-items", "is given without --holdout");
    options.holdout->items = arguments.holdout_items;
  }
  options.progress = [&context](const std::string& label, const std::string& unit) {
    return make_progress(context, label, unit);
  };
  return options;
}

/// Writes the study and tells about it.
template <class Study, class Print>
void finish(const Study& study, OutputFolder& folder, const ExperimentPairsArguments& arguments, const Context& context,
            const Print& print) {
  write_study(study, folder.staging());
  folder.commit();
  clear_progress(context);
  if (context.json) {
    print_file(std::filesystem::path(arguments.out) / "experiment.json");
  } else if (!context.quiet) {
    print(study, arguments.out);
  }
}

void run_experiment_pairs(const ExperimentPairsArguments& arguments, const Context& context) {
  if (!arguments.best_matches.empty() || !arguments.control.empty()) {
    if (!arguments.options.train.location.empty() || !arguments.options.synthetic.location.empty() ||
        !arguments.holdout.empty()) {
      refuse("--best-matches", "stands alone: published tables take the place of --train, --synthetic and --holdout");
    }
    const PublishedOptions options = published_options(arguments);
    OutputFolder folder(arguments.out, arguments.overwrite);
    finish(study_published(options), folder, arguments, context, print_published);
    return;
  }
  PairsOptions options = pairs_options(arguments, context);
  settle_comparison(*arguments.comparison, {options.train.location, options.synthetic.location, arguments.holdout},
                    options.comparison);
  OutputFolder folder(arguments.out, arguments.overwrite);
  finish(study_pairs(options), folder, arguments, context, print_pairs_study);
}

}  // namespace

void add_experiment_pairs(CLI::App& group, Context& context) {
  auto arguments = std::make_shared<ExperimentPairsArguments>();
  PairsOptions& options = arguments->options;
  CLI::App* command = group.add_subcommand(
      "pairs", "The best pairs of training and synthetic images, beside what chance and a hold-out give");
  command->add_option("--train", options.train.location, "R: embeddings of the images the generator was trained on");
  command->add_option("--train-items", arguments->train_items, "CSV with id and identity of every row of --train");
  command->add_option("--synthetic", options.synthetic.location, "G: embeddings of images the generator made");
  command->add_option("--synthetic-items", arguments->synthetic_items,
                      "CSV with id (and identity) of every row of --synthetic");
  command->add_option("--holdout", arguments->holdout, "H: embeddings of other people of the same source");
  command->add_option("--holdout-items", arguments->holdout_items,
                      "CSV with id and identity of every row of --holdout");
  command->add_option("--top", options.top, "Best pairs to list")
      ->capture_default_str()
      ->check(CLI::Range(1UL, 1'000'000UL));
  command->add_option("--fmr", options.fmr, "False match rates whose thresholds are drawn in")
      ->delimiter(',')
      ->capture_default_str();
  command->add_option("--threshold", options.thresholds, "Scores to count at, too (tables: default 0.6)")
      ->delimiter(',');
  command
      ->add_option("--near-duplicate", options.near_duplicate,
                   "Cosine from which two images of one set are near-duplicates; 0: don't look")
      ->capture_default_str();
  arguments->comparison =
      command
          ->add_option("--comparison", options.comparison, "How embeddings are compared: cosine, inner-product or l2")
          ->transform(CLI::CheckedTransformer(comparison_names(), CLI::ignore_case))
          ->default_str(kComparisonDefault);
  command
      ->add_option("--best-matches", arguments->best_matches,
                   "NAME=FILE.csv: a published table of best matches; again for every set")
      ->allow_extra_args(false);
  command->add_option("--control", arguments->control, "NAME=FILE.csv: the table of a set that can't leak");
  command->add_option("--gallery", arguments->gallery, "Tables: how many real images were searched, for the hubs");
  command->add_option("--seed", options.seed, "Seed of everything random")->capture_default_str();
  add_threads_option(*command, options.threads);
  add_output_options(*command, arguments->out, arguments->overwrite);
  command->footer(R"(Writes page.html, experiment.json and CSVs. After Otroshi Shahreza and Marcel, arXiv 2410.24015;
docs/experiments.md has the definitions.

Examples:
  semblance experiment pairs --train R/ --synthetic G/ --holdout H/ --top 1500 --out pairs/
  semblance experiment pairs --train R/ --synthetic G/ --holdout H/ --fmr 1e-4,1e-6 --threshold 0.6 --out pairs/
  semblance experiment pairs --best-matches dcface=dcface.csv --best-matches sface=sface.csv \
                             --control digiface=digiface.csv --gallery 490623 --out tables/)");
  command->callback([arguments, &context] { run_experiment_pairs(*arguments, context); });
}

}  // namespace semblance::cli
