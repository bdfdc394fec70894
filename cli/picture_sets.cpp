#include "cli/picture_sets.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <system_error>

#include "base/csv.hpp"
#include "cli/cache.hpp"
#include "semblance/error.hpp"
#include "semblance/models.hpp"
#include "semblance/pipe.hpp"
#include "store/items.hpp"
#include "store/matcher_card.hpp"

namespace semblance::cli {
namespace {

namespace fs = std::filesystem;

// What a report calls a set: of a generator all that its pictures depend on beside its card.
std::string told(const PictureSets& sets, const std::string& dataset) {
  if (!generator_of(dataset)) return dataset;
  const GeneratorOptions& generator = sets.generator;
  return fmt::format("{}, seeds {}, truncation {}{}", sets.generator_name, ranges_of(generator.seeds),
                     generator.truncation, generator.label ? fmt::format(", class {}", *generator.label) : "");
}

std::string embed_set(const PictureSets& sets, const std::string& card, const std::string& matcher, const char* role,
                      const std::string& dataset, const Context& context) {
  if (fs::exists(fs::path(dataset) / "embeddings.npy")) {
    throw Error(ErrorCode::usage, "cli", fmt::format("--{}", role),
                fmt::format("'{}' holds embeddings; --matcher with a card takes pictures. Leave --matcher out, or give "
                            "the dataset",
                            dataset));
  }
  const fs::path store = sets.stores / matcher_folder(matcher) / role;
  EmbedOptions options = sets.options;
  if (sets.keep_stores) {
    options.reuse = true;
    if (options.checkpoint_seconds > 0) options.checkpoint = checkpoint_folder({}, store.string());
  }
  // Folders of the synthetic set rarely name people, and nothing in an audit asks who they are.
  if (std::string_view(role) == "synthetic") {
    options.dataset.labels = FolderLabels::none;
    options.dataset.generator = sets.generator;
  }
  options.progress = make_progress(context, fmt::format("embedding {}", role), "images");
  const EmbedSummary summary = embed(dataset, card, store, options);
  clear_progress(context);
  if (!context.quiet && !context.json && summary.reused) {
    fmt::print(stderr, "{}: taken from the run before\n", store.string());
  } else if (!context.quiet && !context.json && summary.resumed > 0) {
    fmt::print(stderr, "{}: went on after {} images of the run before\n", store.string(), grouped(summary.resumed));
  }
  return store.string();
}

bool is_number(const std::string& field) {
  double value = 0;
  const auto [stop, error] = std::from_chars(field.data(), field.data() + field.size(), value);
  return error == std::errc() && stop == field.data() + field.size() && !field.empty();
}

// Is it an image dataset, as far as can be told from where it lies? A list of pictures names paths; an embeddings CSV
// may, too, and then has numbers in all its other columns.
bool holds_pictures(const fs::path& location) {
  std::error_code failed;
  if (fs::is_directory(location, failed)) return !fs::exists(location / "embeddings.npy", failed);
  if (!is_dataset_name(location.filename().string())) return false;
  std::string extension = location.extension().string();
  std::ranges::transform(extension, extension.begin(), [](unsigned char c) { return std::tolower(c); });
  if (extension != ".csv") return true;
  CsvReader csv(location);
  std::vector<std::string> header;
  std::vector<std::string> first;
  if (!csv.next(header)) return false;
  const auto columns = store_stage::ItemColumns::find(header, location.string());
  if (columns.path == store_stage::ItemColumns::kNone) return false;
  if (columns.others.empty() || !csv.next(first) || first.size() != header.size()) return true;
  return !std::ranges::all_of(columns.others, [&](std::size_t column) { return is_number(first[column]); });
}

// Every pair through the card's process.
MatcherInput score_sets(const PictureSets& sets, const std::string& card, const std::string& matcher,
                        const Context& context) {
  const auto calibrated = [&](const std::string& name) { return name.empty() || name == matcher; };
  PipeOptions options{.work = sets.work / matcher_folder(matcher),
                      .train_pairs = std::ranges::none_of(sets.calibrated, calibrated),
                      .begin = {},
                      .progress = {}};
  options.progress = [&](const std::string& label, const std::string& unit) {
    return make_progress(context, label, unit);
  };
  options.begin = [&](const PipePlan& plan) {
    clear_progress(context);
    if (context.quiet || context.json) return;
    const auto left = static_cast<double>(plan.pairs - plan.done) / plan.pairs_a_second;
    fmt::print(stderr,
               "{}: {} training, {} synthetic, {} held-out pictures, {} pairs{}; at {} pairs a second about {} to go\n",
               plan.matcher, grouped(plan.train), grouped(plan.synthetic), grouped(plan.holdout), grouped(plan.pairs),
               plan.done > 0 ? fmt::format(" ({} done before)", grouped(plan.done)) : "",
               grouped(static_cast<std::uint64_t>(plan.pairs_a_second)), duration_text(left));
  };
  PipeSets of_pictures{.train = sets.train, .synthetic = sets.synthetic, .holdout = {}};
  if (!sets.holdout.empty()) of_pictures.holdout = sets.holdout;
  const PipeResult result = score_by_process(card, of_pictures, options);
  clear_progress(context);
  const auto source = [](const fs::path& items, const std::string& dataset) {
    return EmbeddingSource{.location = items.string(), .items = {}, .name = dataset};
  };
  MatcherInput input{.name = matcher,
                     .train = source(result.train, sets.train),
                     .synthetic = source(result.synthetic, sets.synthetic),
                     .holdout = {},
                     .calibration = {},
                     .card = card,
                     .cohort = {},
                     .scores = ImportedScores{.train_synthetic = result.train_synthetic,
                                              .holdout_synthetic = {},
                                              .train_train = {},
                                              .distances = result.distances},
                     .made = {{"process", result.matcher}, {"process_version", result.version}}};
  if (!result.train_train.empty()) input.scores->train_train = result.train_train;
  if (sets.holdout.empty()) return input;
  input.holdout = source(result.holdout, sets.holdout);
  input.scores->holdout_synthetic = result.holdout_synthetic;
  return input;
}

}  // namespace

void ask_generator(PictureSets& sets, const GeneratorArguments& arguments) {
  sets.generator = generator_options(arguments, sets.synthetic);
  sets.generator.runtime = sets.options.runtime;
  sets.generator.threads = sets.options.threads;
  const auto card = generator_of(sets.synthetic);
  if (!card) return;
  sets.generator_name = sets.synthetic;
  sets.synthetic = "card:" + card_path(card->string());
}

void keep_pictures(PictureSets& sets, const std::string& folder, bool overwrite, const Context& context) {
  GenerateOptions options{.generator = sets.generator,
                          .checkpoint = checkpoint_folder({}, folder),
                          .overwrite = overwrite,
                          .progress = make_progress(context, "generating", "pictures")};
  generate_pictures(generator_of(sets.synthetic).value(), folder, options);
  clear_progress(context);
  sets.synthetic = folder;
}

bool is_card(const std::string& matcher, const std::string& train) {
  const fs::path file(matcher);
  std::error_code failed;
  if ((file.extension() == ".toml" || file.extension() == ".json") && fs::is_regular_file(file, failed)) return true;
  return holds_pictures(train) && is_model(matcher, cache_folder());
}

std::vector<MatcherInput> embed_sets(const PictureSets& sets, const Context& context) {
  std::vector<MatcherInput> inputs;
  for (const std::string& card : sets.cards) {
    const std::string name = read_matcher_card(card).name;
    for (const MatcherInput& other : inputs) {
      if (other.name == name) throw Error(ErrorCode::usage, "cli", "--matcher", fmt::format("gives '{}' twice", name));
    }
    if (is_process_card(card)) {
      inputs.push_back(score_sets(sets, card, name, context));
      continue;
    }
    const auto embedded = [&](const char* role, const std::string& dataset) {
      return EmbeddingSource{
          .location = embed_set(sets, card, name, role, dataset, context), .items = {}, .name = told(sets, dataset)};
    };
    std::error_code failed;
    fs::create_directories(sets.stores / matcher_folder(name), failed);
    MatcherInput input{.name = name,
                       .train = embedded("train", sets.train),
                       .synthetic = embedded("synthetic", sets.synthetic),
                       .holdout = {},
                       .calibration = {},
                       .card = card,
                       .cohort = {}};
    if (!sets.holdout.empty()) input.holdout = embedded("holdout", sets.holdout);
    inputs.push_back(std::move(input));
  }
  return inputs;
}

void check_before_embedding(const PictureSets& sets, const AuditOptions& options, bool calibrated) {
  for (const std::string& card : sets.cards) {
    const MatcherCard matcher = read_matcher_card(card);
    const bool process = is_process_card(card);
    if (process && options.comparison) {
      throw Error(ErrorCode::usage, "cli", "--comparison",
                  fmt::format("has no place with {}, whose process gives scores", matcher.name));
    }
    if (process && options.score_norm != ScoreNorm::none) {
      throw Error(ErrorCode::usage, "cli", "--score-norm", "needs embeddings; a process's scores are final");
    }
    check_score_norm(options, matcher.name, options.comparison ? options.comparison : matcher.comparison, calibrated);
  }
  if (const auto generator = generator_of(sets.synthetic)) check_generator_options(*generator, sets.generator);
}

PictureFolders pictures_of(const PictureSets& sets) {
  PictureFolders pictures{.train = sets.train, .synthetic = sets.synthetic, .holdout = {}, .generator = sets.generator};
  if (!sets.holdout.empty()) pictures.holdout = sets.holdout;
  return pictures;
}

}  // namespace semblance::cli
