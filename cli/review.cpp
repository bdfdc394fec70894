// semblance review: a blinded pack of pairs for reviewers, and what their answers say.

#include "semblance/review.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <memory>

#include "base/output_folder.hpp"
#include "base/places.hpp"
#include "cli/common.hpp"
#include "semblance/error.hpp"

namespace semblance::cli {
namespace {

struct ReviewArguments {
  std::string report, matcher;
  std::string train, train_items, synthetic, synthetic_items, holdout, holdout_items;
  bool no_controls = false;
  std::vector<std::string> answers;
  std::string pack;
  std::string out;
  bool overwrite = false;
  ReviewPackOptions options;
};

ReviewPictures pictures(const std::string& location, const std::string& items) {
  ReviewPictures pictures{.location = location, .items = {}};
  if (!items.empty()) pictures.items = items;
  return pictures;
}

std::string range_text(const ReviewKey& key, bool control) {
  double low = 0;
  double high = 0;
  std::size_t count = 0;
  for (const ReviewPair& pair : key.pairs) {
    if (pair.control != control) continue;
    low = count == 0 ? pair.score : std::min(low, pair.score);
    high = count == 0 ? pair.score : std::max(high, pair.score);
    ++count;
  }
  return count == 0 ? "none" : fmt::format("{:>5}  scores {:.4f} to {:.4f}", grouped(count), low, high);
}

std::size_t count_listed(const ReviewKey& key) {
  return static_cast<std::size_t>(
      std::count_if(key.pairs.begin(), key.pairs.end(), [](const ReviewPair& pair) { return pair.listed; }));
}

std::string above_text(const ReviewKey& key) {
  return key.above_controls == 0
             ? std::string()
             : fmt::format(
                   "  {} candidates score above every control and can't be matched: reviewers may tell those by "
                   "how alike they are\n",
                   key.above_controls);
}

void print_pack(const ReviewKey& key, std::size_t asked, const std::string& out) {
  const std::string fewer =
      key.pairs.size() < asked ? fmt::format("; there are no more of the {} asked for", grouped(asked)) : std::string();
  fmt::print("{} pairs, one a person ({}){}\n", grouped(key.pairs.size()), key.matcher, fewer);
  fmt::print("  candidates {}", range_text(key, false));
  if (key.fdr) {
    fmt::print("; {} of the {} people listed at FDR {:g}%", grouped(count_listed(key)), grouped(key.listed),
               100 * *key.fdr);
  }
  fmt::print("\n  controls   {}\n{}", range_text(key, true), above_text(key));
  if (key.passed_over > 0) {
    fmt::print("  pictures   {} missing or broken, their pairs passed over; first {}\n", grouped(key.passed_over),
               key.reasons.front());
  }
  const std::filesystem::path folder(out);
  fmt::print("  give       {} to every reviewer\n", (folder / "review.html").string());
  fmt::print("  keep       {} to yourself: it says which pair is what\n", (folder / "key.json").string());
}

std::string rate_text(const std::optional<double>& rate, const Interval& interval) {
  if (!rate) return "none judged";
  return fmt::format("{:5.1f}% ({:.1f}% to {:.1f}%)", 100 * *rate, 100 * interval.low, 100 * interval.high);
}

void print_reader(const ReviewReader& reader, const std::string& name, const char* apart) {
  fmt::print("{}\n", name);
  for (const ReviewGroup& group : reader.groups) {
    if (group.pairs == 0) continue;
    if (group.name == "candidates-in-range" && group.pairs == reader.groups.front().pairs) continue;
    const char* what = group.name == "candidates"          ? "candidates"
                       : group.name == "candidates-listed" ? "  listed"
                       : group.name == "controls"          ? "controls"
                                                           : "  in range";
    fmt::print("  {:<11} same {:>5} of {:>5} judged  {}", what, grouped(group.same), grouped(group.judged()),
               rate_text(group.rate, group.interval));
    if (group.cant_tell > 0) fmt::print(", {} {}", apart, grouped(group.cant_tell));
    if (group.judged() < group.pairs) fmt::print(", not judged {}", grouped(group.pairs - group.judged()));
    fmt::print("\n");
  }
  if (reader.excess) {
    fmt::print("  candidates less controls   {:+.1f} points ({:+.1f} to {:+.1f})\n", 100 * *reader.excess,
               100 * reader.excess_interval.low, 100 * reader.excess_interval.high);
  }
}

std::string kappa_text(const ReviewAgreement::Kappa& kappa) {
  if (!kappa.kappa) return "not defined";
  return fmt::format("{:.3f} ({:.3f} to {:.3f})", *kappa.kappa, kappa.interval.low, kappa.interval.high);
}

void print_result(const ReviewResult& result) {
  for (const ReviewReader& reader : result.readers) print_reader(reader, reader.name, "can't tell");
  if (result.joint) print_reader(*result.joint, "all of them, on pairs that all judged", "not agreed");
  for (const ReviewAgreement& agreement : result.agreements) {
    fmt::print("agreement of {} and {} on {} pairs: Cohen's kappa {}; same or not {}\n", agreement.first,
               agreement.second, grouped(agreement.pairs), kappa_text(agreement.three), kappa_text(agreement.two));
  }
  const auto& controls = result.readers.front().groups.back();
  if (controls.pairs == 0) {
    fmt::print("the pack has no controls: how often these reviewers see one person in two isn't known\n");
  }
  fmt::print("{}", above_text(result.key));
}

void write_pack(const ReviewArguments& arguments, const Context& context) {
  if (arguments.report.empty()) refuse("REPORT", "is missing: the folder that `semblance audit` wrote, or --import");
  if (arguments.out.empty()) refuse("--out", "is missing: the folder for review.html and key.json");
  if (arguments.overwrite) refuse("--overwrite", "a pack is never replaced: answers to it couldn't be read any more");
  if (!arguments.pack.empty()) refuse("--pack", "is given without --import");
  if (arguments.train.empty()) refuse("--train-images", "is missing: where the training pictures lie");
  if (arguments.synthetic.empty()) refuse("--synthetic-images", "is missing: where the synthetic pictures lie");
  if (arguments.holdout.empty() && !arguments.no_controls) {
    refuse("--holdout-images",
           "is missing: without controls nobody knows how often reviewers see one person in two; pass --no-controls to "
           "do without");
  }
  if (!arguments.holdout.empty() && arguments.no_controls) {
    refuse("--no-controls", "contradicts --holdout-images, whose pairs are the controls");
  }
  ReviewPackOptions options = arguments.options;
  options.report = arguments.report;
  options.matcher = arguments.matcher;
  options.train = pictures(arguments.train, arguments.train_items);
  options.synthetic = pictures(arguments.synthetic, arguments.synthetic_items);
  if (!arguments.holdout.empty()) options.holdout = pictures(arguments.holdout, arguments.holdout_items);
  options.progress = [&context](const std::string& label, const std::string& unit) {
    return make_progress(context, label, unit);
  };
  OutputFolder folder(arguments.out, false);
  const ReviewPack pack = make_review_pack(options);
  write_review_pack(pack, folder.staging());
  folder.commit();
  clear_progress(context);
  if (context.json) {
    print_file(std::filesystem::path(arguments.out) / "key.json");
  } else if (!context.quiet) {
    print_pack(pack.key, options.pairs, arguments.out);
  }
}

void read_answers(const ReviewArguments& arguments, const Context& context) {
  if (!arguments.report.empty()) refuse("--import", "takes no report; answers are held against --pack");
  if (arguments.pack.empty()) refuse("--pack", "is missing: the folder with the key.json of these answers");
  std::optional<OutputFolder> folder;
  if (!arguments.out.empty()) {
    check_not_inside(arguments.pack, arguments.out, "the pack");
    for (const std::string& answers : arguments.answers) check_not_inside(answers, arguments.out, "the answers");
    folder.emplace(arguments.out, arguments.overwrite);
  }
  const ReviewResult result = evaluate_review(
      arguments.pack, std::vector<std::filesystem::path>(arguments.answers.begin(), arguments.answers.end()));
  if (folder) {
    write_review(result, folder->staging());
    folder->commit();
  }
  if (context.json) {
    fmt::print("{}", review_json(result));
  } else if (!context.quiet) {
    print_result(result);
  }
}

void run_review(const ReviewArguments& arguments, const Context& context) {
  if (arguments.answers.empty()) {
    write_pack(arguments, context);
  } else {
    read_answers(arguments, context);
  }
}

}  // namespace

void add_review(CLI::App& app, Context& context) {
  auto arguments = std::make_shared<ReviewArguments>();
  ReviewPackOptions& options = arguments->options;
  CLI::App* command =
      app.add_subcommand("review", "Do people see it, too? Pairs for reviewers who don't know which are which");
  command->add_option("REPORT", arguments->report, "Folder that `semblance audit` wrote");
  command->add_option("--train-images", arguments->train,
                      "Where the training pictures lie: a folder, archive, .rec, LMDB or list");
  command->add_option("--train-items", arguments->train_items, "CSV with id and path (or identity) of the pictures");
  command->add_option("--synthetic-images", arguments->synthetic, "The same of the synthetic pictures");
  command->add_option("--synthetic-items", arguments->synthetic_items, "CSV with id and path of the pictures");
  command->add_option("--holdout-images", arguments->holdout, "The same of the hold-out: its pairs are the controls");
  command->add_option("--holdout-items", arguments->holdout_items, "CSV with id and path of the pictures");
  command->add_flag("--no-controls", arguments->no_controls, "Do without controls");
  command->add_option("--matcher", arguments->matcher, "Whose pairs; without it the report's first matcher's");
  command->add_option("--pairs", options.pairs, "Pairs to judge, half of them controls")->capture_default_str();
  command->add_option("--side", options.side, "Pixels of a picture in the page, a side")->capture_default_str();
  command->add_option("--seed", options.seed, "Seed of choice, order and sides")->capture_default_str();
  add_threads_option(*command, options.threads);
  command->add_option("--import", arguments->answers, "Answers that the page exported; again for every reviewer");
  command->add_option("--pack", arguments->pack, "Folder of the pack that --import answers");
  command->add_option("--out", arguments->out, "Folder to write to: the pack, or review.json and judgements.csv");
  command->add_flag("--overwrite", arguments->overwrite, "Replace --out if it is there (with --import)");
  command->footer(R"(Examples:
  semblance review report/ --train-images r/ --synthetic-images g/ --holdout-images h/ --pairs 200 --seed 7 --out pack/
  semblance review --import answers-ann.json --import answers-ben.json --pack pack/ --out review/)");
  command->callback([arguments, &context] { run_review(*arguments, context); });
}

}  // namespace semblance::cli
