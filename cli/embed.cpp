// semblance embed: an image dataset through a matcher's network into a store.

#include "semblance/embed.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>

#include "cli/align_options.hpp"
#include "cli/cache.hpp"
#include "cli/common.hpp"
#include "cli/onnx_runtime.hpp"

namespace semblance::cli {
namespace {

struct EmbedArguments {
  EmbedOptions options;
  std::string dataset, card, out, checkpoint;
  RuntimeArguments runtime;
};

void print_embed_json(const EmbedSummary& summary, const std::string& out) {
  nlohmann::ordered_json result = {{"store", out},
                                   {"matcher", summary.matcher},
                                   {"onnx_runtime", summary.runtime_version},
                                   {"engine", summary.engine},
                                   {"dimension", summary.dimension},
                                   {"embedded", summary.embedded},
                                   {"rejected", summary.rejected},
                                   {"resumed", summary.resumed}};
  result["rejections"] = nlohmann::ordered_json::array();
  for (const RejectionCount& kind : summary.rejections) {
    result["rejections"].push_back({{"why", kind.why}, {"items", kind.items}});
  }
  result["first_rejections"] = nlohmann::ordered_json::array();
  for (const RejectedItem& item : summary.first_rejections) {
    result["first_rejections"].push_back({{"id", item.id}, {"why", item.why}});
  }
  fmt::print("{}\n", result.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace));
}

void print_embed_summary(const EmbedSummary& summary, const AlignOptions& align, const std::string& out) {
  fmt::print("{}: {} embeddings of dimension {}, {}\n", out, grouped(summary.embedded), summary.dimension,
             summary.matcher);
  if (summary.resumed > 0)
    fmt::print("{} of them taken from the checkpoint of the run before\n", grouped(summary.resumed));
  if (const std::string how = as_they_came(align); !how.empty()) fmt::print("{}\n", how);
  if (summary.rejected == 0) return;
  fmt::print("{} pictures rejected, all named in {}/items.csv:\n", grouped(summary.rejected), out);
  constexpr std::size_t kKindsTold = 8;
  for (std::size_t k = 0; k < std::min(kKindsTold, summary.rejections.size()); ++k) {
    const RejectionCount& kind = summary.rejections[k];
    const auto of_kind = [&](const RejectedItem& item) { return item.why.starts_with(kind.why); };
    const auto example = std::ranges::find_if(summary.first_rejections, of_kind);
    fmt::print("  {:>9}  {}{}\n", grouped(kind.items), kind.why,
               example == summary.first_rejections.end() ? "" : fmt::format(", e.g. {}", example->id));
  }
  if (summary.rejections.size() > kKindsTold)
    fmt::print("  and {} reasons more\n", summary.rejections.size() - kKindsTold);
}

void run_embed(EmbedArguments& arguments, const Context& context) {
  arguments.options.runtime = runtime_of(arguments.runtime);
  arguments.options.progress = make_progress(context, "embedding", "images");
  if (arguments.options.checkpoint_seconds > 0) {
    arguments.options.checkpoint = checkpoint_folder(arguments.checkpoint, arguments.out);
  }
  const EmbedSummary summary = embed(arguments.dataset, card_path(arguments.card), arguments.out, arguments.options);
  clear_progress(context);
  if (context.json) {
    print_embed_json(summary, arguments.out);
  } else if (!context.quiet) {
    print_embed_summary(summary, arguments.options.align, arguments.out);
  }
}

}  // namespace

void add_embed(CLI::App& app, Context& context) {
  auto arguments = std::make_shared<EmbedArguments>();
  CLI::App* command = app.add_subcommand("embed", "Pictures of faces into embeddings, by a matcher's network");
  command
      ->add_option("dataset", arguments->dataset,
                   "A folder (one folder a person, or flat), a list (.csv with path, identity), .zip, .tar(.gz, .zst, "
                   ".xz), InsightFace RecordIO (.rec) or verification set (.bin), or LMDB")
      ->required();
  command->add_option("--matcher", arguments->card, std::string("The matcher: ") + kCardHelp)->required();
  command
      ->add_option("--labels", arguments->options.dataset.labels,
                   "Whether folders name people: auto (if every picture lies in one) or none")
      ->transform(CLI::CheckedTransformer(
          std::map<std::string, FolderLabels>{{"auto", FolderLabels::automatic}, {"none", FolderLabels::none}}))
      ->default_str("auto");
  add_align_options(*command, arguments->options.align);
  add_runtime_options(*command, arguments->runtime);
  add_batch_option(*command, arguments->options.batch);
  command->add_option(
      "--checkpoint", arguments->checkpoint,
      "Folder for what is done so far; the same command goes on from it after a crash. Default: a hidden "
      "folder beside --out");
  command
      ->add_option("--checkpoint-interval", arguments->options.checkpoint_seconds,
                   "Seconds between writes of the checkpoint; 0 writes none")
      ->capture_default_str()
      ->check(CLI::NonNegativeNumber);
  add_threads_option(*command, arguments->options.threads);
  add_output_options(*command, arguments->out, arguments->options.overwrite);
  command->footer(
      R"(Without --detector or --landmarks, pictures must be aligned to the five-point template of the matcher already, at any
size; a detector fails on such tight crops.
ONNX Runtime comes with semblance models install onnxruntime or pip install "onnxruntime>=1.19", or from anywhere with
--onnxruntime; semblance doctor says which one is used.

Examples:
  semblance embed casia/ --matcher sface --out stores/casia             # after semblance models install sface
  semblance embed faces_emore/train.rec --matcher arcface.toml --out stores/ms1m
  semblance embed photos/ --detector scrfd.toml --matcher arcface.toml --out stores/photos
  semblance embed lfw/ --landmarks lfw_landmark.txt --matcher arcface.toml --out stores/lfw
  semblance embed dcface.zip --matcher arcface.toml --labels none --out stores/dcface
  semblance embed casia/ --matcher arcface.toml --device cuda:0 --out stores/casia   # pip install onnxruntime-gpu)");
  command->callback([arguments, &context] { run_embed(*arguments, context); });
}

}  // namespace semblance::cli
