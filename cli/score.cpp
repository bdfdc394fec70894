// semblance score: every pair of two sets (or of one), into a score folder.

#include "cli/score.hpp"

#include <fmt/format.h>
#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <future>
#include <memory>

#include "base/output_folder.hpp"
#include "base/parallel.hpp"
#include "score/score_folder.hpp"
#include "semblance/error.hpp"

namespace semblance::cli {
namespace {

struct ScoringArguments {
  EmbeddingSource a;
  EmbeddingSource b;
  std::string a_items;
  std::string b_items;
  SinkRequest request;
  const CLI::Option* comparison = nullptr;
  ScoreOptions options;
  double threshold = 0;
  bool identity_bests = false;
  std::vector<double> histogram_range;
  std::string checkpoint;
  bool verify = false;
  std::string out;
  bool overwrite = false;
};

constexpr std::uint64_t kVerifiedPairs = 1'000'000;

double seconds_since(std::chrono::steady_clock::time_point begin) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

std::uint64_t resident_peak() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  return static_cast<std::uint64_t>(usage.ru_maxrss) * 1024;
}

void check_score(const ScoringArguments& arguments, bool self) {
  const SinkRequest& request = arguments.request;
  if (self && (request.threshold || request.row_bests > 0 || request.column_bests > 0 || arguments.identity_bests)) {
    refuse("--b", "is missing; without it only --top and --histogram can be asked for (a self-comparison)");
  }
  if (request.top_pairs == 0 && !request.threshold && request.row_bests == 0 && request.column_bests == 0 &&
      !arguments.identity_bests && !request.histogram) {
    refuse("score",
           "nothing to write; ask for --top, --threshold, --histogram, --row-bests, --column-bests or "
           "--identity-bests");
  }
  // Before inputs are read that may take a while.
  const std::vector<std::string> kernels = score_kernels();
  const std::string& kernel = arguments.options.kernel;
  if (!kernel.empty() && std::find(kernels.begin(), kernels.end(), kernel) == kernels.end()) {
    refuse("--kernel or SEMBLANCE_KERNEL",
           fmt::format("{} does not run here; this machine has {}", kernel, fmt::join(kernels, ", ")));
  }
}

void print_files(const std::string& out, std::uint64_t pairs, const std::string& kernel, double seconds) {
  fmt::print("{}: {} pairs scored in {:.3g} s by kernel {}\n", out, grouped(pairs), seconds, kernel);
}

void run_score(ScoringArguments arguments, bool has_threshold, const Context& context) {
  const bool self = arguments.b.location.empty();
  if (has_threshold) arguments.request.threshold = arguments.threshold;
  if (!arguments.a_items.empty()) arguments.a.items = arguments.a_items;
  if (!arguments.b_items.empty()) arguments.b.items = arguments.b_items;
  if (arguments.histogram_range.size() == 2) {
    arguments.request.histogram_range = {{arguments.histogram_range[0], arguments.histogram_range[1]}};
  }
  if (arguments.request.histogram_tail) arguments.request.histogram = true;
  arguments.request.identity_bests_a = arguments.request.identity_bests_b = arguments.identity_bests;
  check_score(arguments, self);
  // Refuses a bad --out before the work; the folder itself is begun after it, so that a killed run leaves nothing
  // behind but its checkpoint.
  { const OutputFolder early(arguments.out, arguments.overwrite); }

  const auto begin = std::chrono::steady_clock::now();
  settle_comparison(*arguments.comparison, {arguments.a.location, arguments.b.location}, arguments.options.comparison);
  const ReadOptions reading{.allow_zero_rows = arguments.options.comparison != Comparison::cosine};
  // Both at once: hashing keeps one processor busy a file. A first one that isn't there is told before that.
  const bool both = !self && std::filesystem::exists(arguments.a.location);
  std::future<EmbeddingSet> other = std::async(both ? std::launch::async : std::launch::deferred, [&] {
    return self ? EmbeddingSet{} : read_embeddings(arguments.b, reading);
  });
  const EmbeddingSet a = read_embeddings(arguments.a, reading);
  const EmbeddingSet b = other.get();
  ScoreRunFacts facts{.threads = thread_count(arguments.options.threads), .seconds_reading = seconds_since(begin)};

  if (arguments.verify) arguments.options.verify = kVerifiedPairs;
  if (arguments.options.checkpoint.interval_seconds > 0) {
    arguments.options.checkpoint.folder = checkpoint_folder(arguments.checkpoint, arguments.out);
    arguments.options.checkpoint.fingerprint_a = a.sha256;
    arguments.options.checkpoint.fingerprint_b = self ? a.sha256 : b.sha256;
  }
  arguments.options.progress = make_progress(context, "scoring", "pairs");
  auto side = [](const EmbeddingSet& set) {
    return ScoreSide{
        .matrix = set.matrix, .order = set.order, .identity = set.identity, .identities = set.identity_names.size()};
  };
  const auto scoring = std::chrono::steady_clock::now();
  std::optional<OutputFolder> folder;
  std::uint64_t pairs = 0;
  std::string kernel;
  if (self) {
    const SelfScoreResult result = score_self(side(a), arguments.request, arguments.options);
    facts.seconds_scoring = seconds_since(scoring);
    facts.resident_peak_bytes = resident_peak();
    pairs = result.mated_pairs + result.non_mated_pairs;
    kernel = result.kernel;
    folder.emplace(arguments.out, arguments.overwrite);
    write_score_folder(folder->staging(), a, arguments.request, arguments.options, result, facts);
  } else {
    const ScoreResult result = score(side(a), side(b), arguments.request, arguments.options);
    facts.seconds_scoring = seconds_since(scoring);
    facts.resident_peak_bytes = resident_peak();
    pairs = result.pairs;
    kernel = result.kernel;
    folder.emplace(arguments.out, arguments.overwrite);
    write_score_folder(folder->staging(), a, b, arguments.request, arguments.options, result, facts);
  }
  folder->commit();
  if (!arguments.options.checkpoint.folder.empty()) remove_checkpoint(arguments.options.checkpoint.folder);
  clear_progress(context);
  if (context.json) {
    print_file(std::filesystem::path(arguments.out) / "scores.json");
  } else if (!context.quiet) {
    print_files(arguments.out, pairs, kernel, facts.seconds_scoring);
  }
}

}  // namespace

