// semblance experiment membership: was this person trained on, judged from other photographs of the person.

#include <fmt/format.h>

#include <cmath>
#include <filesystem>
#include <memory>

#include "base/output_folder.hpp"
#include "cli/experiment.hpp"
#include "semblance/error.hpp"
#include "semblance/membership.hpp"

namespace semblance::cli {
namespace {

struct ExperimentMembershipArguments {
  std::string synthetic, members, nonmembers, reference, train;
  std::string synthetic_items, members_items, nonmembers_items, reference_items, train_items;
  std::string out;
  bool overwrite = false;
  const CLI::Option* comparison = nullptr;
  MembershipOptions options;
};

EmbeddingSource source(const std::string& location, const std::string& items) {
  EmbeddingSource result{.location = location, .items = {}};
  if (!items.empty()) result.items = items;
  return result;
}

std::optional<EmbeddingSource> optional_source(const std::string& option, const std::string& location,
                                               const std::string& items) {
  if (!location.empty()) return source(location, items);
  if (!items.empty()) throw Error(ErrorCode::usage, "cli", option + "-items", "is given without " + option);
  return std::nullopt;
}

std::string with_interval(const MembershipEstimate& estimate) {
  return fmt::format("{:.3f} ({:.3f} to {:.3f})", estimate.value, estimate.interval.low, estimate.interval.high);
}

std::string set_text(const MembershipStudy& study, const char* role) {
  for (const auto& set : study.sets) {
    if (set.role != role) continue;
    return set.labelled ? fmt::format("{} of {} people", grouped(set.items), grouped(set.people)) : grouped(set.items);
  }
  return "half of the non-members' people";
}

void print_experiment_membership_summary(const MembershipStudy& study, const std::string& out) {
  fmt::print("members {} | non-members {} | synthetic {} | reference {}\n", set_text(study, "members"),
             set_text(study, "nonmembers"), set_text(study, "synthetic"), set_text(study, "reference"));
  fmt::print("  conclusion  {}{}\n", study.conclusion, study.blind.confounded ? " - THE SPLIT IS CONFOUNDED" : "");
  for (const auto& attack : study.attacks) {
    const auto& metrics = attack.person_mean;
    fmt::print("  {:<22}  AUC {}  TPR at {:g}% FPR {}  p {:.2g}\n", attack.name, with_interval(metrics.auc),
               100 * kMembershipFpr[1], with_interval(metrics.tpr[1]), metrics.p);
  }
  for (const auto& classifier : study.blind.classifiers) {
    fmt::print("  blind {:<16}  AUC {}  p {:.2g}\n", classifier.name, with_interval(classifier.auc), classifier.p);
  }
  if (study.over_representation) {
    const auto& result = *study.over_representation;
    const auto& curve = result.curves.front();
    fmt::print("  over-represented  {} of {} with training images: rho {}", curve.attack, grouped(result.people.size()),
               std::isnan(curve.rho.value) ? "unknown" : with_interval(curve.rho));
    if (!result.people.empty()) {
      const auto& most = result.people.front();
      fmt::print("; most: {} ({} images, {:.2g} of non-members as high)", study.people[most.person].name, most.images,
                 most.nonmembers_above);
    }
    fmt::print("\n");
  }
  fmt::print("  in words    {}\n", study.text);
  for (const std::string& note : study.notes) fmt::print("  note        {}\n", note);
  fmt::print("  page        {}\n", (std::filesystem::path(out) / "page.html").string());
}

void run_experiment_membership(const ExperimentMembershipArguments& arguments, const Context& context) {
  MembershipSources sources{.synthetic = source(arguments.synthetic, arguments.synthetic_items),
                            .members = source(arguments.members, arguments.members_items),
                            .nonmembers = source(arguments.nonmembers, arguments.nonmembers_items),
                            .reference = optional_source("--reference", arguments.reference, arguments.reference_items),
                            .train = optional_source("--train", arguments.train, arguments.train_items)};
  MembershipOptions options = arguments.options;
  settle_comparison(*arguments.comparison, {arguments.synthetic, arguments.members, arguments.nonmembers},
                    options.comparison);
  options.progress = [&context](const std::string& label, const std::string& unit) {
    return make_progress(context, label, unit);
  };
  OutputFolder folder(arguments.out, arguments.overwrite);
  const MembershipStudy study = study_membership(sources, options);
  write_membership(study, folder.staging());
  folder.commit();
  clear_progress(context);
  if (context.json) {
    print_file(std::filesystem::path(arguments.out) / "experiment.json");
  } else if (!context.quiet) {
    print_experiment_membership_summary(study, arguments.out);
  }
}

}  // namespace

void add_experiment_membership(CLI::App& group, Context& context) {
  auto arguments = std::make_shared<ExperimentMembershipArguments>();
  MembershipOptions& options = arguments->options;
  CLI::App* command = group.add_subcommand(
      "membership", "Was this person trained on? Judged from the synthetic images and other photographs of the person");
  command->add_option("--synthetic", arguments->synthetic, "G: embeddings of images the generator made")->required();
  command->add_option("--synthetic-items", arguments->synthetic_items, "CSV with the id of every row of --synthetic");
  command->add_option("--members", arguments->members, "Photographs of training people that were not trained on")
      ->required();
  command->add_option("--members-items", arguments->members_items,
                      "CSV with id and identity of every row of --members");
  command->add_option("--nonmembers", arguments->nonmembers, "Photographs of other people of the same source")
      ->required();
  command->add_option("--nonmembers-items", arguments->nonmembers_items,
                      "CSV with id and identity of every row of --nonmembers");
  command->add_option("--reference", arguments->reference,
                      "N: photographs of further people who were not trained on; without it half of the non-members' "
                      "people serve");
  command->add_option("--reference-items", arguments->reference_items,
                      "CSV with id and identity of every row of --reference");
  command->add_option("--train", arguments->train, "R: the training images, for the over-representation curve");
  command->add_option("--train-items", arguments->train_items, "CSV with id and identity of every row of --train");
  arguments->comparison =
      command
          ->add_option("--comparison", options.comparison, "How embeddings are compared: cosine, inner-product or l2")
          ->transform(CLI::CheckedTransformer(comparison_names(), CLI::ignore_case))
          ->default_str(kComparisonDefault);
  command->add_option("--nearest", options.nearest, "Matches whose mean is the score of nearest-synthetic-mean")
      ->capture_default_str();
  command->add_option("--neighbours", options.neighbours, "The neighbour whose distance gives a density")
      ->capture_default_str();
  command->add_option("--l2", options.l2, "Penalty of the logistic classifier")->capture_default_str();
  command->add_option("--epochs", options.epochs, "Passes of the neural network over its training images")
      ->capture_default_str();
  command->add_option("--logistic-rows", options.logistic_rows, "Training images a class at most, logistic classifier")
      ->capture_default_str();
  command->add_option("--mlp-rows", options.mlp_rows, "Training images a class at most, neural network")
      ->capture_default_str();
  command->add_option("--folds", options.folds, "Folds of people in the blind baseline")->capture_default_str();
  command->add_option("--alpha", options.alpha, "Level of the conclusion")->capture_default_str();
  command->add_option("--bootstrap", options.bootstrap, "Draws behind the intervals")
      ->capture_default_str()
      ->check(CLI::Range(100U, 1'000'000U));
  command->add_option("--permutations", options.permutations, "Draws behind the p-values")
      ->capture_default_str()
      ->check(CLI::Range(99U, 10'000'000U));
  command->add_option("--seed", options.seed, "Seed of everything random")->capture_default_str();
  add_threads_option(*command, options.threads);
  add_output_options(*command, arguments->out, arguments->overwrite);
  command->footer(
      R"(Members and non-members must be drawn at random from one source, and no photograph given here may have been trained
on. The blind baseline checks the first; only you can know the second. docs/membership.md has the details.

Example:
  semblance experiment membership --synthetic g.npy --members qm.npy --members-items qm.csv \
      --nonmembers qn.npy --nonmembers-items qn.csv --train r.npy --train-items r.csv --out membership/)");
  command->callback([arguments, &context] { run_experiment_membership(*arguments, context); });
}

}  // namespace semblance::cli
