// semblance audit: the main job.

#include "semblance/audit.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <memory>

#include "base/output_folder.hpp"
#include "cli/align_options.hpp"
#include "cli/audit_summary.hpp"
#include "cli/cache.hpp"
#include "cli/common.hpp"
#include "cli/gate_options.hpp"
#include "cli/onnx_runtime.hpp"
#include "cli/picture_sets.hpp"
#include "cli/score_options.hpp"
#include "semblance/calibrate.hpp"
#include "semblance/error.hpp"
#include "store/matcher_card.hpp"

namespace semblance::cli {
namespace {

struct AuditArguments {
  std::vector<std::string> train, train_items, synthetic, synthetic_items, holdout, holdout_items, calibration, card,
      cohort;
  std::vector<std::string> matcher;
  ScoreArguments scores;
  std::string stores;
  RuntimeArguments runtime;
  std::size_t batch = 0;
  double checkpoint_seconds = EmbedOptions{}.checkpoint_seconds;
  AlignOptions align;
  GeneratorArguments generator;
  std::string train_images, synthetic_images, holdout_images;
  std::string out;
  bool overwrite = false;
  GateOptions gate;
  AuditOptions options;
  const CLI::Option* agree_option = nullptr;
};

// The sets of every matcher, in the order of --train.
std::vector<MatcherInput> matcher_inputs(const AuditArguments& arguments) {
  std::vector<MatcherInput> inputs;
  for (const std::string& text : arguments.train) {
    const auto [name, path] = named_path(text);
    for (const MatcherInput& other : inputs) {
      if (other.name != name) continue;
      throw Error(ErrorCode::usage, "cli", "--train",
                  name.empty() ? "is given twice; with several matchers name each: --train NAME=PATH"
                               : "names matcher '" + name + "' twice");
    }
    inputs.push_back({.name = name,
                      .train = {.location = path, .items = {}},
                      .synthetic = {},
                      .holdout = {},
                      .calibration = {},
                      .card = {},
                      .cohort = {}});
  }
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
  each("--train-items", arguments.train_items, [](MatcherInput& i, const std::string& p) { i.train.items = p; });
  each("--synthetic", arguments.synthetic, [](MatcherInput& i, const std::string& p) { i.synthetic.location = p; });
  each("--synthetic-items", arguments.synthetic_items,
       [](MatcherInput& i, const std::string& p) { i.synthetic.items = p; });
  each("--holdout", arguments.holdout,
       [](MatcherInput& i, const std::string& p) { i.holdout = EmbeddingSource{.location = p, .items = {}}; });
  each("--holdout-items", arguments.holdout_items, [](MatcherInput& i, const std::string& p) {
    if (!i.holdout) throw Error(ErrorCode::usage, "cli", "--holdout-items", "is given without --holdout");
    i.holdout->items = p;
  });
  each("--calibration", arguments.calibration, [](MatcherInput& i, const std::string& p) { i.calibration = p; });
  each("--card", arguments.card, [](MatcherInput& i, const std::string& p) { i.card = p; });
  each("--cohort", arguments.cohort,
       [](MatcherInput& i, const std::string& p) { i.cohort = EmbeddingSource{.location = p, .items = {}}; });
  add_scores(arguments.scores, inputs);
  for (const MatcherInput& input : inputs) {
    if (!input.synthetic.location.empty()) continue;
    throw Error(ErrorCode::usage, "cli", "--synthetic", fmt::format("is missing for matcher '{}'", input.name));
  }
  if (arguments.matcher.size() > 1) {
    throw Error(
        ErrorCode::usage, "cli", "--matcher",
        "is given twice; several matchers are cards, for pictures, or NAME=PATH in every option, for embeddings");
  }
  const bool nameless = inputs.size() == 1 && inputs.front().name.empty();
  if (nameless && !arguments.matcher.empty()) inputs.front().name = arguments.matcher.front();
  return inputs;
}

// With cards as --matcher the sets are pictures, given once for all matchers.
std::optional<PictureSets> picture_sets(const AuditArguments& arguments) {
  const auto is_network = [&](const std::string& matcher) { return is_card(matcher, arguments.train.front()); };
  const auto cards = std::count_if(arguments.matcher.begin(), arguments.matcher.end(), is_network);
  if (cards == 0) {
    for (const std::string& synthetic : arguments.synthetic) {
      if (!generator_of(synthetic)) continue;
      throw Error(ErrorCode::usage, "cli", "--synthetic", "is a generator; its pictures need a card as --matcher");
    }
    static_cast<void>(generator_options(arguments.generator, {}));
    if (arguments.stores.empty()) return std::nullopt;
    throw Error(ErrorCode::usage, "cli", "--stores", "is given without a card as --matcher: nothing is embedded");
  }
  if (static_cast<std::size_t>(cards) != arguments.matcher.size()) {
    throw Error(
        ErrorCode::usage, "cli", "--matcher",
        "is a card here and something else there; a card is a .toml or .json that exists, or a name of `semblance "
        "models list`");
  }
  const auto once = [](const char* option, const std::vector<std::string>& values) {
    if (values.size() > 1)
      throw Error(ErrorCode::usage, "cli", option, "is given twice; pictures are given once for all matchers");
    return values.empty() ? std::string() : values.front();
  };
  const auto never = [](const char* option, bool given) {
    if (given) throw Error(ErrorCode::usage, "cli", option, "has no place where --matcher embeds pictures");
  };
  never("--train-items", !arguments.train_items.empty());
  never("--synthetic-items", !arguments.synthetic_items.empty());
  never("--holdout-items", !arguments.holdout_items.empty());
  never("--card", !arguments.card.empty());
  never("--cohort", !arguments.cohort.empty());
  never("--scores", !arguments.scores.train.empty());
  std::vector<std::string> files;
  for (const std::string& matcher : arguments.matcher) files.push_back(card_path(matcher));
  PictureSets sets{.cards = files,
                   .train = once("--train", arguments.train),
                   .synthetic = once("--synthetic", arguments.synthetic),
                   .holdout = once("--holdout", arguments.holdout),
                   .stores = arguments.stores,
                   .keep_stores = !arguments.stores.empty(),
                   .generator = {},
                   .generator_name = {},
                   .work = arguments.stores.empty() ? checkpoint_folder({}, arguments.out).string() : arguments.stores,
                   .calibrated = {},
                   .options = {}};
  for (const std::string& text : arguments.calibration) sets.calibrated.push_back(named_path(text).first);
  sets.options.runtime = runtime_of(arguments.runtime);
  sets.options.batch = arguments.batch;
  sets.options.threads = arguments.options.threads;
  sets.options.align = arguments.align;
  sets.options.overwrite = arguments.overwrite;
  sets.options.checkpoint_seconds = arguments.checkpoint_seconds;
  ask_generator(sets, arguments.generator);
  return sets;
}

// Calibrations of the matchers that were embedded with: NAME=PATH, or PATH for one.
void add_calibrations(const AuditArguments& arguments, std::vector<MatcherInput>& inputs) {
  for (const std::string& text : arguments.calibration) {
    const auto [name, path] = named_path(text);
    const auto at = std::find_if(inputs.begin(), inputs.end(), [&, &n = name](const auto& i) { return i.name == n; });
    if (at == inputs.end() && !(name.empty() && inputs.size() == 1)) {
      throw Error(ErrorCode::usage, "cli", "--calibration", fmt::format("names matcher '{}', which no card has", name));
    }
    (at == inputs.end() ? inputs.front() : *at).calibration = path;
  }
}

// What processes were resumed from: nobody needs it once the report is there.
void forget_scores(const PictureSets& sets, const std::vector<MatcherInput>& matchers) {
  std::error_code ignored;
  for (const MatcherInput& matcher : matchers) {
    if (matcher.scores) std::filesystem::remove_all(sets.work / matcher_folder(matcher.name), ignored);
  }
  std::filesystem::remove(sets.work, ignored);  // only where nothing else is in it
}

// The three folders of pictures: both of the compared sets or neither, the hold-out's beside them.
std::optional<PictureFolders> picture_folders(const AuditArguments& arguments) {
  const auto needs = [](const char* option, const std::string& given, const char* other, bool there) {
    if (given.empty() || there) return;
    throw Error(ErrorCode::usage, "cli", option, std::string("is given without ") + other);
  };
  needs("--train-images", arguments.train_images, "--synthetic-images", !arguments.synthetic_images.empty());
  needs("--synthetic-images", arguments.synthetic_images, "--train-images", !arguments.train_images.empty());
  needs("--holdout-images", arguments.holdout_images, "--train-images", !arguments.train_images.empty());
  needs("--holdout-images", arguments.holdout_images, "--holdout", !arguments.holdout.empty());
  if (arguments.train_images.empty()) return std::nullopt;
  PictureFolders folders{.train = arguments.train_images, .synthetic = arguments.synthetic_images, .holdout = {}};
  if (!arguments.holdout_images.empty()) folders.holdout = arguments.holdout_images;
  return folders;
}

// An option that would do nothing isn't passed over.
void check_alone(const CLI::Option& agree, const AuditArguments& arguments) {
  if (agree.count() == 0 || arguments.train.size() > 1 || arguments.matcher.size() > 1) return;
  throw Error(ErrorCode::usage, "cli", "--agree", "is for several matchers; there is one here");
}

// A matcher that a condition names wrongly is said before the long run, where its name is not the stores' alone.
void check_matchers(const std::vector<GateCondition>& conditions, const std::vector<MatcherInput>& matchers) {
  std::vector<std::string> names;
  for (const MatcherInput& matcher : matchers) {
    if (matcher.name.empty()) return;
    names.push_back(matcher.name);
  }
  check_gate_matchers(conditions, names);
}

void run_audit(const AuditArguments& arguments, Context& context) {
  AuditOptions options = arguments.options;
  const std::vector<GateCondition> conditions = parse_gate_options(arguments.gate, arguments.overwrite);
  check_gate_levels(conditions, options.fdr, options.fmr);
  // Embedding may take days: what can be wrong is said before.
  check_audit_levels(options);
  for (const std::string& text : arguments.calibration) static_cast<void>(read_calibration(named_path(text).second));
  check_alone(*arguments.agree_option, arguments);
  auto pictures = picture_sets(arguments);
  if (!pictures) options.matchers = matcher_inputs(arguments);
  if (pictures) check_before_embedding(*pictures, options, !arguments.calibration.empty());
  options.pictures = picture_folders(arguments);
  options.progress = [&context](const std::string& label, const std::string& unit) {
    return make_progress(context, label, unit);
  };
  OutputFolder folder(arguments.out, arguments.overwrite);
  const std::filesystem::path passing = folder.staging() / "stores";
  if (pictures) {
    // Embeddings are biometric data: they aren't left in a report that is passed on.
    if (pictures->stores.empty()) pictures->stores = passing;
    if (!arguments.generator.keep.empty()) {
      keep_pictures(*pictures, arguments.generator.keep, arguments.overwrite, context);
    }
    options.matchers = embed_sets(*pictures, context);
    add_calibrations(arguments, options.matchers);
    if (!options.pictures) options.pictures = pictures_of(*pictures);
  }
  check_matchers(conditions, options.matchers);
  AuditOutcome outcome = audit(options);
  if (pictures) outcome.run.facts.emplace_back("device", device_name(pictures->options.runtime));
  std::filesystem::remove_all(passing);
  write_report(outcome.model, outcome.run, folder.staging());
  folder.commit();
  if (pictures && arguments.stores.empty()) forget_scores(*pictures, options.matchers);
  clear_progress(context);
  if (context.json) {
    print_file(std::filesystem::path(arguments.out) / "report.json");
  } else if (!context.quiet) {
    print_audit_summary(outcome.model, arguments.out);
  }
  if (conditions.empty()) return;
  run_gate(conditions, arguments.gate, outcome.model, arguments.out, arguments.overwrite, false, context);
}

}  // namespace

void add_audit(CLI::App& app, Context& context) {
  auto arguments = std::make_shared<AuditArguments>();
  AuditOptions& options = arguments->options;
  CLI::App* command =
      app.add_subcommand("audit", "Compare every training image with every synthetic one, against a control");
  command
      ->add_option(
          "--train", arguments->train,
          "R: the images the generator was trained on: their embeddings or, with a card as --matcher, a dataset "
          "of pictures (semblance embed --help)")
      ->allow_extra_args(false)
      ->required();
  command->add_option("--train-items", arguments->train_items, "CSV with id and identity of every row of --train")
      ->allow_extra_args(false);
  command->add_option("--synthetic", arguments->synthetic, "G: images the generator made, as --train")
      ->allow_extra_args(false)
      ->required();
  command->add_option("--synthetic-items", arguments->synthetic_items, "CSV with the id of every row of --synthetic")
      ->allow_extra_args(false);
  command
      ->add_option("--holdout", arguments->holdout,
                   "H: other people of the same source, never shown to the generator, as --train")
      ->allow_extra_args(false);
  command->add_option("--holdout-items", arguments->holdout_items, "CSV with id and identity of every row of --holdout")
      ->allow_extra_args(false);
  add_score_options(*command, arguments->scores);
  command
      ->add_option("--calibration", arguments->calibration,
                   "What `semblance calibrate` wrote for the matcher: thresholds and false match rates come from it")
      ->allow_extra_args(false);
  command->add_option(
      "--train-images", arguments->train_images,
      "Pictures of --train, a folder or any image dataset: tells copies of a training picture from other images");
  command->add_option("--synthetic-images", arguments->synthetic_images, "Pictures of --synthetic");
  command->add_option("--holdout-images", arguments->holdout_images,
                      "Pictures of --holdout: how many near-copies chance gives");
  command
      ->add_option("--redact", options.redaction,
                   "What the report's gallery shows of real faces: blur (too coarse to tell who it is), none (as they "
                   "are), omit")
      ->transform(CLI::CheckedTransformer(
          std::map<std::string, Redaction>{
              {"blur", Redaction::blur}, {"none", Redaction::none}, {"omit", Redaction::omit}},
          CLI::ignore_case))
      ->default_str("blur");
  command
      ->add_option(
          "--card", arguments->card,
          "The matcher's card (TOML or JSON): ties --calibration to it, and says what the matcher was trained on")
      ->allow_extra_args(false);
  command->add_option("--train-dataset", options.train_dataset,
                      "Name of the dataset that --train was taken from; a matcher trained on it is named");
  command
      ->add_option("--matcher", arguments->matcher,
                   std::string("To embed pictures with: ") + kCardHelp +
                       "; again for further matchers. Or, for embeddings, the name of the matcher that made them")
      ->allow_extra_args(false);
  command->add_option(
      "--stores", arguments->stores,
      "With cards: folder to keep the embeddings in, STORES/<matcher>/train and so on; the same command takes "
      "them up again, wherever it was stopped");
  command
      ->add_option("--checkpoint-interval", arguments->checkpoint_seconds,
                   "With --stores: seconds between writes of what is embedded so far; 0 writes none")
      ->capture_default_str()
      ->check(CLI::NonNegativeNumber);
  add_runtime_options(*command, arguments->runtime, "With cards: ");
  add_batch_option(*command, arguments->batch, "With cards: ");
  add_align_options(*command, arguments->align, "With cards: ");
  add_generator_options(*command, arguments->generator);
  arguments->agree_option =
      command->add_option("--agree", options.agree, "With several matchers: how many must agree for the consensus list")
          ->capture_default_str();
  command->add_option("--comparison", options.comparison, "How embeddings are compared: cosine, inner-product or l2")
      ->transform(CLI::CheckedTransformer(comparison_names(), CLI::ignore_case))
      ->default_str(kComparisonDefault);
  command
      ->add_option(
          "--score-norm", options.score_norm,
          "Normalise scores against a cohort of strangers: none, z (by the training image), t (by the synthetic "
          "one) or s (by both)")
      ->transform(CLI::CheckedTransformer(
          std::map<std::string, ScoreNorm>{
              {"none", ScoreNorm::none}, {"z", ScoreNorm::z}, {"t", ScoreNorm::t}, {"s", ScoreNorm::s}},
          CLI::ignore_case))
      ->default_str("none");
  command
      ->add_option("--cohort", arguments->cohort,
                   "The strangers of --score-norm: embeddings of other real people (default: drawn from R and H)")
      ->allow_extra_args(false);
  command->add_option("--fmr", options.fmr, "False match rates at which pairs are counted")
      ->delimiter(',')
      ->capture_default_str();
  command->add_option("--top", options.top, "Best pairs to list")
      ->capture_default_str()
      ->check(CLI::Range(1UL, 1'000'000UL));
  command->add_option("--alpha", options.alpha, "Level of the verdict")->capture_default_str();
  command->add_option("--fdr", options.fdr, "False discovery rates of the lists")
      ->delimiter(',')
      ->capture_default_str();
  command
      ->add_option("--images-per-identity", options.max_images_per_identity,
                   "Use at most so many images of a person in the statistics, drawn by seed; 0 uses all")
      ->capture_default_str();
  command->add_option("--permutations", options.permutations, "Draws of the global test")
      ->capture_default_str()
      ->check(CLI::Range(99U, 10'000'000U));
  command->add_option("--seed", options.seed, "Seed of everything random")->capture_default_str();
  add_threads_option(*command, options.threads);
  add_gate_options(*command, arguments->gate);
  add_output_options(*command, arguments->out, arguments->overwrite);
  command->footer(R"(Inputs: a folder store, or .npy .npz .fvecs .fbin .f16bin .i8bin .safetensors .h5 .csv .jsonl,
or raw float32 as file.f32:ROWSxDIM. docs/formats.md has the details.

Pictures are found by the items' column 'path', relative to the folder, or as <id>.jpg or <identity>/<id>.jpg
(.png, .webp, .bmp, .pgm). The report's gallery holds them small, real faces blurred unless --redact says otherwise.

Examples:
  semblance audit --train r.npy --train-items r.csv --synthetic g.npy \
                  --holdout h.npy --holdout-items h.csv --out report/
  semblance audit --train arcface=ra.npy --train adaface=rb.npy --synthetic arcface=ga.npy --synthetic adaface=gb.npy ... \
                  --out report/                     # several matchers: NAME=PATH in every option
  semblance audit --train casia/ --synthetic dcface.zip --holdout vgg2/ --matcher sface --matcher adaface.toml \
                  --out report/                     # from pictures
  semblance audit --train ffhq/ --synthetic card:stylegan3.toml --samples 10000 --truncation 0.7 --holdout celeba/ \
                  --matcher arcface.toml --out report/   # G made by its network; docs/generators.md
  semblance audit --train r.csv --synthetic g.csv --holdout h.csv --scores rg.npy --holdout-scores hg.npy \
                  --train-scores rr.npy --matcher closed --out report/      # scores of a closed matcher
  semblance audit --train R/ --synthetic G/ --holdout H/ --fmr 1e-6 --top 1500 --json --out report/
  semblance audit ... --out report/ --fail-if "leaked_identities@fdr5 > 0" --summary gate.xml   # for CI; docs/gate.md)");
  command->callback([arguments, &context] { run_audit(*arguments, context); });
}

}  // namespace semblance::cli