void add_score(CLI::App& app, Context& context) {
  auto arguments = std::make_shared<ScoringArguments>();
  SinkRequest& request = arguments->request;
  CLI::App* command = app.add_subcommand(
      "score", "Score every pair of two sets exactly (of one set with itself without --b) and keep what is asked for");
  command->add_option("--a", arguments->a.location, "Embeddings: a folder store, .npy, .npz, .fvecs, .fbin, ...")
      ->required();
  command->add_option("--a-items", arguments->a_items, "CSV with one line a row of --a: id, identity, path");
  command->add_option("--b", arguments->b.location, "Embeddings of the other side; left out: --a with itself");
  command->add_option("--b-items", arguments->b_items, "CSV with one line a row of --b");
  command->add_option("--top", request.top_pairs, "Best pairs of all to list, up to 1000000")->capture_default_str();
  auto* threshold = command->add_option("--threshold", arguments->threshold, "List every pair with this score or more");
  command->add_option("--threshold-cap", request.threshold_cap, "List at most so many of them, the best")
      ->capture_default_str();
  command->add_option("--row-bests", request.row_bests, "Best matches to list for every row of --a")
      ->capture_default_str();
  command->add_option("--column-bests", request.column_bests, "Best matches to list for every row of --b")
      ->capture_default_str();
  command->add_flag("--identity-bests", arguments->identity_bests,
                    "List the best pair of every identity of either side");
  command->add_flag("--histogram", request.histogram, "Count the scores of all pairs in 4096 bins, exactly");
  command->add_option("--histogram-tail", request.histogram_tail,
                      "Count exactly from this score up and within proven bounds below, which is far faster");
  command->add_option("--histogram-range", arguments->histogram_range, "Ends of the histogram")->expected(2);
  arguments->comparison = command
                              ->add_option("--comparison", arguments->options.comparison,
                                           "cosine, inner-product or l2 (minus the squared distance)")
                              ->transform(CLI::CheckedTransformer(comparison_names(), CLI::ignore_case))
                              ->default_str(kComparisonDefault);
  command
      ->add_option("--kernel", arguments->options.kernel,
                   fmt::format("Force a kernel; here: {}", fmt::join(score_kernels(), ", ")))
      ->envname("SEMBLANCE_KERNEL");
  command
      ->add_option("--cascade", arguments->options.cascade,
                   "Screen by the leading directions of the data first: auto, off or their number")
      ->transform(CLI::CheckedTransformer(std::map<std::string, int>{{"auto", kAutomaticCascade}, {"off", 0}}) |
                  CLI::Range(kAutomaticCascade, 1 << 17))
      ->default_str("auto");
  command->add_option(
      "--checkpoint", arguments->checkpoint,
      "Folder for what is done so far; the same command goes on from it. Default: a hidden folder beside --out");
  command
      ->add_option("--checkpoint-interval", arguments->options.checkpoint.interval_seconds,
                   "Seconds between checkpoints; 0 writes none")
      ->capture_default_str()
      ->check(CLI::NonNegativeNumber);
  command->add_flag("--verify", arguments->verify,
                    "Score a seeded sample of a million pairs again and check every list");
  command->add_option("--verify-seed", arguments->options.verify_seed, "Seed of that sample")->capture_default_str();
  add_threads_option(*command, arguments->options.threads);
  add_output_options(*command, arguments->out, arguments->overwrite);
  command->footer(R"(Examples:
  semblance score --a r.npy --b g.npy --top 1500 --threshold 0.5 --histogram --out scores/
  semblance score --a real/ --b synthetic/ --row-bests 1 --column-bests 1 --identity-bests --out scores/
  semblance score --a real/ --histogram --top 100 --out self/     # mated and non-mated pairs of one set)");
  command->callback([arguments, threshold, &context] { run_score(*arguments, threshold->count() > 0, context); });
}

}  // namespace semblance::cli
