// semblance purge: the removal list applied.

#include "semblance/purge.hpp"

#include <fmt/format.h>

#include <memory>

#include "cli/common.hpp"

namespace semblance::cli {
namespace {

struct PurgeArguments {
  std::string report, synthetic, stores, out;
  double max_q = 0;
  bool no_audit = false;
  PurgeOptions options;
};

std::string number(const std::optional<double>& value, const char* format) {
  return value ? fmt::format(fmt::runtime(format), *value) : std::string("none");
}

std::string verdict_text(const PurgeOutcome::Verdict& verdict) {
  if (!verdict.p) return "none: no hold-out set";
  return fmt::format("leakage {} (p = {:.3g})", verdict.leakage, *verdict.p);
}

std::string share(const std::optional<double>& value) {
  return value ? fmt::format("{:.3g}%", 100 * *value) : std::string("nothing: too few people");
}

void print_lost(const PurgeOutcome& outcome) {
  fmt::print("{} of {} images removed, {} kept ({})\n", grouped(outcome.images.removed), grouped(outcome.images.before),
             grouped(outcome.images.after), outcome.dataset);
  if (outcome.images.removed == 0) fmt::print("  nothing was to remove\n");
  if (outcome.of_identity > 0) {
    fmt::print("  identity   {} of these are on no list, but of the identity of one that is\n",
               grouped(outcome.of_identity));
  }
  if (outcome.identities) {
    fmt::print("  identities {} of {} synthetic ones are gone\n", grouped(outcome.identities->removed),
               grouped(outcome.identities->before));
  }
  for (const auto& of : outcome.diversity) {
    fmt::print("  diversity  {}: effective rank {} -> {}, mean cosine of two images {} -> {}\n", of.matcher,
               number(of.rank_before, "{:.2f}"), number(of.rank_after, "{:.2f}"), number(of.cosine_before, "{:.4f}"),
               number(of.cosine_after, "{:.4f}"));
  }
  if (!outcome.no_diversity.empty()) fmt::print("  diversity  not measured: {}\n", outcome.no_diversity);
  if (outcome.never_compared > 0) {
    fmt::print("  unseen     {} of the kept images lack an embedding: they were never compared\n",
               grouped(outcome.never_compared));
  }
  if (outcome.still_listed > 0) {
    fmt::print("  listed     {} of the kept images are on the removal list, but not asked for\n",
               grouped(outcome.still_listed));
  }
}

void print_left_out(const PurgeOutcome::LeftOut& left) {
  const std::size_t alike = left.like_holdout + left.same_identity;
  const std::size_t kept = left.compared + alike + left.like_train;
  fmt::print("  compared   {}{} of {} kept images", 2 * left.compared < kept ? "only " : "", grouped(left.compared),
             grouped(kept));
  if (alike > 0) {
    fmt::print(
        "; {} match a held-out person as well as the removed match R, and are left out so that R and H are cut alike",
        grouped(alike));
  }
  fmt::print("\n");
  if (left.like_train == 0) return;
  fmt::print(
      "  warning    {} kept images match a training person over the bar but were not to be removed; the new audit "
      "doesn't look at them\n",
      grouped(left.like_train));
}

void print_remaining(const PurgeOutcome& outcome) {
  fmt::print("  before     {}\n", verdict_text(outcome.before));
  if (!outcome.after) {
    fmt::print("  after      not audited: {}\n", outcome.no_audit);
    return;
  }
  fmt::print("  after      {}\n", verdict_text(*outcome.after));
  for (std::size_t m = 0; m < outcome.after->matchers.size(); ++m) {
    const auto& before = outcome.before.matchers[m];
    const auto& after = outcome.after->matchers[m];
    fmt::print("  listed     {}: people {} -> {}, images {} -> {}; detectable from {} -> {}\n", after.matcher,
               grouped(before.people), grouped(after.people), grouped(before.images), grouped(after.images),
               share(before.minimum_detectable), share(after.minimum_detectable));
  }
  if (outcome.left_out) print_left_out(*outcome.left_out);
}

void run_purge(const PurgeArguments& arguments, const Context& context, bool has_max_q) {
  PurgeOptions options = arguments.options;
  options.report = arguments.report;
  options.synthetic = arguments.synthetic;
  options.stores = arguments.stores;
  options.out = arguments.out;
  options.audit = !arguments.no_audit;
  if (has_max_q) options.max_q = arguments.max_q;
  options.progress = [&context](const std::string& label, const std::string& unit) {
    return make_progress(context, label, unit);
  };
  const PurgeOutcome outcome = purge(options);
  clear_progress(context);
  if (context.json) {
    fmt::print("{}", purge_json(outcome, options));
  } else if (!context.quiet) {
    print_lost(outcome);
    print_remaining(outcome);
    const std::filesystem::path out(arguments.out);
    fmt::print("  written    {}\n", (out / (options.how == PurgeHow::list ? "kept.csv" : "dataset")).string());
    if (outcome.after) fmt::print("  report     {}\n", (out / "report" / "report.html").string());
  }
}

}  // namespace

void add_purge(CLI::App& app, Context& context) {
  auto arguments = std::make_shared<PurgeArguments>();
  PurgeOptions& options = arguments->options;
  CLI::App* command = app.add_subcommand(
      "purge", "Write the synthetic dataset without the images that a report lists, and audit what is left");
  command->add_option("report", arguments->report, "Folder that `semblance audit` wrote")->required();
  command->add_option("--synthetic", arguments->synthetic,
                      "The images that were audited: a folder, a list (.csv), .zip, .tar or .rec; without it the "
                      "synthetic embeddings that the report names");
  command->add_option("--labels", options.labels, "automatic: folders name synthetic identities; none: they don't")
      ->transform(CLI::CheckedTransformer(
          std::map<std::string, FolderLabels>{{"automatic", FolderLabels::automatic}, {"none", FolderLabels::none}},
          CLI::ignore_case))
      ->default_str("automatic");
  command->add_option("--stores", arguments->stores, "Where `audit --stores` kept the embeddings of pictures");
  command
      ->add_option("--what", options.what,
                   "images: those that removal.csv lists; identities: and all others of their synthetic identities")
      ->transform(CLI::CheckedTransformer(
          std::map<std::string, PurgeWhat>{{"images", PurgeWhat::images}, {"identities", PurgeWhat::identities}},
          CLI::ignore_case))
      ->default_str("images");
  command->add_option("--how", options.how, "copy, link (hard links to the kept pictures) or list (kept.csv alone)")
      ->transform(CLI::CheckedTransformer(
          std::map<std::string, PurgeHow>{{"copy", PurgeHow::copy}, {"link", PurgeHow::link}, {"list", PurgeHow::list}},
          CLI::ignore_case))
      ->default_str("copy");
  CLI::Option* max_q =
      command->add_option("--max-q", arguments->max_q, "Remove only what is listed at this false discovery rate");
  command->add_option("--matcher", options.matcher, "Remove only what this matcher lists");
  command->add_flag("--no-audit", arguments->no_audit, "Don't audit what is left");
  add_threads_option(*command, options.threads);
  add_output_options(*command, arguments->out, options.overwrite);
  command->footer(
      R"(Out come dataset/ (or kept.csv), removed.csv, purge.json and, of what is left, report/. The input is only read.
Publish dataset/ alone: the other files name training images.

Examples:
  semblance purge report/ --synthetic G/ --out cleaned/
  semblance purge report/ --synthetic g.zip --out cleaned/ --how list
  semblance purge report/ --synthetic casia.rec --what identities --out cleaned/
  semblance purge report/ --out cleaned/                     # the embeddings that the report names)");
  command->callback([arguments, max_q, &context] { run_purge(*arguments, context, max_q->count() > 0); });
}

}  // namespace semblance::cli
