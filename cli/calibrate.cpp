// semblance calibrate: what a matcher's scores mean.

#include "semblance/calibrate.hpp"

#include <fmt/format.h>

#include <filesystem>
#include <memory>
#include <optional>

#include "base/output_folder.hpp"
#include "base/sha256.hpp"
#include "cli/align_options.hpp"
#include "cli/cache.hpp"
#include "cli/calibrate.hpp"
#include "cli/onnx_runtime.hpp"
#include "cli/picture_sets.hpp"
#include "semblance/embed.hpp"
#include "semblance/error.hpp"
#include "store/matcher_card.hpp"

namespace semblance::cli {
namespace {

struct CalibrateArguments {
  std::string store, items, pairs, scores, card, out, csv;
  std::string images;
  RuntimeArguments runtime;
  std::size_t batch = 0;
  AlignOptions align;
  bool overwrite = false;
  const CLI::Option* comparison = nullptr;
  CalibrateOptions options;
};

std::string error_rate_text(double value) { return fmt::format("{:.4g}%", 100 * value); }

std::string interval(const Estimate& e, bool share) {
  if (!share) return fmt::format("{:.4g} ({:.4g} to {:.4g})", e.value, e.low, e.high);
  return fmt::format("{} ({} to {})", error_rate_text(e.value), error_rate_text(e.low), error_rate_text(e.high));
}

void print_threshold(const CalibratedThreshold& t) {
  std::string line = fmt::format("  FMR {:<6g} score {:.4f} ({:.4f} to {:.4f})", t.fmr_target, t.score.value,
                                 t.score.low, t.score.high);
  if (t.tar) line += fmt::format("  TAR {}", interval(*t.tar, true));
  if (!t.tar && t.fnmr) line += fmt::format("  TAR {}", error_rate_text(1 - t.fnmr->rate));
  if (t.evidence == Evidence::extrapolated) {
    line += "  extrapolated";
  } else if (!t.fmr->rule_of_30) {
    line += fmt::format("  under the rule of 30: {:.1f} independent errors", t.fmr->independent_errors);
  }
  fmt::print("{}\n", line);
}

std::string rate_text(const ErrorRate& r) { return interval({r.rate, r.low, r.high}, true); }

// The point that stands for a wanted score: the highest not over it.
void print_at(const Calibration& c, double score) {
  for (const CurvePoint& p : c.curve) {
    if (p.score > score) continue;
    fmt::print("  at {:.4f}  FMR {}{}\n", p.score, rate_text(p.fmr), p.fnmr ? "  FNMR " + rate_text(*p.fnmr) : "");
    return;
  }
}

void print_calibrate_summary(const Calibration& c, const CalibrateArguments& arguments) {
  std::string head;
  if (!c.matcher.empty()) head = fmt::format("matcher {} | ", c.matcher);
  if (c.items > 0) head += fmt::format("{} images | ", grouped(c.items));
  fmt::print("{}{} people | {} mated and {} non-mated comparisons\n", head, grouped(c.identities), grouped(c.mated),
             grouped(c.non_mated));
  std::string line;
  if (c.eer) line += fmt::format("  EER {} at {:.4f}", interval(*c.eer, true), *c.eer_threshold);
  if (c.auc) line += fmt::format("  AUC {:.6f}", c.auc->value);
  if (c.d_prime) line += fmt::format("  d' {}", interval(*c.d_prime, false));
  if (!line.empty()) fmt::print("{}\n", line);
  if (c.accuracy) {
    fmt::print("  accuracy {:.4f} at {:.4f}", 1 - c.accuracy->error.rate, c.accuracy->threshold);
    if (c.accuracy->folds > 0) {
      fmt::print("; over {} folds {:.4f} (standard error {:.4f})", c.accuracy->folds, c.accuracy->fold_mean,
                 c.accuracy->fold_standard_error);
    }
    fmt::print("\n");
  }
  for (const CalibratedThreshold& t : c.thresholds) print_threshold(t);
  for (const double score : arguments.options.at) print_at(c, score);
  if (c.tail && c.tail->fits) {
    fmt::print(
        "  tail       generalised Pareto over {:.4f}: shape {:.3f} ({:.3f} to {:.3f}), {} scores, fit p = {:.2g}\n",
        c.tail->threshold, c.tail->shape, c.tail->shape_low, c.tail->shape_high, grouped(c.tail->exceedances),
        c.tail->anderson_darling_p);
  }
  for (const std::string& note : c.notes) {
    if (note.find("rule of 30") == std::string::npos) fmt::print("  note       {}\n", note);
  }
  if (const std::string how = as_they_came(arguments.align); !arguments.images.empty() && !how.empty()) {
    fmt::print("  faces      {}\n", how);
  }
  fmt::print("  written    {}\n", arguments.out);
}

// InsightFace's verification sets do.
bool brings_pairs(const std::string& images) { return std::filesystem::path(images).extension() == ".bin"; }

// Pictures, embedded for this calibration alone.
Calibration measure_images(CalibrateArguments& arguments, const Context& context, const CalibrateOptions& options) {
  const OutputFolder passing(arguments.out + ".embeddings", false);  // never committed, so it goes
  const std::filesystem::path store = passing.staging() / "store";
  EmbedOptions embedding;
  embedding.runtime = runtime_of(arguments.runtime);
  embedding.batch = arguments.batch;
  embedding.align = arguments.align;
  embedding.threads = options.threads;
  embedding.progress = make_progress(context, "embedding", "images");
  const EmbedSummary summary = embed(arguments.images, options.matcher, store, embedding);
  clear_progress(context);
  if (summary.rejected > 0 && !context.quiet) {
    fmt::print(stderr, "semblance: {} of {} pictures rejected, the first: {}: {}\n", grouped(summary.rejected),
               grouped(summary.rejected + summary.embedded), summary.first_rejections.front().id,
               summary.first_rejections.front().why);
  }
  CalibrateOptions named = options;
  named.matcher = summary.matcher;
  named.matcher_sha256 = sha256_file(options.matcher);
  settle_comparison(*arguments.comparison, {store.string()}, named.comparison);
  const EmbeddingSet set = read_embeddings({.location = store.string(), .items = {}, .name = arguments.images},
                                           {.allow_zero_rows = named.comparison != Comparison::cosine});
  if (brings_pairs(arguments.images)) {
    const std::filesystem::path pairs = passing.staging() / "pairs.csv";
    OutputFile file(pairs);
    file.write("id_a,id_b,same,fold\n");
    for (const VerificationPair& pair : verification_pairs(arguments.images)) {
      file.write(fmt::format("{},{},{},{}\n", pair.id_a, pair.id_b, pair.same ? 1 : 0, pair.fold));
    }
    file.close();
    return calibrate_pairs(set, pairs, named);
  }
  return arguments.pairs.empty() ? calibrate(set, named) : calibrate_pairs(set, arguments.pairs, named);
}

Calibration measure(CalibrateArguments& arguments, const Context& context) {
  CalibrateOptions options = arguments.options;
  options.progress = [&context](const std::string& label, const std::string& unit) {
    return make_progress(context, label, unit);
  };
  if (!arguments.images.empty()) return measure_images(arguments, context, options);
  if (!arguments.card.empty()) options.matcher_sha256 = sha256_file(arguments.card);
  if (!arguments.scores.empty()) return calibrate_scores(std::filesystem::path(arguments.scores), options);
  EmbeddingSource source{.location = arguments.store, .items = std::nullopt};
  if (!arguments.items.empty()) source.items = arguments.items;
  settle_comparison(*arguments.comparison, {arguments.store}, options.comparison);
  if (arguments.comparison->count() == 0 && !arguments.card.empty()) {
    options.comparison = read_matcher_card(arguments.card).comparison.value_or(options.comparison);
  }
  const ReadOptions read{.allow_zero_rows = options.comparison != Comparison::cosine};
  const EmbeddingSet set = read_embeddings(source, read);
  return arguments.pairs.empty() ? calibrate(set, options) : calibrate_pairs(set, arguments.pairs, options);
}

void run_calibrate(CalibrateArguments& arguments, const Context& context) {
  const int sources =
      (arguments.store.empty() ? 0 : 1) + (arguments.scores.empty() ? 0 : 1) + (arguments.images.empty() ? 0 : 1);
  if (sources != 1) {
    throw Error(ErrorCode::usage, "cli", "calibrate",
                "needs one of --store (embeddings), --images (pictures) and --scores (imported scores)");
  }
  if (!arguments.images.empty()) {
    if (arguments.options.matcher.empty()) {
      throw Error(ErrorCode::usage, "cli", "--matcher", "is missing: the card to embed --images with");
    }
    arguments.options.matcher = card_path(arguments.options.matcher);
  }
  if (!arguments.pairs.empty() && !arguments.scores.empty()) {
    throw Error(ErrorCode::usage, "cli", "--pairs", "has no place with --scores, which are of pairs already");
  }
  if (!arguments.pairs.empty() && brings_pairs(arguments.images)) {
    throw Error(ErrorCode::usage, "cli", "--pairs", "has no place with a verification set, which brings its own");
  }
  for (const std::string& target : {arguments.out, arguments.csv}) {
    if (target.empty() || arguments.overwrite || !std::filesystem::exists(target)) continue;
    throw Error(ErrorCode::output, "cli", target, "exists; choose another name or pass --overwrite");
  }
  const Calibration calibration = measure(arguments, context);
  write_calibration(calibration, arguments.out, arguments.overwrite);
  if (!arguments.csv.empty()) write_calibration_curve(calibration, arguments.csv, arguments.overwrite);
  clear_progress(context);
  if (context.json) {
    print_file(arguments.out);
  } else if (!context.quiet) {
    print_calibrate_summary(calibration, arguments);
  }
}

}  // namespace

void add_calibrate(CLI::App& app, Context& context) {
  auto arguments = std::make_shared<CalibrateArguments>();
  CalibrateOptions& options = arguments->options;
  CLI::App* command =
      app.add_subcommand("calibrate", "Measure a matcher's error rates and thresholds on labelled real faces");
  CLI::Option* store =
      command->add_option("--store", arguments->store, "Embeddings of labelled real images, any format of audit");
  command->add_option("--items", arguments->items, "CSV with id and identity of every row of --store")->needs(store);
  command->add_option("--pairs", arguments->pairs,
                      "Compare only these: LFW's pairs.txt, or a CSV id_a,id_b,same[,fold]");
  command->add_option("--images", arguments->images,
                      "Instead of --store: labelled pictures, any dataset of embed, or InsightFace's verification set "
                      "(.bin), which brings its pairs");
  add_align_options(*command, arguments->align, "With --images: ");
  add_runtime_options(*command, arguments->runtime, "With --images: ");
  add_batch_option(*command, arguments->batch, "With --images: ");
  command
      ->add_option("--scores", arguments->scores,
                   "Instead of --store: scores of a closed matcher, CSV score,mated[,identity_a,identity_b][,fold]")
      ->excludes(store);
  command->add_option("--matcher", options.matcher,
                      std::string("Name of the matcher; default: the store's. With --images: ") + kCardHelp);
  command->add_option("--card", arguments->card, "The matcher's card; its sha256 ties the calibration to it");
  arguments->comparison =
      command
          ->add_option("--comparison", options.comparison, "How embeddings are compared: cosine, inner-product or l2")
          ->transform(CLI::CheckedTransformer(comparison_names(), CLI::ignore_case))
          ->default_str(kComparisonDefault);
  command->add_option("--fmr", options.fmr, "False match rates to give thresholds for")
      ->delimiter(',')
      ->capture_default_str();
  command->add_option("--at", options.at, "Scores in use at which FMR and FNMR are wanted, too")->delimiter(',');
  command->add_option("--gallery", options.galleries, "Gallery sizes to predict false identification for")
      ->delimiter(',')
      ->capture_default_str();
  command->add_option("--bootstrap", options.bootstrap, "Draws of people for the intervals")->capture_default_str();
  command->add_option("--seed", options.seed, "Seed of everything random")->capture_default_str();
  add_threads_option(*command, options.threads);
  command->add_option("--out", arguments->out, "Calibration to write (JSON)")->required();
  command->add_option("--csv", arguments->csv, "The curve as CSV: counts, FMR and FNMR with intervals at every score");
  command->add_flag("--overwrite", arguments->overwrite, "Replace an earlier calibration");
  command->footer(R"(Examples:
  semblance calibrate --store lfw-store --out cal.json                     # all mated and non-mated pairs
  semblance calibrate --store lfw.npy --items lfw.csv --pairs pairs.txt --out cal.json
  semblance calibrate --images lfw/ --pairs pairs.txt --detector scrfd.toml --matcher sface --out lfw.json
  semblance calibrate --images agedb_30.bin --matcher arcface.toml --out agedb.json
  semblance calibrate --scores scores.csv --matcher closed-one --fmr 1e-3,1e-4 --csv curve.csv --out cal.json)");
  command->callback([arguments, &context] { run_calibrate(*arguments, context); });
}

}  // namespace semblance::cli
